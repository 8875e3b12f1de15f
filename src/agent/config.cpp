#include "learningplane/agent/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "agent/sections.hpp"
#include "agent/sizing_section.hpp"
#include "learningplane/actuator/recording.hpp"
#include "learningplane/agent/agent.hpp"
#include "learningplane/decision/policy_files.hpp"
#include "learningplane/error.hpp"
#include "learningplane/features/cleaning.hpp"

namespace learningplane::agent {

namespace {

std::string where_of(const Value& v) {
  return v.where().line > 0 ? fmt::format("line {}", v.where().line) : std::string();
}

/// A mapping {kind: …, options…} taken apart.
struct Kinded {
  std::string kind{};
  Value options = Value::object();
};
Kinded kinded(const Value& v, const std::string& path, const std::vector<std::string>& known) {
  const Value* kind = v.find("kind");
  if (!v.is_object() || kind == nullptr || !kind->is_string())
    throw ConfigError(where_of(v), path + ".kind", v.is_object() ? "" : std::string(v.kind()),
                      fmt::format("write {{kind: …}}; known: {}", fmt::join(known, ", ")));
  Kinded out{kind->as_string(), Value::object()};
  if (std::find(known.begin(), known.end(), out.kind) == known.end())
    throw ConfigError(where_of(*kind), path + ".kind", out.kind,
                      fmt::format("known: {}", fmt::join(known, ", ")));
  for (const auto& [name, option] : v.as_object()) {
    if (name != "kind") out.options.set(name, option);
  }
  out.options.set_where(v.where());
  return out;
}

const Value::Object& members(const Value& section, const std::string& path,
                             const std::string& why = {}) {
  if (!section.is_object() || section.size() == 0)
    throw ConfigError(
        where_of(section), path,
        section.is_null() || section.is_object() ? "" : std::string(section.kind()),
        fmt::format("name at least one, as a mapping{}{}", why.empty() ? "" : ": ", why));
  return section.as_object();
}

Labels labels_of(const Value* v, const std::string& path) {
  Labels out;
  if (v == nullptr || v->is_null()) return out;
  for (const auto& [name, text] : v->as_object()) {
    if (text.is_string()) {
      out.set(name, text.as_string());
    } else if (text.is_int()) {
      out.set(name, std::to_string(text.as_int()));
    } else {
      throw ConfigError(where_of(text), path + "." + name, std::string(text.kind()),
                        "a label's value is a text; quote it");
    }
  }
  return out;
}

/// What is built refuses by the names of its own options: here they get line and path.
template <class Build>
auto built_at(const Value& where, const std::string& path, Build&& build) {
  try {
    return build();
  } catch (const ConfigError& e) {
    const std::string why = e.what();
    const std::string line = where.where().line > 0 ? where_of(where) + ": " : std::string();
    if (why.starts_with("line ") || why.starts_with(path + ".") || why.starts_with(path + ":"))
      throw;
    const bool keyed =
        std::all_of(why.begin(),
                    why.begin() + static_cast<std::ptrdiff_t>(std::min(why.find(": "), why.size())),
                    [](unsigned char c) { return std::isalnum(c) || c == '_'; });
    throw ConfigError(line + path + (keyed ? "." : ": ") + why);
  }
}

Duration duration_of(const Value& section, std::string_view key) {
  return value_or_throw(parse_duration(section.find(key)->as_string()));
}

template <class Enum>
Enum choice_of(const Value& section, std::string_view key, std::vector<std::string> names) {
  const std::string name = section.find(key)->as_string();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  throw LogicError("a choice that its manifest does not know: " + name);
}

class Reader {
 public:
  Reader(const Registries& registries, const BuildContext& context, Purpose purpose)
      : registries_(registries), context_(context), purpose_(purpose) {}

