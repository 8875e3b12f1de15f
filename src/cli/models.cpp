#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "cli/context.hpp"
#include "learningplane/catalogue/model_store.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"

namespace learningplane::cli {

namespace {

struct ModelsOptions {
  std::string store{};
  bool json = false;
};

Value kinds(const Registries& registries) {
  Value out = Value::array();
  for (const std::string& name : registries.forecasters.names())
    out.push(registries.forecasters.manifest(name).to_value());
  return out;
}

void print_kinds(const Registries& registries, std::ostream& out) {
  for (const std::string& name : registries.forecasters.names()) {
    const Manifest& manifest = registries.forecasters.manifest(name);
    out << fmt::format("{}: {}\n", name, manifest.summary);
    for (const Parameter& p : manifest.parameters) {
      const std::string fallback = p.required             ? "required"
                                   : p.fallback.is_null() ? ""
                                                          : dump_json(p.fallback);
      out << fmt::format("  {:18} {:9} {:16} {}\n", p.name, to_string(p.type), fallback, p.summary);
    }
  }
}

Value stored(const catalogue::ModelStore& store) {
  Value out = Value::array();
  for (const std::string& name : value_or_throw(store.names())) {
    const auto aliases = value_or_throw(store.aliases(name));
    for (const catalogue::ModelVersion& v : value_or_throw(store.versions(name))) {
      Value named = Value::array();
      for (const auto& [alias, version] : aliases) {
        if (version == v.version) named.push(alias);
      }
      out.push(Value::object()
                   .set("name", name)
                   .set("version", static_cast<std::int64_t>(v.version))
                   .set("aliases", named)
                   .set("path", v.path)
                   .set("metadata", v.metadata));
    }
  }
  return out;
}

void print_stored(const Value& versions, std::ostream& out) {
  for (const Value& v : versions.as_array()) {
    const Value& metadata = *v.find("metadata");
    const Value* card = metadata.find("card");
    std::string aliases;
    for (const Value& alias : v.find("aliases")->as_array())
      aliases += " [" + alias.as_string() + "]";
    out << fmt::format("{} {} {} {} {}{}\n", v.get("name", ""), v.find("version")->as_int(),
                       metadata.get("kind", ""), card != nullptr ? card->get("trained_at", "") : "",
                       card != nullptr ? card->get("trained_on", "") : "", aliases);
  }
}

}  // namespace

void add_models(CLI::App& app, Context& context) {
  auto o = std::make_shared<ModelsOptions>();
  CLI::App* sub =
      app.add_subcommand("models", "List the kinds of models, or the versions in a model store");
  sub->add_option("--store", o->store, "folder of a model store: list its versions instead");
  sub->add_flag("--json", o->json, "print JSON");
  sub->callback([o, &context] {
    context.command = [o, &context] {
      const bool of_store = !o->store.empty();
      Value list = of_store
                       ? stored(catalogue::ModelStore(o->store, context.registries.forecasters))
                       : kinds(context.registries);
      if (o->json) {
        context.out << dump_json(Value::object().set("models", list), JsonStyle::pretty) << '\n';
      } else if (of_store) {
        print_stored(list, context.out);
      } else {
        print_kinds(context.registries, context.out);
      }
      return static_cast<int>(ok);
    };
  });
}

}  // namespace learningplane::cli
