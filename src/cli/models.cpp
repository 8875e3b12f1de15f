#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <ostream>

#include "cli/context.hpp"
#include "learningplane/catalogue/model_store.hpp"
#include "learningplane/error.hpp"
#include "learningplane/evaluation/model_card.hpp"
#include "learningplane/json.hpp"

namespace learningplane::cli {

namespace {

struct ModelsOptions {
  std::string name{};
  std::string store{};
  bool json = false;
};

/// All kinds, or the one that is named.
std::vector<std::string> kind_names(const Registries& registries, const std::string& name) {
  return name.empty() ? registries.forecasters.names() : std::vector<std::string>{name};
}

Value kinds(const Registries& registries, const std::string& only) {
  Value out = Value::array();
  for (const std::string& name : kind_names(registries, only))
    out.push(registries.forecasters.manifest(name).to_value());
  return out;
}

void print_kinds(const Registries& registries, const std::string& only, std::ostream& out) {
  for (const std::string& name : kind_names(registries, only)) {
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

/// The card in a model file, or that of NAME[:VERSION] in a store.
int show_card(const ModelsOptions& o, Context& context) {
  std::string path = o.name;
  if (o.store.empty() && !std::filesystem::exists(path)) {
    std::string kinds;
    for (const std::string& kind : context.registries.forecasters.names()) kinds += ", " + kind;
    throw ConfigError("", "name", path, "a model file, or one of the kinds " + kinds.substr(2));
  }
  if (!o.store.empty()) {
    const std::size_t colon = o.name.find(':');
    const std::string which = colon == std::string::npos ? "latest" : o.name.substr(colon + 1);
    path = value_or_throw(catalogue::ModelStore(o.store, context.registries.forecasters)
                              .find(o.name.substr(0, colon), which))
               .path;
  }
  const auto loaded = value_or_throw(model::load_model(path, context.registries.forecasters));
  if (o.json) {
    const Value card = model::to_value(loaded.card);
    context.out << dump_json(Value::object()
                                 .set("kind", std::string(loaded.model->kind()))
                                 .set("path", path)
                                 .set("card", card),
                             JsonStyle::pretty)
                << '\n';
  } else {
    context.out << evaluation::card_text(loaded.model->kind(), loaded.card);
  }
  return ok;
}

bool is_kind(const std::string& name, const Registries& registries) {
  const auto names = registries.forecasters.names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void add_models(CLI::App& app, Context& context) {
  auto o = std::make_shared<ModelsOptions>();
  CLI::App* sub =
      app.add_subcommand("models", "List the kinds of models, the versions in a store, or a card");
  sub->add_option("name", o->name,
                  "a kind of model, a model file, or with --store NAME[:VERSION or alias]");
  sub->add_option("--store", o->store, "folder of a model store: list its versions instead");
  sub->add_flag("--json", o->json, "print JSON");
  sub->callback([o, &context] {
    context.command = [o, &context] {
      const bool of_store = !o->store.empty();
      if (!o->name.empty() && (of_store || !is_kind(o->name, context.registries)))
        return show_card(*o, context);
      Value list = of_store
                       ? stored(catalogue::ModelStore(o->store, context.registries.forecasters))
                       : kinds(context.registries, o->name);
      if (o->json) {
        context.out << dump_json(Value::object().set("models", list), JsonStyle::pretty) << '\n';
      } else if (of_store) {
        print_stored(list, context.out);
      } else {
        print_kinds(context.registries, o->name, context.out);
      }
      return static_cast<int>(ok);
    };
  });
}

}  // namespace learningplane::cli