  AgentFile read(const Value& tree) {
    if (!tree.is_object())
      throw ConfigError(where_of(tree), "", std::string(tree.kind()),
                        "an agent file is a mapping; `learningplane init` writes one");
    const Value top = file_section().check(tree);
    AgentParts& p = file_.parts;
    p.name = top.find("agent")->as_string();
    p.mode = value_or_throw(mode(top.find("mode")->as_string()));
    file_.timezone = top.find("timezone")->as_string();
    const std::filesystem::path state = top.find("state")->as_string();
    file_.state = (state.is_relative() ? context_.base_dir / state : state).string();
    sensors(*top.find("sensors"));
    if (const Value* v = top.find("cleaning"); !v->is_null()) {
      auto cleaning = std::make_shared<const features::Cleaning>(
          features::Cleaning::from_value(*v, "cleaning"));
      p.clean = [cleaning](const telemetry::Frame& f) { return cleaning->apply(f); };
    }
    applications(*top.find("applications"));
    policy(*top.find("policy"));
    scaling(*top.find("scaling"));
    p.sizing = sizing_plan(*top.find("sizing"), p.make_sizing);
    if (p.make_sizing) {
      for (const char* section : {"models", "sites", "forecast"}) refuse_unused(section, top);
    }
    sites(*top.find("sites"));
    models(*top.find("models"), *top.find("forecast"));
    actuators(*top.find("actuators"));
    schedules(*top.find("schedules"));
    const Value journal = journal_section().check(*top.find("journal"), "journal");
    p.retention = duration_of(journal, "retention");
    p.resend_within = duration_of(journal, "resend_within");
    if (const Value* server = top.find("server"); !server->is_null())
      file_.listen = server_section().check(*server, "server").find("listen")->as_string();
    check_parts(p);
    return std::move(file_);
  }

 private:
  void sensors(const Value& section) {
    for (const auto& [name, v] : members(section, "sensors")) {
      const std::string path = "sensors." + name;
      const Kinded k = kinded(v, path, registries_.sensors.names());
      if (file_.sensor.empty()) file_.sensor = name;
      if (k.kind == "csv" && file_.csv.size() == 0) file_.csv = k.options;
      if (purpose_ == Purpose::live) {
        file_.parts.sensors[name] = built_at(v, path, [&] {
          return registries_.sensors.build_at(path, k.kind, k.options, context_);
        });
      } else {
        (void)registries_.sensors.manifest(k.kind).check(k.options, path);
      }
    }
  }

  void sites(const Value& section) {
    if ((file_.parts.make_scaling || file_.parts.make_sizing) && section.is_null()) return;
    if (section.is_null() && policy_.empty() && file_.parts.mode == Mode::recommend)
      throw ConfigError("", "policy", "",
                        "say how decisions are made, as a mapping {kind: …}; or let mode be "
                        "forecast");
    const std::string why = policy_.empty()
                                ? "there is no policy, so what is forecast is forecast of sites"
                                : fmt::format("the policy '{}' chooses among them", policy_);
    for (const auto& [name, v] : members(section, "sites", why)) {
      const std::string path = "sites." + name;
      const Value s = site_section().check(v, path);
      file_.parts.sites.push_back(
          {name, labels_of(s.find("labels"), path + ".labels"), s.find("node")->as_string()});
    }
  }

  void applications(const Value& section) {
    if (section.is_null()) return;
    for (std::size_t i = 0; i < section.size(); ++i) {
      const Value& v = section.as_array()[i];
      const std::string path = fmt::format("applications[{}]", i);
      if (v.is_string()) {
        file_.parts.applications.push_back({v.as_string(), {}, {}});
        continue;
      }
      const Value a = application_section().check(v, path);
      file_.parts.applications.push_back({a.find("name")->as_string(),
                                          labels_of(a.find("labels"), path + ".labels"),
                                          a.find("actuator")->as_string()});
    }
  }

