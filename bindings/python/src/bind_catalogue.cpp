#include "builtins.hpp"
#include "convert.hpp"
#include "learningplane/catalogue/model_store.hpp"
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
  return py::cast<const Forecaster&>(model.attr("model_"));
}

model::ModelCard card_of(const std::string& name, const std::string& trained_on) {
  model::ModelCard card;
  card.name = name;
  card.trained_on = trained_on;
  card.trained_at = SystemClock().now();
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

void bind_files(py::module_& m) {
  m.def(
      "save_model",
      [](const py::object& model, const py::object& path, const std::string& trained_on) {
        const Forecaster& f = compiled(model);
        value_or_throw(
            model::save_model(path_of(path), f, card_of(std::string(f.kind()), trained_on)));
      },
      py::arg("model"), py::arg("path"), py::kw_only(), py::arg("trained_on") = "",
      "Writes a fitted model into a file with a checksum; C++ and the command read it too.");
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
             const std::string& trained_on) {
            return version_value(
                value_or_throw(s.publish(name, compiled(model), card_of(name, trained_on))));
          },
          py::arg("name"), py::arg("model"), py::kw_only(), py::arg("trained_on") = "",
          "Saves the model as the next version.")
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
  bind_files(m);
  bind_store(m);
  m.def("walk_forward", &walk_forward, py::arg("data"), py::arg("kind"), py::arg("options"),
        "One-step forecasts, each by a model that saw nothing later; see evaluate().");
}

}  // namespace learningplane::python
