// One suite for the interface Actuator, run against every implementation.
#include "learningplane/actuator/actuator.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>

#include "adapters/kubernetes/workload.hpp"
#include "http/fake_transport.hpp"
#include "learningplane/actuator/recording.hpp"
#include "support/fake_kube_api.hpp"

using namespace learningplane;
using namespace learningplane::actuator;

namespace {

/// Actuators whose application "shop" runs on worker-0 and can go to worker-1.
struct Candidate {
  const char* name;
  std::function<std::unique_ptr<Actuator>(support::FakeKubeApi&)> make;
};

std::unique_ptr<Actuator> kubernetes(support::FakeKubeApi& api,
                                     adapters::kubernetes::PatchMethod method) {
  adapters::kubernetes::KubernetesOptions o;
  o.namespace_ = "video";
  o.method = method;
  return adapters::kubernetes::make_actuator_over(
      std::make_unique<http::FakeTransport>(
          [&api](const http::Request& q) { return api.answer(q); }),
      o, [](std::chrono::milliseconds) {});
}

const Candidate candidates[] = {{"recording",
                                 [](support::FakeKubeApi&) -> std::unique_ptr<Actuator> {
                                   auto out = std::make_unique<RecordingActuator>();
                                   out->set_site("shop", "worker-0");
                                   return out;
                                 }},
                                {"kubernetes, strategic merge",
                                 [](support::FakeKubeApi& api) {
                                   return kubernetes(
                                       api, adapters::kubernetes::PatchMethod::strategic_merge);
                                 }},
                                {"kubernetes, server-side apply", [](support::FakeKubeApi& api) {
                                   return kubernetes(api, adapters::kubernetes::PatchMethod::apply);
                                 }}};

const Command move{"d-1", "shop", decision::Place{"worker-1"}, "it is forecast best", TimePoint{}};

}  // namespace

TEST_CASE("every actuator") {
  for (const Candidate& candidate : candidates) {
    CAPTURE(candidate.name);
    support::FakeKubeApi api;
    const auto actuator = candidate.make(api);
    SUBCASE("carries a command out and knows so afterwards") {
      CHECK_FALSE(actuator->probe(move).in_effect());
      const Outcome outcome = actuator->act(move, Mode::real);
      CHECK(outcome.status == OutcomeStatus::done);
      CHECK(outcome.attempts == 1);
      CHECK(actuator->current_site("shop").value() == "worker-1");
      CHECK(actuator->probe(move).status == OutcomeStatus::done);
    }
    SUBCASE("changes nothing in a dry run") {
      CHECK(actuator->act(move, Mode::dry_run).status == OutcomeStatus::planned);
      CHECK(actuator->current_site("shop").value() == "worker-0");
      CHECK_FALSE(actuator->probe(move).in_effect());
    }
    SUBCASE("does no harm when it promises so and a command comes twice") {
      REQUIRE(actuator->delivery() == Delivery::at_least_once);
      CHECK(actuator->act(move, Mode::real).in_effect());
      CHECK(actuator->act(move, Mode::real).in_effect());
      CHECK(actuator->current_site("shop").value() == "worker-1");
      CHECK(api.patches <= 1);
    }
    SUBCASE("has nothing to do for a hold") {
      const Command hold{"d-2", "shop", decision::Hold{}, "unknown data", TimePoint{}};
      CHECK(actuator->act(hold, Mode::real).status == OutcomeStatus::already_done);
      CHECK(actuator->current_site("shop").value() == "worker-0");
    }
    SUBCASE("cannot tell where something unheard of runs, and does not guess") {
      CHECK(actuator->current_site("nowhere").error().code == Errc::not_found);
    }
    SUBCASE("says what it is") { CHECK_FALSE(actuator->describe().empty()); }
  }
}