  /// Where the policy says how many instances: one object for each application is made from it.
  /// The file is the simulator's policy file, so what only that needs (`name`, `forecasts`) may
  /// stand there.
  bool scales(const Kinded& k) {
    Kinded own{k.kind, Value::object()};
    std::string forecasts;
    for (const auto& [name, v] : k.options.as_object()) {
      if (name == "forecasts" && v.is_string()) forecasts = v.as_string();
      if (name != "name" && name != "forecasts") own.options.set(name, v);
    }
    own.options.set_where(k.options.where());
    // Not every policy is built without the two names; those that are not are no scaling ones.
    const auto has = [&](const char* name) {
      const auto& all = registries_.policies.manifest(k.kind).parameters;
      return std::any_of(all.begin(), all.end(), [&](const auto& p) { return p.name == name; });
    };
    if (!has("minimum") || !has("maximum") || !has("cooldown_up")) return false;
    const auto make = [registries = &registries_, own] {
      std::unique_ptr<decision::Policy> made =
          registries->policies.build_at("policy", own.kind, own.options);
      auto* scaling = dynamic_cast<decision::ScalingPolicy*>(made.get());
      if (scaling == nullptr) throw LogicError(own.kind + " does not say how many instances");
      made.release();
      return std::unique_ptr<decision::ScalingPolicy>(scaling);
    };
    const decision::ScalingNeeds needs = make()->needs();  // a wrong option is refused now
    if (forecasts == "trace")
      throw ConfigError(where_of(k.options), "policy.forecasts", forecasts,
                        "model or none: nobody knows the future");
    if (!forecasts.empty() && forecasts != "model" && forecasts != "none")
      throw ConfigError(where_of(k.options), "policy.forecasts", forecasts, "model or none");
    file_.parts.make_scaling = make;
    quantile_ = needs.quantile;
    needs_forecast_ = needs.horizon > Duration::zero();
    return true;
  }

  void scaling(const Value& section) {
    if (section.is_null()) return;
    if (!file_.parts.make_scaling)
      throw ConfigError(
          where_of(section), "scaling", "",
          fmt::format("leave this section out, or choose a policy that says how many "
                      "instances (reactive, hybrid, hpa …){}",
                      policy_.empty() ? "" : fmt::format("; '{}' does not", policy_)));
    const Value s = scaling_section().check(section, "scaling");
    ScalingPlan& p = file_.parts.scaling;
    p.by = s.find("by")->as_string();
    p.load = s.find("load")->as_string();
    p.latency = s.find("latency")->as_string();
    if (const Value* metrics = s.find("metrics"); metrics != nullptr && metrics->is_array()) {
      for (const Value& m : metrics->as_array()) {
        if (!m.is_string())
          throw ConfigError(where_of(m), "scaling.metrics", std::string(m.kind()),
                            "names of columns");
        p.metrics.push_back(m.as_string());
      }
    }
    p.replicas = s.find("replicas")->as_string();
    p.ready = s.find("ready")->as_string();
    p.step = duration_of(s, "step");
    p.forecast_every = duration_of(s, "forecast_every");
    p.forget = duration_of(s, "forget");
    p.record = choice_of<RecordedDecisions>(s, "record", {"all", "changes"});
  }

  /// What would be read over is refused.
  void refuse_unused(const std::string& section, const Value& top) const {
    const Value* given = top.find(section);
    if (given->is_null()) return;
    throw ConfigError(
        where_of(*given), section, "",
        fmt::format("leave this section out: the policy '{}' says how large instances "
                    "are, by usage alone (section sizing)",
                    policy_));
  }

  void policy(const Value& section) {
    if (section.is_null()) return;
    const Kinded k = kinded(decision::with_policy_files(section, context_.base_dir), "policy",
                            registries_.policies.names());
    policy_ = k.kind;
    const bool done = built_at(section, "policy", [&] {
      if (scales(k)) return true;
      file_.parts.make_sizing = sizing_policy(registries_, k.kind, k.options);
      if (file_.parts.make_sizing) return true;
      file_.parts.policy = registries_.policies.build_at("policy", k.kind, k.options);
      return false;
    });
    if (done) return;
    const Value checked = registries_.policies.manifest(k.kind).check(k.options, "policy");
    if (const Value* q = checked.find("quantile"); q != nullptr && q->is_number())
      quantile_ = q->as_double();
  }

