#include "learningplane/adapters/kubernetes/kubernetes_resize.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "adapters/kubernetes/resize_objects.hpp"
#include "http/fake_transport.hpp"
#include "learningplane/registries.hpp"
#include "support/fake_resize_api.hpp"

using namespace learningplane;
using namespace learningplane::adapters::kubernetes;
using actuator::Command;
using actuator::Mode;
using actuator::Outcome;
using actuator::OutcomeStatus;

namespace {
constexpr double mib = 1'048'576;

struct Bench {
  support::FakeResizeApi api;
  http::FakeTransport* transport = nullptr;
  std::unique_ptr<actuator::Actuator> actuator;
  explicit Bench(ResizeOptions o = {}) {
    o.cluster.namespace_ = "video";
    auto t = std::make_shared<http::FakeTransport>(
        [this](const http::Request& q) { return api.answer(q); });
    transport = t.get();
    actuator = make_resize_actuator_over(std::move(t), std::move(o), [](auto) {});
  }
  static Command to(double cores, double mebibytes) {
    return {"d-1", "shop", decision::Resize{cores, mebibytes * mib}, "the phase ends",
            from_seconds(1.7e9)};
  }
  Outcome act(double cores, double mebibytes, Mode mode = Mode::real) {
    return actuator->act(to(cores, mebibytes), mode);
  }
  Resources of(const std::string& text) const {
    const Value v =
        support::FakeResizeApi::json(R"({"containers":[{"name":"web","resources":)" + text + "}]}");
    return value_or_throw(read_shape(v, "web")).resources;
  }
};

std::string vpa(const std::string& mode) {
  return R"({"metadata":{"name":"shop-vpa"},"spec":{"targetRef":{"kind":"Deployment","name":"shop"},
    "updatePolicy":{"updateMode":")" +
         mode + R"("}},"status":{"recommendation":{"containerRecommendations":[
    {"containerName":"web","target":{"cpu":"163m","memory":"262144k"},"lowerBound":{"cpu":"25m"},
     "upperBound":{"cpu":"2","memory":"1Gi"}}]}}})";
}
}  // namespace

TEST_CASE("kubernetes resize: quantities as the API writes them") {
  const auto read = [](const char* text) { return read_quantity(Value(text)); };
  CHECK(read("500m") == doctest::Approx(0.5));
  CHECK(read("2") == 2);
  CHECK(read("0.1") == doctest::Approx(0.1));
  CHECK(read("128Mi") == 128 * mib);
  CHECK(read("1Gi") == 1024 * mib);
  CHECK(read("262144k") == 262144000);
  CHECK(read("1e3") == 1000);
  CHECK(read("2E") == 2e18);
  CHECK(read("1500000000n") == doctest::Approx(1.5));
  CHECK(read_quantity(Value(3)) == 3);
  for (const char* bad : {"", "m", "1x", "1 Gi", "abc"}) CHECK(std::isnan(read(bad)));
  CHECK(cpu_quantity(0.25) == "250m");
  CHECK(cpu_quantity(0.2501) == "251m");
  CHECK(cpu_quantity(2) == "2000m");
  CHECK(memory_quantity(100 * mib) == "100Mi");
  CHECK(memory_quantity(1000.5) == "1001");
}

TEST_CASE("kubernetes resize: every pod in place, requests keep their proportion") {
  Bench b;
  const Outcome o = b.act(1, 400);
  CHECK_MESSAGE(o.status == OutcomeStatus::done, o.message);
  CHECK(o.message == "2 of 2 pods resized in place");
  for (const auto& [name, pod] : b.api.pods) {
    const Resources r = b.of(pod.resources);
    CHECK(r.limits.cpu_cores == 1);
    CHECK(r.requests.cpu_cores == 0.5);
    CHECK(r.limits.memory_bytes == 400 * mib);
    CHECK(r.requests.memory_bytes == 200 * mib);
  }
  CHECK(o.detail.get("method", "") == "in_place");
  CHECK(o.detail.get("disruption", "").find("none") == 0);
  CHECK(o.detail.find("pods")->size() == 2);
  CHECK(o.detail.get("event", "") == "written");
  REQUIRE(b.api.events.size() == 1);
  CHECK(b.api.events[0].get("reason", "") == "Resized");
  CHECK(b.act(1, 400).status == OutcomeStatus::already_done);
  CHECK(b.actuator->probe(Bench::to(1, 400)).status == OutcomeStatus::done);
  CHECK(b.actuator->probe(Bench::to(2, 400)).status == OutcomeStatus::failed);
  // 0 leaves a resource as it is.
  CHECK(b.act(2, 0).status == OutcomeStatus::done);
  CHECK(b.of(b.api.pods["shop-a"].resources).limits.memory_bytes == 400 * mib);
}

