#include <algorithm>

#include "builtins.hpp"
#include "convert.hpp"
#include "learningplane/evaluation/explanation.hpp"
#include "learningplane/evaluation/reduced_detector.hpp"
#include "learningplane/model/lstm.hpp"
#include "learningplane/model/model_file.hpp"
#include "learningplane/model/windowed.hpp"
#include "module.hpp"

namespace learningplane::python {

using model::Forecaster;

namespace {

/// An estimator's compiled model, or the model itself.
std::shared_ptr<Forecaster> compiled(const py::object& model) {
  if (py::isinstance<Forecaster>(model)) return py::cast<std::shared_ptr<Forecaster>>(model);
  return py::cast<std::shared_ptr<Forecaster>>(model.attr("model_"));
}

/// The model itself where looking changes nothing in it, else a copy.
std::shared_ptr<Forecaster> to_look_at(const py::object& model) {
  std::shared_ptr<Forecaster> own = compiled(model);
  const bool unchanged = dynamic_cast<const model::Windowed*>(own.get()) != nullptr ||
                         dynamic_cast<const model::Lstm*>(own.get()) != nullptr;
  if (unchanged) return own;
  if (!builtins().forecasters.contains(own->kind()))
    throw ConfigError("a " + std::string(own->kind()) +
                      " cannot be explained: it is no registered model on windows");
  const std::string bytes = model::encode_model(*own, {});
  return value_or_throw(model::decode_model(bytes, builtins().forecasters, "the model")).model;
}

Value explain(const py::object& model, const py::object& data, std::size_t step,
              const Value& options) {
  const telemetry::Frame frame = to_frame(data);
  const evaluation::ExplainOptions how = evaluation::explain_options(options);
  const std::shared_ptr<Forecaster> own = to_look_at(model);
  return unlocked([&] {
    const auto seen = value_or_throw(evaluation::window_model(own, step, frame.step()));
    return to_value(value_or_throw(evaluation::explain(seen, frame, how)));
  });
}

evaluation::ReducedDetectorOptions detector_options(const Value& checked, const Value& given) {
  const auto count = [&given](const char* key) {
    const std::int64_t n = given.find(key)->as_int();
    if (n < 1) throw ConfigError("", key, std::to_string(n), "1 or more");
    return static_cast<std::size_t>(n);
  };
  evaluation::ReducedDetectorOptions o{.target = checked.find("target")->as_string()};
  for (const Value& name : checked.find("inputs")->as_array()) o.inputs.push_back(name.as_string());
  o.lags = static_cast<std::size_t>(checked.find("lags")->as_int());
  o.step = count("step");
  o.block_lags = count("block_lags");
  o.keep = count("keep");
  o.filter_window = count("filter_window");
  o.train_share = given.find("train_share")->as_double();
  o.margin = given.find("margin")->as_double();
  o.filter = value_or_throw(features::target_filter(given.find("filter")->as_string()));
  o.fill = evaluation::explain_options(Value::object().set("fill", *given.find("fill"))).fill;
  return o;
}

Value reduce_detector(const py::object& data, const std::string& kind, const Value& options,
                      const Value& given) {
  const telemetry::Frame frame = to_frame(data);
  const auto& forecasters = builtins().forecasters;
  const auto& parameters = forecasters.manifest(kind).parameters;
  const auto takes = [&parameters](std::string_view name) {
    return std::any_of(parameters.begin(), parameters.end(),
                       [name](const Parameter& p) { return p.name == name; });
  };
  if (!takes("inputs") || !takes("lags"))
    throw ConfigError("", "model", kind, "a kind that takes 'inputs' and 'lags'");
  const auto o = detector_options(forecasters.manifest(kind).check(options), given);
  const auto make = [&](const std::vector<std::string>& inputs, std::size_t lags) {
    Value names = Value::array(), chosen = options;
    for (const std::string& name : inputs) names.push(name);
    chosen.set("inputs", names).set("lags", lags);
    if (takes("horizon")) chosen.set("horizon", o.step);
    return forecasters.build(kind, chosen);
  };
  return unlocked(
      [&] { return to_value(value_or_throw(evaluation::reduce_detector(frame, make, o))); });
}

}  // namespace

void bind_explain(py::module_& m) {
  m.def("explain", &explain, py::arg("model"), py::arg("data"), py::kw_only(), py::arg("step") = 1,
        py::arg("options"), "See learningplane.explain().");
  m.def("reduce_detector", &reduce_detector, py::arg("data"), py::arg("kind"), py::arg("options"),
        py::kw_only(), py::arg("study"), "See learningplane.reduce_detector().");
}

}  // namespace learningplane::python
