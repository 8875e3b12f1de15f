#include "agent/sections.hpp"

namespace learningplane::agent {

namespace {
using Type = ParameterType;

Parameter text(std::string name, std::string summary, Value fallback = {}) {
  return {std::move(name), Type::string, std::move(summary), std::move(fallback)};
}
Parameter choice(std::string name, std::string summary, std::string fallback,
                 std::vector<std::string> allowed) {
  return {std::move(name),     Type::string, std::move(summary),
          std::move(fallback), false,        std::move(allowed)};
}
Parameter duration(std::string name, std::string summary, std::string fallback) {
  return {std::move(name), Type::duration, std::move(summary), std::move(fallback)};
}
Parameter required(Parameter p) {
  p.required = true;
  return p;
}
Parameter section(std::string name, Type type, std::string summary) {
  return {std::move(name), type, std::move(summary)};
}

}  // namespace

Manifest file_section() {
  return {
      "agent file",
      "One agent",
      {required(text("agent", "its name; in the journal and in the ids of its decisions")),
       choice("mode", "how far it goes", "recommend", {"train", "update", "forecast", "recommend"}),
       text("state", "folder of journal, lock and models; from the file's own folder", "state"),
       text("timezone", "IANA zone of triggers that name none", "UTC"),
       section("applications", Type::list, "whom decisions are for: names or mappings"),
       required(section("sensors", Type::mapping, "sources of telemetry, by name")),
       section("cleaning", Type::any, "what is done to telemetry before models see it"),
       section(
           "models", Type::mapping,
           "models with their options, by name; a policy of instances may do without, one of sizes "
           "has none"),
       section("sites", Type::mapping,
               "the candidates, by name; not for a policy of instances or sizes"),
       section("forecast", Type::mapping, "what is forecast, and how far"),
       section("policy", Type::mapping, "how a decision is made"),
       section("scaling", Type::mapping, "which telemetry a policy of instances goes by"),
       section("sizing", Type::mapping, "which telemetry a policy of sizes goes by"),
       section("actuators", Type::mapping, "where decisions go, by name"),
       required(section("schedules", Type::mapping, "when to do what, by name")),
       section("journal", Type::mapping, "how long the journal remembers"),
       section("server", Type::mapping, "answers /metrics and /healthz")}};
}

Manifest application_section() {
  return {"application",
          "Somebody decisions are for",
          {required(text("name", "of the application")),
           section("labels", Type::mapping, "which telemetry is its own, besides the site's"),
           text("actuator", "where its decisions go; needed where there are several", "")}};
}

Manifest site_section() {
  return {"site",
          "A candidate",
          {section("labels", Type::mapping, "which telemetry is this site's; none: all"),
           text("node", "what the actuator calls it; else its name", "")}};
}

Manifest forecast_section() {
  return {
      "forecast",
      "What is forecast, and how it becomes one number a site",
      {text("model", "name under models; needed where there are several", ""),
       {"horizon", Type::integer, "steps ahead", 20, false, {}, 1, 100000},
       choice("aggregate", "over the horizon", "mean", {"mean", "min", "last"}),
       {"quantile",
        Type::number,
        "to plan on where the policy names none, in (0, 1)",
        0.5,
        false,
        {},
        1e-6,
        1 - 1e-6},
       duration("history", "telemetry read for a forecast", "30m"),
       duration("training", "telemetry read to fit a model", "24h"),
       choice("validate",
              "a new model that is worse than naive on the last fifth of the training data; auto: "
              "keep for a policy of instances, as in its simulation (over its first steps naive "
              "is hard to beat, and plans nothing), else refuse",
              "auto", {"auto", "refuse", "keep"}),
       duration("max_age", "an older last observation is stale, so unknown", "5m")}};
}

Manifest scaling_section() {
  return {
      "scaling",
      "Which telemetry a policy of instances goes by",
      {text("by", "label whose values are the applications, each decided on by itself", ""),
       text("load", "column of the load, all instances together", "load"),
       text("latency",
            "column of the latency at the objective's quantile over the policy's "
            "look-back; empty: none",
            ""),
       section("metrics", Type::list, "further columns that the policy names"),
       text("replicas", "column of the instances asked for; empty: the actuator is asked", ""),
       text("ready", "column of the instances that serve; empty: the actuator is asked", ""),
       duration("step", "the model sees the load's mean over such slots; 0s: as it comes", "0s"),
       duration("forecast_every", "in between the last forecast serves", "5m"),
       duration("forget", "a value of `by` not seen for so long is dropped", "1h"),
       choice("record", "which decisions the journal keeps", "all", {"all", "changes"})}};
}

Manifest sizing_section() {
  const auto number = [](std::string name, std::string summary, Value fallback, double low,
                         double high) {
    return Parameter{std::move(name),
                     Type::number,
                     std::move(summary),
                     std::move(fallback),
                     false,
                     {},
                     low,
                     high};
  };
  return {
      "sizing",
      "Which telemetry a policy of sizes goes by",
      {text("by", "label whose values are the applications, each sized by itself", ""),
       text("cpu", "column of the CPU that an instance uses; empty: none", "cpu"),
       text("memory", "column of the memory that an instance has in use; empty: none", "memory"),
       number("cpu_unit", "cores of one unit of that column, above 0", 1.0, 1e-12, 1e12),
       number("memory_unit", "bytes of one unit of that column, above 0", 1.0, 1e-12, 1e18),
       number(
           "instances_quantile",
           "of what several instances of an application use at a time, in (0, 1]; 1: the highest",
           1.0, 1e-6, 1),
       number("requested_cpu", "cores that the user asked for, where the actuator does not tell",
              Value(), 1e-6, 1e6),
       number("requested_memory", "bytes that the user asked for, where the actuator does not tell",
              Value(), 1, 1e18),
       duration(
           "step",
           "a sample for each such slot: of CPU the mean, of memory the highest; 0s: as it comes",
           "1m"),
       duration("history", "usage read at first; 0s: as far back as the policy looks", "0s"),
       duration("forget", "a value of `by` not seen for so long is dropped", "1h"),
       choice("record", "which decisions the journal keeps", "all", {"all", "changes"})}};
}

Manifest schedule_section() {
  return {"schedule",
          "One trigger with what to do",
          {required(section("trigger", Type::mapping, "when")),
           required(choice("run", "what to do", "", {"train", "update", "forecast", "decide"})),
           duration("misfire_grace", "a time noticed later than this is missed", "1m"),
           choice("overlap", "a time that falls due while the schedule still runs", "skip",
                  {"skip", "queue_one", "queue_all"}),
           choice("catch_up", "times that fell due while the agent was down", "none",
                  {"none", "one", "all"}),
           choice("first_run", "when it runs first", "on_trigger", {"on_trigger", "at_once"})}};
}

Manifest journal_section() {
  return {
      "journal",
      "How long the journal remembers",
      {duration("retention", "older entries are dropped; 0s: never", "30d"),
       duration("resend_within",
                "after a restart, a half-done command older than this is only reported", "10m")}};
}

Manifest server_section() {
  return {"server",
          "Answers /metrics and /healthz",
          {required(text("listen", "loopback host:port, like 127.0.0.1:9464"))}};
}

}  // namespace learningplane::agent