TEST_CASE("kubernetes resize: only what is set is sized; a pod without both is refused") {
  Bench b;
  b.api.pods.erase("shop-b");
  b.api.pods["shop-a"].resources = R"({"requests":{"cpu":"1"},"limits":{"memory":"1Gi"}})";
  CHECK(b.act(2, 512).status == OutcomeStatus::done);
  CHECK(b.api.pods["shop-a"].resources ==
        R"({"requests":{"cpu":"2000m"},"limits":{"memory":"512Mi"}})");
  b.api.pods["shop-a"].resources = R"({"limits":{"memory":"1Gi"}})";
  const Outcome o = b.act(2, 512);
  CHECK(o.status == OutcomeStatus::refused);
  CHECK(o.message.find("neither a request nor a limit of cpu") != std::string::npos);
}

TEST_CASE("kubernetes resize: pods that end are passed over; none that runs is no success") {
  Bench b;
  b.api.pods["shop-a"].status = R"({"phase":"Succeeded"})";
  b.api.pods["shop-b"].extra = R"(,"deletionTimestamp":"2024-01-01T00:00:00Z")";
  CHECK(b.act(1, 400).status == OutcomeStatus::failed);
  CHECK(b.api.patches == 0);
}

TEST_CASE("kubernetes resize: a dry run changes nothing") {
  Bench b;
  const Outcome o = b.act(1, 400, Mode::dry_run);
  CHECK_MESSAGE(o.status == OutcomeStatus::planned, o.message);
  CHECK(b.api.patches == 0);
  CHECK(b.api.events.empty());
  CHECK(b.of(b.api.pods["shop-a"].resources).limits.cpu_cores == 0.5);
}

TEST_CASE("kubernetes resize: a pod that moved is read again; one that was resized is a conflict") {
  Bench moved;
  int n = 0;
  moved.api.before = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.method == "PATCH" && ++n == 1)
      ++moved.api.pods["shop-a"].version;  // the kubelet's status
    return std::nullopt;
  };
  const Outcome done = moved.act(1, 400);
  CHECK_MESSAGE(done.status == OutcomeStatus::done, done.message);
  CHECK(done.attempts == 2);

  Bench taken;
  n = 0;
  taken.api.before = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.method != "PATCH" || ++n != 2) return std::nullopt;
    ++taken.api.pods["shop-b"].version;
    taken.api.pods["shop-b"].resources = R"({"limits":{"cpu":"3"}})";
    return std::nullopt;
  };
  const Outcome conflict = taken.act(1, 400);
  CHECK(conflict.status == OutcomeStatus::conflict);
  CHECK(conflict.message.find("shop-b, after 1 of 2") != std::string::npos);
}

TEST_CASE("kubernetes resize: an answer that got lost is looked after, and done once") {
  Bench b;
  int n = 0;
  b.api.after = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.method == "PATCH" && ++n == 1)
      return Result<http::Response>(fail(Errc::timeout, "the answer was lost"));
    return std::nullopt;
  };
  const Outcome o = b.act(1, 400);
  CHECK_MESSAGE(o.status == OutcomeStatus::done, o.message);
  CHECK(b.api.patches == 2);  // one a pod

  Bench away;
  bool gone = false;
  away.api.before = [&](const http::Request&) -> std::optional<Result<http::Response>> {
    if (gone) return Result<http::Response>(fail(Errc::unavailable, "no connection"));
    return std::nullopt;
  };
  away.api.after = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.method != "PATCH") return std::nullopt;
    gone = true;
    return Result<http::Response>(fail(Errc::timeout, "the answer was lost"));
  };
  CHECK(away.act(1, 400).status == OutcomeStatus::unknown);
  CHECK(away.actuator->probe(Bench::to(1, 400)).status == OutcomeStatus::unknown);
}

