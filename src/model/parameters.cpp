#include "model/parameters.hpp"

#include "learningplane/error.hpp"

namespace learningplane::model::detail {

namespace {

Parameter parameter(std::string name, ParameterType type, std::string summary, Value fallback) {
  Parameter out;
  out.name = std::move(name);
  out.type = type;
  out.summary = std::move(summary);
  out.fallback = std::move(fallback);
  return out;
}

std::size_t whole(const Value& value) { return static_cast<std::size_t>(value.as_int()); }

}  // namespace

Parameter integer(std::string name, std::string summary, std::size_t fallback, Range range) {
  Parameter out = parameter(std::move(name), ParameterType::integer, std::move(summary),
                            static_cast<std::int64_t>(fallback));
  out.minimum = range.minimum;
  out.maximum = range.maximum;
  return out;
}

Parameter number(std::string name, std::string summary, double fallback, Range range) {
  Parameter out = parameter(std::move(name), ParameterType::number, std::move(summary), fallback);
  out.minimum = range.minimum;
  out.maximum = range.maximum;
  return out;
}

Parameter boolean(std::string name, std::string summary, bool fallback) {
  return parameter(std::move(name), ParameterType::boolean, std::move(summary), fallback);
}

Parameter choice(std::string name, std::string summary, std::string fallback,
                 std::vector<std::string> allowed) {
  Parameter out =
      parameter(std::move(name), ParameterType::string, std::move(summary), std::move(fallback));
  out.allowed = std::move(allowed);
  return out;
}

Parameter list(std::string name, std::string summary, Value fallback) {
  return parameter(std::move(name), ParameterType::list, std::move(summary), std::move(fallback));
}

Parameter channels() {
  return list("channels",
              "columns that share the map in training, the target among them; empty: the target");
}

WindowedOptions with_channels(WindowedOptions window, const std::vector<std::string>& channels) {
  if (!window.inputs.empty())
    throw ConfigError("", "inputs", window.inputs.front(),
                      "nothing: 'channels' names the columns that share the map");
  if (!window.calendar.empty())
    throw ConfigError("", "calendar", window.calendar.front(), "nothing for this model");
  window.inputs = channels;
  return window;
}

std::vector<Parameter> windowed_parameters(const WindowedOptions& defaults, WindowedKeys keys) {
  std::vector<Parameter> out;
  out.push_back(parameter("target", ParameterType::string, "column to forecast", {}));
  out.back().required = true;
  if (keys.inputs)
    out.push_back(list("inputs", "other columns to look at; the target is added where absent"));
  if (keys.lags)
    out.push_back(integer("lags", "rows of a window", defaults.lags, {1, keys.most_lags}));
  out.push_back(integer("horizon", "steps ahead that are learned and whose errors are measured",
                        defaults.horizon, {1, 10000}));
  if (keys.validation_share)
    out.push_back(number("validation_share", "last windows held out for choices and quantiles",
                         defaults.validation_share, {0.001, 0.9}));
  if (keys.strategy)
    out.push_back(choice(
        "strategy", "direct: each step is learned; recursive: one step is learned and fed back",
        "direct", {"direct", "recursive"}));
  if (keys.calendar) {
    out.push_back(list("calendar",
                       "numbers from the time of the first step ahead: day, week (day:3: three "
                       "harmonics), weekend"));
    out.push_back(parameter("zone", ParameterType::string, "whose wall clock 'calendar' means",
                            defaults.zone));
  }
  return out;
}

WindowedOptions windowed_options(const Value& checked, WindowedOptions start) {
  start.target = checked.find("target")->as_string();
  if (checked.find("inputs") != nullptr) start.inputs = names(checked, "inputs");
  if (const Value* v = checked.find("lags")) start.lags = whole(*v);
  if (const Value* v = checked.find("horizon")) start.horizon = whole(*v);
  if (const Value* v = checked.find("validation_share")) start.validation_share = v->as_double();
  if (const Value* v = checked.find("strategy"))
    start.strategy = v->as_string() == "recursive" ? Strategy::recursive : Strategy::direct;
  if (checked.find("calendar") != nullptr) start.calendar = names(checked, "calendar");
  if (const Value* v = checked.find("zone")) start.zone = v->as_string();
  return start;
}

void add_windowed(Value& options, const WindowedOptions& window) {
  if (window.strategy == Strategy::recursive) options.set("strategy", "recursive");
  if (window.calendar.empty()) return;
  options.set("calendar", to_value(window.calendar)).set("zone", window.zone);
}

std::vector<double> numbers(const Value& checked, const char* key) {
  std::vector<double> out;
  for (const Value& v : checked.find(key)->as_array()) {
    if (!v.is_number()) throw ConfigError("", key, std::string(v.kind()), "a list of numbers");
    out.push_back(v.as_double());
  }
  return out;
}

std::vector<std::string> names(const Value& checked, const char* key) {
  std::vector<std::string> out;
  for (const Value& v : checked.find(key)->as_array()) {
    if (!v.is_string()) throw ConfigError("", key, std::string(v.kind()), "a list of names");
    out.push_back(v.as_string());
  }
  return out;
}

Value to_value(const std::vector<double>& numbers) {
  Value out = Value::array();
  for (const double v : numbers) out.push(v);
  return out;
}

Value to_value(const std::vector<std::string>& names) {
  Value out = Value::array();
  for (const std::string& v : names) out.push(v);
  return out;
}

}  // namespace learningplane::model::detail
