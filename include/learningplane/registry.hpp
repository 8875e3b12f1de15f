#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/error.hpp"
#include "learningplane/value.hpp"

namespace learningplane {

enum class ParameterType { boolean, integer, number, string, duration, list, mapping, any };
std::string_view to_string(ParameterType type);

/// One parameter of something that can be built by name: enough for a help text, a JSON Schema and
/// a check.
struct Parameter {
  std::string name{};
  ParameterType type = ParameterType::any;
  std::string summary{};  ///< one line, unit and range included
  Value fallback{};       ///< null: no default
  bool required = false;
  std::vector<std::string> allowed{};  ///< for strings: the only values; empty: any
  double minimum = -1e308;             ///< for numbers
  double maximum = 1e308;
};

/// What exists under a name: the CLI, Python, the schema and the docs are written from it.
struct Manifest {
  std::string name{};
  std::string summary{};
  std::vector<Parameter> parameters{};

  /// The options checked (unknown keys, kinds, ranges, allowed values) and completed with the
  /// defaults.
  /// @param options as given
  /// @param path dotted path of the options, for messages
  /// @throws ConfigError naming line, key,
  /// value and what is allowed.
  Value check(const Value& options, std::string_view path = {}) const;
  /// As JSON:
  /// {"name","summary","parameters":[{"name","type","summary","default","required","allowed"}]}.
  Value to_value() const;
};

namespace detail {
[[noreturn]] void throw_unknown_name(std::string_view what, std::string_view name,
                                     const std::vector<std::string>& known);
[[noreturn]] void throw_double_name(std::string_view what, std::string_view name);
}  // namespace detail

/// Names to builders of one interface. An object that somebody fills and hands on, never a global.
/// Not thread safe while filled.
template <class Interface, class... Context>
class Registry {
 public:
  using Builder =
      std::function<std::unique_ptr<Interface>(const Value& options, Context... context)>;
  /// Builds something that holds others of its kind: `all` is the registry it is built from.
  using NestingBuilder = std::function<std::unique_ptr<Interface>(
      const Value& options, const Registry& all, Context... context)>;

  /// @param what singular of what it holds, for messages: "sensor".
  explicit Registry(std::string what) : what_(std::move(what)) {}

  /// @throws LogicError where the name is taken.
  void add(Manifest manifest, Builder builder) {
    add_nesting(
        std::move(manifest),
        [builder = std::move(builder)](const Value& options, const Registry&, Context... context) {
          return builder(options, context...);
        });
  }
  /// @throws LogicError where the name is taken.
  void add_nesting(Manifest manifest, NestingBuilder builder) {
    std::string name = manifest.name;
    if (!entries_.try_emplace(name, Entry{std::move(manifest), std::move(builder)}).second)
      detail::throw_double_name(what_, name);
  }
  bool contains(std::string_view name) const { return entries_.find(name) != entries_.end(); }
  /// @throws ConfigError naming what exists.
  const Manifest& manifest(std::string_view name) const { return entry(name).manifest; }
  /// Checks the options against the manifest, then builds. @throws ConfigError
  std::unique_ptr<Interface> build(std::string_view name, const Value& options,
                                   Context... context) const {
    return build_at({}, name, options, context...);
  }
  /// The same; `path` is where the options stand in the configuration.
  std::unique_ptr<Interface> build_at(std::string_view path, std::string_view name,
                                      const Value& options, Context... context) const {
    const Entry& e = entry(name);
    return e.builder(e.manifest.check(options, path), *this, context...);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& [name, e] : entries_) out.push_back(name);
    return out;
  }
  const std::string& what() const { return what_; }

 private:
  struct Entry {
    Manifest manifest;
    NestingBuilder builder;
  };
  const Entry& entry(std::string_view name) const {
    auto it = entries_.find(name);
    if (it == entries_.end()) detail::throw_unknown_name(what_, name, names());
    return it->second;
  }
  std::string what_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace learningplane