TEST_CASE("kubernetes resize: what the server refuses is refused, in its words") {
  Bench b;
  b.api.before = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.method != "PATCH") return std::nullopt;
    return Result<http::Response>(
        http::Response{422, {}, R"({"message":"Pod QOS Class may not change"})"});
  };
  const Outcome o = b.act(1, 400);
  CHECK(o.status == OutcomeStatus::refused);
  CHECK(o.message.find("QOS Class") != std::string::npos);
}

TEST_CASE("kubernetes resize: without the subresource the template is patched, and that is said") {
  Bench b;
  b.api.in_place = false;
  const Outcome o = b.act(1, 400);
  CHECK_MESSAGE(o.status == OutcomeStatus::done, o.message);
  CHECK(o.detail.get("method", "") == "by_template");
  CHECK(o.detail.get("disruption", "") == "2 pods are replaced (RollingUpdate)");
  CHECK(b.api.annotation == "d-1");
  CHECK(b.of(b.api.resources).limits.memory_bytes == 400 * mib);
  CHECK(b.act(1, 400).status == OutcomeStatus::already_done);
  CHECK(b.actuator->probe(Bench::to(1, 400)).status == OutcomeStatus::done);

  Bench strict({.method = ResizeMethod::in_place});
  strict.api.in_place = false;
  const Outcome refused = strict.act(1, 400);
  CHECK(refused.status == OutcomeStatus::refused);
  CHECK(refused.message.find("pods/resize") != std::string::npos);
  CHECK(strict.api.patches == 0);

  // A template may gain what it had not.
  Bench bare({.method = ResizeMethod::by_template});
  bare.api.resources = "{}";
  bare.api.strategy = "OnDelete";
  const Outcome given = bare.act(1, 400);
  CHECK(given.status == OutcomeStatus::done);
  CHECK(given.detail.get("disruption", "").find("OnDelete") != std::string::npos);
  CHECK(bare.of(bare.api.resources).limits.cpu_cores == 1);
}

TEST_CASE(
    "kubernetes resize: a template that moved is read again, one that was resized a conflict") {
  for (const bool resized : {false, true}) {
    Bench b({.method = ResizeMethod::by_template});
    int n = 0;
    b.api.before = [&](const http::Request& q) -> std::optional<Result<http::Response>> {
      if (q.method != "PATCH" || ++n != 1) return std::nullopt;
      ++b.api.version;
      if (resized) b.api.resources = R"({"limits":{"cpu":"3"}})";
      return std::nullopt;
    };
    CHECK(b.act(1, 400).status == (resized ? OutcomeStatus::conflict : OutcomeStatus::done));
  }
}

TEST_CASE("kubernetes resize: a VPA in recommendation mode is read, one that acts refuses") {
  Bench b;
  b.api.vpas = vpa("Off");
  const Outcome o = b.act(1, 400);
  CHECK_MESSAGE(o.status == OutcomeStatus::done, o.message);
  const Value* read = o.detail.find("vpa");
  REQUIRE(read != nullptr);
  CHECK(read->find("target")->get("cpu_cores", 0.0) == doctest::Approx(0.163));
  CHECK(read->find("upper")->get("memory_bytes", 0.0) == 1024 * mib);
  CHECK(read->find("lower")->find("memory_bytes")->is_null());
  for (const char* mode : {"Auto", "Recreate", "InPlaceOrRecreate", ""}) {
    Bench acting;
    acting.api.vpas = vpa(mode);
    const Outcome refused = acting.act(1, 400);
    CHECK(refused.status == OutcomeStatus::refused);
    CHECK(refused.message.find("'shop-vpa'") != std::string::npos);
    CHECK(acting.api.patches == 0);
  }
  Bench told({.vpa = ExistingAutoscaler::ignore});
  told.api.vpas = vpa("Auto");
  CHECK(told.act(1, 400).status == OutcomeStatus::done);
}

