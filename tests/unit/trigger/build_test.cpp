#include "learningplane/trigger/build.hpp"

#include <doctest/doctest.h>

#include "learningplane/json.hpp"
#include "learningplane/registries.hpp"
#include "learningplane/zone.hpp"
#include "support/skip.hpp"

namespace lp = learningplane;

namespace {
std::unique_ptr<lp::trigger::Trigger> build(const char* json, const char* zone = "UTC") {
  lp::Registries registries;
  lp::register_core(registries);
  lp::trigger::TriggerContext context;
  context.registry = &registries.triggers;
  context.timezone = zone;
  context.path = "schedules.a.trigger";
  return lp::trigger::build(lp::value_or_throw(lp::parse_json(json)), context);
}
lp::TimePoint at(const char* text) { return lp::parse_iso8601(text).value(); }
}  // namespace

TEST_CASE("build: every kind of trigger from a configuration") {
  CHECK(build(R"({"kind":"interval","every":"5m"})")->describe() == "interval[0:05:00]");
  CHECK(build(R"({"kind":"interval","days":1,"hours":1.5,"seconds":1})")->describe() ==
        "interval[1 day, 1:30:01]");
  CHECK(build(R"({"kind":"interval","weeks":1})")->describe() == "interval[7 days, 0:00:00]");
  CHECK(build(R"({"kind":"date","at":"2024-04-12T10:44:31Z"})")->describe() ==
        "date[2024-04-12 10:44:31 UTC]");
  CHECK(build(R"({"kind":"cron","expression":"0 * * * *"})")->describe() == "cron[0 * * * *]");
  CHECK(
      build(R"({"kind":"or","children":[{"kind":"and","children":[{"kind":"interval","every":"1h"},
                 {"kind":"cron","expression":"@daily"}]},{"kind":"date","at":"2024-01-01"}]})")
          ->describe() ==
      "or[and[interval[1:00:00], cron[@daily]], date[2024-01-01 00:00:00 UTC]]");
}

TEST_CASE("build: times without an offset are meant in the zone, of the trigger or of the agent") {
  LEARNINGPLANE_NEED(lp::Zone::load("Europe/Berlin").has_value(), "no tzdata");
  const auto berlin = build(R"({"kind":"date","at":"2024-07-01T12:00:00"})", "Europe/Berlin");
  CHECK(berlin->next(at("2024-01-01")) == at("2024-07-01T10:00:00Z"));
  CHECK(build(R"({"kind":"date","at":"2024-07-01T12:00:00+09:00"})", "Europe/Berlin")
            ->next(at("2024-01-01")) == at("2024-07-01T03:00:00Z"));
  CHECK(build(R"({"kind":"date","at":"2024-07-01T12:00:00","timezone":"Asia/Tokyo"})",
              "Europe/Berlin")
            ->next(at("2024-01-01")) == at("2024-07-01T03:00:00Z"));
  const auto cron = build(
      R"({"kind":"cron","expression":"0 9 * * *","start":"2024-07-02","end":"2024-07-02T09:00:00"})",
      "Europe/Berlin");
  CHECK(cron->describe() == "cron[0 9 * * *, Europe/Berlin]");
  CHECK(cron->next(at("2024-01-01")) == at("2024-07-02T07:00:00Z"));
  CHECK_FALSE(cron->next(at("2024-07-02T07:00:00Z")));
  CHECK_THROWS_WITH_AS(build(R"({"kind":"date","at":"2026-03-29T02:30:00"})", "Europe/Berlin"),
                       doctest::Contains("put forward"), lp::ConfigError);
}

TEST_CASE("build: errors name the key, the value and what is allowed") {
  struct Case {
    const char* json;
    const char* message;
  };
  const std::string deep = [] {
    std::string text = R"({"kind":"interval","every":"1h"})";
    for (int i = 0; i < 12; ++i) text = R"({"kind":"or","children":[)" + text + "]}";
    return text;
  }();
  const Case cases[] = {
      {R"([])", "schedules.a.trigger"},
      {R"({})", "schedules.a.trigger.kind"},
      {R"({"kind":5})", "schedules.a.trigger.kind"},
      {R"({"kind":"timer"})", "one of: and, cron, date, interval, or"},
      {R"({"kind":"interval"})", "schedules.a.trigger.every"},
      {R"({"kind":"interval","every":"0s"})", "at least 1ms"},
      {R"({"kind":"interval","every":"-5m"})", "schedules.a.trigger.every"},
      {R"({"kind":"interval","every":"soon"})", "schedules.a.trigger.every"},
      {R"({"kind":"interval","minutes":-1})", "schedules.a.trigger.minutes"},
      {R"({"kind":"interval","weeks":1e8})", "at most 285 years"},
      {R"({"kind":"interval","evry":"5m"})", "did you mean 'every'"},
      {R"({"kind":"interval","every":"5m","start":"2024-01-02","end":"2024-01-01"})",
       "schedules.a.trigger.end"},
      {R"({"kind":"interval","every":"5m","start":"yesterday"})", "schedules.a.trigger.start"},
      {R"({"kind":"date"})", "schedules.a.trigger.at"},
      {R"({"kind":"date","at":"2024-02-30"})", "no such day"},
      {R"({"kind":"cron"})", "schedules.a.trigger.expression"},
      {R"({"kind":"cron","expression":"61 * * * *"})", "minute '61'"},
      {R"({"kind":"cron","expression":"* * * * *","timezone":"Mars/Phobos"})",
       "schedules.a.trigger.timezone"},
      {R"({"kind":"or"})", "schedules.a.trigger.children"},
      {R"({"kind":"or","children":[]})", "one trigger or more"},
      {R"({"kind":"or","children":[{"kind":"cron","expression":"x"}]})",
       "schedules.a.trigger.children[0].expression"},
      {R"({"kind":"and","children":[{"kind":"interval","every":"5m","jitter":"1s"}]})",
       "schedules.a.trigger.children[0].jitter"},
      {deep.c_str(), "at most 8 levels"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.json);
    CHECK_THROWS_WITH_AS(build(c.json), doctest::Contains(c.message), lp::ConfigError);
  }
}
