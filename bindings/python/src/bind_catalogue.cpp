#include <limits>
#include <utility>

#include "builtins.hpp"
#include "convert.hpp"
#include "learningplane/catalogue/model_store.hpp"
#include "learningplane/evaluation/model_card.hpp"
#include "learningplane/evaluation/walk_forward.hpp"
#include "learningplane/model/model_file.hpp"
#include "module.hpp"

namespace learningplane::python {

using catalogue::ModelStore;
using catalogue::ModelVersion;
using model::Forecaster;

namespace {

std::string path_of(const py::object& path) {
  return py::cast<std::string>(py::module_::import("os").attr("fspath")(path));
}

/// An estimator's compiled model, or the model itself.
const Forecaster& compiled(const py::object& model) {
  if (py::isinstance<Forecaster>(model)) return py::cast<const Forecaster&>(model);
  if (!py::hasattr(model, "_fitted"))
    throw ConfigError("", "model", std::string(py::str(py::type::of(model).attr("__name__"))),
                      "a fitted estimator or Forecaster");
  return py::cast<const Forecaster&>(model.attr("_fitted")());  // says where it is not fitted
}

/// What a caller says of a model besides the model itself.
struct Told {
  std::string trained_on{};
  py::object scores{};
  Value notes{};
};

/// Scores as a mapping; an Evaluation becomes {"rolling": {…}}.
Value scores_of(const py::object& scores) {
  if (scores.is_none()) return Value::object();
  const Value out = py::hasattr(scores, "card_scores")
                        ? Value::object().set("rolling", to_value(scores.attr("card_scores")()))
                        : to_value(scores);
  if (!out.is_object())
    throw ConfigError("", "scores", "", "a mapping from names to numbers, or an Evaluation");
  return out;
}

/// An estimator knows its fit and its data; a bare Forecaster knows neither.
model::ModelCard card_of(const std::string& name, const py::object& model, const Told& told) {
  model::FitReport report;
  report.train_loss = report.validation_loss = std::numeric_limits<double>::quiet_NaN();
  if (py::hasattr(model, "report_"))
    report = py::cast<const model::FitReport&>(model.attr("report_"));
  std::string data = told.trained_on;
  if (data.empty() && py::hasattr(model, "trained_on_"))
    data = py::cast<std::string>(model.attr("trained_on_"));
  model::ModelCard card = evaluation::card_of(name, std::move(data), report, SystemClock().now());
  const Value scores = scores_of(told.scores);
  for (const auto& [key, value] : scores.as_object()) card.scores.set(key, value);
  if (told.notes.is_null()) return card;
  if (!told.notes.is_object()) throw ConfigError("", "notes", "", "a mapping");
  for (const auto& [key, value] : told.notes.as_object()) card.notes.set(key, value);
  return card;
}

std::shared_ptr<Forecaster> loaded(Result<model::LoadedModel> result) {
  return value_or_throw(std::move(result)).model;
}

Value version_value(const ModelVersion& v) {
  return Value::object()
      .set("name", v.name)
      .set("version", static_cast<std::int64_t>(v.version))
      .set("path", v.path)
      .set("metadata", v.metadata);
}

/// A card beside the kind of the model it was read with.
struct ReadCard {
  std::string kind{};
  model::ModelCard card{};
};

ReadCard read_card(const std::string& path) {
  const auto found = value_or_throw(model::load_model(path, builtins().forecasters));
  return {std::string(found.model->kind()), found.card};
}

void bind_card(py::module_& m) {
  py::class_<ReadCard>(m, "ModelCard", "Where a saved model comes from, and how good it was.")
      .def_readonly("kind", &ReadCard::kind)
      .def_property_readonly("name", [](const ReadCard& c) { return c.card.name; })
      .def_property_readonly("trained_on", [](const ReadCard& c) { return c.card.trained_on; })
      .def_property_readonly("rows", [](const ReadCard& c) { return c.card.rows; })
      .def_property_readonly("trained_at", [](const ReadCard& c) { return c.card.trained_at; })
      .def_property_readonly("scores", [](const ReadCard& c) { return c.card.scores; })
      .def_property_readonly("notes", [](const ReadCard& c) { return c.card.notes; })
      .def_property_readonly("library_version",
                             [](const ReadCard& c) { return c.card.library_version; })
      .def("to_dict", [](const ReadCard& c) { return model::to_value(c.card).set("kind", c.kind); })
      .def("__str__", [](const ReadCard& c) { return evaluation::card_text(c.kind, c.card); })
      .def("__repr__", [](const ReadCard& c) {
        return "<ModelCard: " + c.card.name + ", " + c.kind + ", trained at " +
               to_iso8601(c.card.trained_at) + ">";
      });
  m.def(
      "read_card", [](const py::object& path) { return read_card(path_of(path)); }, py::arg("path"),
      "The card in a model file: data, scores, date, what the fit said.");
}

void bind_files(py::module_& m) {
  m.def(
      "save_model",
      [](const py::object& model, const py::object& path, const std::string& trained_on,
         const py::object& scores, const Value& notes) {
        const Forecaster& f = compiled(model);
        value_or_throw(model::save_model(
            path_of(path), f, card_of(std::string(f.kind()), model, {trained_on, scores, notes})));
      },
      py::arg("model"), py::arg("path"), py::kw_only(), py::arg("trained_on") = "",
      py::arg("scores") = py::none(), py::arg("notes") = py::none(),
      "Writes a fitted model into a file with a checksum; C++ and the command read it too. The "
      "card "
      "beside it gets the rows and losses of the fit, and `scores`: a mapping or an Evaluation.");
  m.def(
      "load_model",
      [](const py::object& path) {
        return loaded(model::load_model(path_of(path), builtins().forecasters));
      },
      py::arg("path"), "A fitted Forecaster; a damaged or newer file is refused.");
}

void bind_store(py::module_& m) {
  py::class_<ModelStore>(m, "ModelStore", "Fitted models in a folder, as versions of names.")
      .def(py::init([](const py::object& folder) {
             return std::make_unique<ModelStore>(path_of(folder), builtins().forecasters);
           }),
           py::arg("folder"))
      .def(
          "publish",
          [](ModelStore& s, const std::string& name, const py::object& model,
             const std::string& trained_on, const py::object& scores, const Value& notes) {
            return version_value(value_or_throw(s.publish(
                name, compiled(model), card_of(name, model, {trained_on, scores, notes}))));
          },
          py::arg("name"), py::arg("model"), py::kw_only(), py::arg("trained_on") = "",
          py::arg("scores") = py::none(), py::arg("notes") = py::none(),
          "Saves the model as the next version; see save_model() for its card.")
      .def("names", [](const ModelStore& s) { return value_or_throw(s.names()); })
      .def(
          "versions",
          [](const ModelStore& s, const std::string& name) {
            Value out = Value::array();
            for (const ModelVersion& v : value_or_throw(s.versions(name)))
              out.push(version_value(v));
            return out;
          },
          py::arg("name"), "Oldest first.")
      .def(
          "load",
          [](const ModelStore& s, const std::string& name, const std::string& which) {
            return loaded(s.load(name, which));
          },
          py::arg("name"), py::arg("which") = "latest", "`which`: latest, a number or an alias.")
      .def(
          "card",
          [](const ModelStore& s, const std::string& name, const std::string& which) {
            return read_card(value_or_throw(s.find(name, which)).path);
          },
          py::arg("name"), py::arg("which") = "latest", "`which`: latest, a number or an alias.")
      .def(
          "set_alias",
          [](ModelStore& s, const std::string& name, const std::string& alias,
             std::uint64_t version) { value_or_throw(s.set_alias(name, alias, version)); },
          py::arg("name"), py::arg("alias"), py::arg("version"));
}

Value walk_forward(const py::object& data, const std::string& kind, const Value& options,
                   const py::kwargs& settings) {
  const telemetry::Frame frame = to_frame(data);
  evaluation::WalkForwardOptions o;
  o.target = options.get("target", "");
  if (const Value* inputs = options.find("inputs"); inputs != nullptr && inputs->is_array())
    for (const Value& name : inputs->as_array()) o.inputs.push_back(name.as_string());
  o.lags = static_cast<std::size_t>(options.get("lags", std::int64_t{1}));
  for (auto [key, setting] : settings) {
    const auto name = py::cast<std::string>(key);
    if (name == "first")
      o.first = to_duration(setting);
    else if (name == "last")
      o.last = to_duration(setting);
    else if (name == "refit_every")
      o.refit_every = to_duration(setting);
    else
      throw ConfigError("", name, "", "first, last or refit_every");
  }
  const auto make = [&] { return builtins().forecasters.build(kind, options); };
  const auto walked = unlocked([&] {
    (void)make();  // a wrong option is told as such
    return value_or_throw(evaluation::walk_forward(frame, make, o));
  });
  Value out = evaluation::to_value(walked.score);
  out.set("refits", walked.refits);
  const auto list = [](const auto& numbers) {
    Value values = Value::array();
    for (const auto x : numbers) values.push(x);
    return values;
  };
  return out.set("times_ns", list(walked.times_ns))
      .set("forecast", list(walked.forecast))
      .set("truth", list(walked.truth));
}

}  // namespace

void bind_catalogue(py::module_& m) {
  bind_card(m);
  bind_files(m);
  bind_store(m);
  m.def("walk_forward", &walk_forward, py::arg("data"), py::arg("kind"), py::arg("options"),
        "One-step forecasts, each by a model that saw nothing later; see evaluate().");
}

}  // namespace learningplane::python