TEST_CASE("kubernetes resize: the present size, the template's, kills and what the VPA says") {
  Bench b;
  b.api.vpas = vpa("Off");
  b.api.pods["shop-a"].resources = R"({"limits":{"cpu":"1","memory":"200Mi"}})";
  b.api.pods["shop-a"].status =
      R"({"phase":"Running","containerStatuses":[{"name":"web","lastState":{"terminated":
         {"reason":"OOMKilled","finishedAt":"2024-01-01T00:00:00Z"}}}]})";
  const actuator::WorkloadSize s = value_or_throw(b.actuator->current_size("shop"));
  CHECK(s.instances == 2);
  CHECK(s.current.cpu_cores == 0.5);
  CHECK(s.current.memory_bytes == 200 * mib);
  CHECK(s.requested.memory_bytes == 512 * mib);
  REQUIRE(s.out_of_memory.size() == 1);
  CHECK(to_iso8601(s.out_of_memory[0].at) == "2024-01-01T00:00:00Z");
  CHECK(s.out_of_memory[0].memory_bytes == 200 * mib);
  // Once the pod was resized, nobody can say what limit the kill met.
  Bench since;
  since.api.pods["shop-a"] = b.api.pods["shop-a"];
  since.api.pods["shop-a"].extra =
      R"(,"managedFields":[{"manager":"ops","subresource":"resize","time":"2024-01-01T00:00:01Z"}])";
  const auto later = value_or_throw(since.actuator->current_size("shop"));
  REQUIRE(later.out_of_memory.size() == 1);
  CHECK(std::isnan(later.out_of_memory[0].memory_bytes));
  REQUIRE(s.recommendation);
  CHECK(s.recommendation->mode == "Off");
  CHECK(b.actuator->current_size("other").error().code == Errc::not_found);
  // Whoever may not list VPAs knows the size all the same.
  b.api.before = [](const http::Request& q) -> std::optional<Result<http::Response>> {
    if (q.path.find("verticalpodautoscalers") == std::string::npos) return std::nullopt;
    return Result<http::Response>(http::Response{403, {}, R"({"message":"no"})"});
  };
  const auto blind = value_or_throw(b.actuator->current_size("shop"));
  CHECK(blind.current.cpu_cores == 0.5);
  CHECK_FALSE(blind.recommendation);
}

TEST_CASE("kubernetes resize: after a crash, whoever resized since is not overruled") {
  Bench b;
  b.api.pods["shop-a"].extra =
      R"(,"managedFields":[{"manager":"ops","subresource":"resize","time":"2099-01-01T00:00:00Z"}])";
  const Outcome o = b.actuator->probe(Bench::to(1, 400));
  CHECK(o.status == OutcomeStatus::conflict);
  CHECK(o.message.find("'ops'") != std::string::npos);
}

TEST_CASE("kubernetes resize: what cannot be is refused") {
  Bench b;
  CHECK(b.act(-1, 400).status == OutcomeStatus::refused);
  CHECK(b.act(0, 0).status == OutcomeStatus::refused);
  CHECK(b.actuator->act({"d", "shop", decision::Scale{2}, "", {}}, Mode::real).status ==
        OutcomeStatus::refused);
  CHECK(b.actuator->act({"d", "a b", decision::Resize{1, 1}, "", {}}, Mode::real).status ==
        OutcomeStatus::refused);
  b.api.more_containers = R"(,{"name":"sidecar","resources":{}})";
  const Outcome two = b.act(1, 400);
  CHECK(two.status == OutcomeStatus::refused);
  CHECK(two.message.find("option container") != std::string::npos);
  Bench named({.container = "web"});
  named.api.more_containers = b.api.more_containers;
  CHECK(named.act(1, 400).status == OutcomeStatus::done);
  Bench wrong({.container = "nobody"});
  CHECK(wrong.act(1, 400).status != OutcomeStatus::done);
  CHECK_THROWS_AS(Bench({.container = "a/b"}), ConfigError);
  Registries r;
  register_net(r);
  CHECK_THROWS_AS(r.actuators.build("kubernetes_resize", Value::object().set("method", "magic"),
                                    BuildContext{}),
                  ConfigError);
}
