#pragma once
// What the manifests of models repeat: makers of parameters, the options of every windowed model,
// and a reader of them.
#include <cstdint>
#include <string>
#include <vector>

#include "learningplane/model/windowed.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model::detail {

struct Range {
  double minimum, maximum;
};
Parameter integer(std::string name, std::string summary, std::size_t fallback, Range range);
Parameter number(std::string name, std::string summary, double fallback, Range range);
Parameter boolean(std::string name, std::string summary, bool fallback);
/// One of `allowed`.
Parameter choice(std::string name, std::string summary, std::string fallback,
                 std::vector<std::string> allowed);
/// A list of anything.
Parameter list(std::string name, std::string summary, Value fallback = Value::array());

/// "channels" of nlinear and dlinear.
Parameter channels();
/// The window's options with the channels as inputs. @throws ConfigError where it has its own
WindowedOptions with_channels(WindowedOptions window, const std::vector<std::string>& channels);

/// The options of WindowedOptions that a model offers, with its own defaults; a manifest starts
/// with them. The longest horizon is 10,000 steps.
struct WindowedKeys {
  bool inputs = true;
  bool lags = true;
  bool validation_share = true;
  bool strategy = false;
  bool calendar = false;  ///< and its zone
  double most_lags = 100000;
};
std::vector<Parameter> windowed_parameters(const WindowedOptions& defaults, WindowedKeys keys = {});
/// Takes over those keys of a checked tree that are there; the others keep the value in `start`.
/// @throws ConfigError
WindowedOptions windowed_options(const Value& checked, WindowedOptions start);

/// Adds those of strategy, calendar and zone that differ from the defaults: models that were saved
/// before there were such options keep theirs.
void add_windowed(Value& options, const WindowedOptions& window);

/// A list of numbers or of names in options. @throws ConfigError naming the key
std::vector<double> numbers(const Value& checked, const char* key);
std::vector<std::string> names(const Value& checked, const char* key);
/// The same as a tree.
Value to_value(const std::vector<double>& numbers);
Value to_value(const std::vector<std::string>& names);

}  // namespace learningplane::model::detail
