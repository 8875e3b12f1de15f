#include "learningplane/catalogue/model_store.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "learningplane/error.hpp"
#include "learningplane/model/naive.hpp"
#include "learningplane/registries.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::catalogue;

namespace {

struct Bench {
  Bench() { register_core(registries); }
  /// A naive model whose forecast is `last`.
  static std::unique_ptr<model::Naive> naive(double last) {
    auto out = std::make_unique<model::Naive>(model::NaiveOptions{"y", 1});
    const std::vector<std::int64_t> times{0, 1, 2, 3};
    const std::vector<double> values{1, 2, 3, last};
    REQUIRE(out->fit(value_or_throw(telemetry::Frame::make(
        times, {telemetry::Column{.name = "y", .values = values, .flags = {}}}))));
    return out;
  }
  support::TempDir dir{};
  Registries registries{};
  ModelStore store{dir / "models", registries.forecasters};
};

}  // namespace

TEST_CASE("model store: versions count up; latest, a number and an alias find them") {
  Bench b;
  CHECK(b.store.names()->empty());
  CHECK(b.store.load("qos").error().code == Errc::not_found);
  for (int i = 1; i <= 3; ++i) {
    const auto v = b.store.publish("qos", *Bench::naive(i * 10), {.name = "qos", .rows = 4});
    REQUIRE_MESSAGE(v.has_value(), v.error().describe());
    CHECK(v->version == static_cast<std::uint64_t>(i));
  }
  CHECK(*b.store.names() == std::vector<std::string>{"qos"});
  CHECK(b.store.versions("qos")->size() == 3);
  CHECK(b.store.versions("qos")->front().metadata.get("kind", "") == "naive");
  CHECK(b.store.load("qos")->model->forecast(1)->mean[0] == 30);
  CHECK(b.store.load("qos", "2")->model->forecast(1)->mean[0] == 20);
  CHECK(b.store.load("qos", "production").error().code == Errc::not_found);
  REQUIRE(b.store.set_alias("qos", "production", 1).has_value());
  CHECK(b.store.load("qos", "production")->model->forecast(1)->mean[0] == 10);
  REQUIRE(b.store.set_alias("qos", "production", 3).has_value());
  CHECK(b.store.find("qos", "production")->version == 3);
  CHECK(b.store.set_alias("qos", "production", 9).error().code == Errc::not_found);
  CHECK(b.store.set_alias("qos", "latest", 1).error().code == Errc::invalid_argument);
  CHECK(b.store.set_alias("qos", "7", 1).error().code == Errc::invalid_argument);
}

TEST_CASE("model store: old versions go, those with an alias stay, numbers are not used again") {
  Bench b;
  for (int i = 1; i <= 5; ++i) REQUIRE(b.store.publish("qos", *Bench::naive(i), {}).has_value());
  REQUIRE(b.store.set_alias("qos", "production", 2).has_value());
  CHECK(*b.store.keep_last("qos", 2) == 2);
  std::vector<std::uint64_t> left;
  const auto versions = b.store.versions("qos");
  REQUIRE(versions.has_value());
  for (const ModelVersion& v : *versions) left.push_back(v.version);
  CHECK(left == std::vector<std::uint64_t>{2, 4, 5});
  CHECK(*b.store.keep_last("qos", 2) == 0);
  CHECK(b.store.publish("qos", *Bench::naive(6), {})->version == 6);
  CHECK(b.store.load("qos", "1").error().code == Errc::not_found);
}

TEST_CASE("model store: what a killed process leaves half done is not seen and not in the way") {
  Bench b;
  REQUIRE(b.store.publish("qos", *Bench::naive(5), {}).has_value());
  // Killed after each step of publish(): an empty folder, a model without metadata, both.
  const std::string home = b.dir / "models/qos/";
  std::filesystem::create_directories(home + ".part-1-0");
  std::filesystem::create_directories(home + ".part-1-1");
  std::ofstream(home + ".part-1-1/model.lpm") << "LPMODEL";
  std::ofstream(home + "aliases.json.part-1-2") << "{\"produ";
  // A name of which nothing was published yet is no name.
  std::filesystem::create_directories(b.dir / "models/other/.part-1-0");
  CHECK(*b.store.names() == std::vector<std::string>{"qos"});
  CHECK(b.store.versions("qos")->size() == 1);
  CHECK(b.store.aliases("qos")->empty());
  const auto next = b.store.publish("qos", *Bench::naive(6), {});
  REQUIRE(next.has_value());
  CHECK(next->version == 2);
  CHECK(b.store.load("qos")->model->forecast(1)->mean[0] == 6);
}

TEST_CASE("model store: names cannot leave the folder; damage is named") {
  Bench b;
  for (const char* name : {"", "..", "../x", "a/b", ".hidden", "a b"}) {
    CHECK(b.store.publish(name, *Bench::naive(1), {}).error().code == Errc::invalid_argument);
    CHECK(b.store.find(name).error().code == Errc::invalid_argument);
  }
  CHECK_THROWS_AS((void)b.store.publish("qos", model::Naive({"y", 1}), {}), LogicError);
  REQUIRE(b.store.publish("qos", *Bench::naive(5), {}).has_value());
  std::ofstream(b.dir / "models/qos/aliases.json") << "{\"production\": \"one\"}";
  CHECK(b.store.find("qos", "production").error().code == Errc::malformed);
  std::ofstream(b.dir / "models/qos/000001/model.lpm") << "LPMODEL";
  CHECK(b.store.load("qos").error().code == Errc::malformed);
}