  void models(const Value& section, const Value& plan) {
    const Value f = forecast_section().check(plan, "forecast");
    file_.parts.forecast.history = duration_of(f, "history");
    file_.parts.forecast.training = duration_of(f, "training");
    file_.parts.forecast.max_age = duration_of(f, "max_age");
    if (file_.parts.make_sizing) return;
    if (file_.parts.make_scaling && section.is_null() && !needs_forecast_) return;
    std::string wanted = f.find("model")->as_string();
    const Value::Object& all =
        members(section, "models",
                policy_.empty() ? "" : fmt::format("the policy '{}' plans on a forecast", policy_));
    std::vector<std::string> names;
    for (const auto& [name, v] : all) names.push_back(name);
    if (wanted.empty() && names.size() == 1) wanted = names.front();
    const Value* chosen = section.find(wanted);
    if (chosen == nullptr)
      throw ConfigError(where_of(plan), "forecast.model", wanted,
                        fmt::format("one of: {}", fmt::join(names, ", ")));
    for (const auto& [name, v] : all) {
      // Built once and thrown away, so that a wrong option is refused now and not at the first fit.
      const Kinded k = kinded(v, "models." + name, registries_.forecasters.names());
      (void)built_at(v, "models." + name, [&] {
        return registries_.forecasters.build_at("models." + name, k.kind, k.options);
      });
    }
    const Kinded k = kinded(*chosen, "models." + wanted, registries_.forecasters.names());
    AgentParts& p = file_.parts;
    const Registries* registries = &registries_;
    p.make_model = [registries, k] { return registries->forecasters.build(k.kind, k.options); };
    const std::string& validate = f.find("validate")->as_string();
    const bool validated = validate == "refuse" || (validate == "auto" && !p.make_scaling);
    const Value options = registries_.forecasters.manifest(k.kind).check(k.options);
    const Value* target = options.find("target");
    if (target == nullptr || !target->is_string() || target->as_string().empty())
      throw ConfigError(where_of(*chosen), "models." + wanted + ".target", "",
                        "name the column to forecast");
    p.forecast.target = target->as_string();
    if (validated && registries_.forecasters.contains("naive")) {
      const Value naive = Value::object().set("target", p.forecast.target);
      p.make_baseline = [registries, naive] {
        return registries->forecasters.build("naive", naive);
      };
    }
    p.forecast.horizon = static_cast<std::size_t>(f.find("horizon")->as_int());
    p.forecast.aggregate = value_or_throw(aggregate(f.find("aggregate")->as_string()));
    p.forecast.quantile = quantile_.value_or(f.find("quantile")->as_double());
  }

  void actuators(const Value& section) {
    if (section.is_null()) return;
    for (const auto& [name, v] : members(section, "actuators")) {
      const std::string path = "actuators." + name;
      const Kinded k = kinded(v, path, registries_.actuators.names());
      if (purpose_ == Purpose::live) {
        file_.parts.actuators[name] = built_at(v, path, [&] {
          return registries_.actuators.build_at(path, k.kind, k.options, context_);
        });
      } else {
        (void)registries_.actuators.manifest(k.kind).check(k.options, path);
        file_.parts.actuators[name] = std::make_unique<actuator::RecordingActuator>();
      }
    }
  }

  void schedules(const Value& section) {
    for (const auto& [name, v] : members(section, "schedules")) {
      const std::string path = "schedules." + name;
      const Value s = schedule_section().check(v, path);
      trigger::TriggerContext context{&registries_.triggers, file_.timezone, path + ".trigger"};
      Schedule out;
      out.job.name = name;
      out.job.trigger = trigger::build(*s.find("trigger"), context);
      out.job.misfire_grace = duration_of(s, "misfire_grace");
      out.job.overlap = choice_of<Overlap>(s, "overlap", {"skip", "queue_one", "queue_all"});
      out.job.catch_up = choice_of<CatchUp>(s, "catch_up", {"none", "one", "all"});
      out.job.first_run = choice_of<FirstRun>(s, "first_run", {"on_trigger", "at_once"});
      out.task = value_or_throw(task(s.find("run")->as_string()));
      file_.parts.schedules.push_back(std::move(out));
    }
  }

  const Registries& registries_;
  const BuildContext& context_;
  Purpose purpose_;
  AgentFile file_{};
  std::optional<double> quantile_{};
  std::string policy_{};  ///< its kind
  bool needs_forecast_ = true;
};

}  // namespace

AgentFile read_agent(const Value& tree, const Registries& registries, const BuildContext& context,
                     Purpose purpose) {
  return Reader(registries, context, purpose).read(tree);
}

}  // namespace learningplane::agent
