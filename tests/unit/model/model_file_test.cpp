#include "learningplane/model/model_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "learningplane/error.hpp"
#include "learningplane/registries.hpp"
#include "learningplane/version.hpp"
#include "support/source_dir.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::model;

namespace {

const Registries& all() {
  static const auto registries = [] {
    auto r = std::make_unique<Registries>();
    register_core(*r);
    return r;
  }();
  return *registries;
}

telemetry::Frame wave(std::int64_t step_ns = 15'000'000'000) {
  std::vector<std::int64_t> times;
  std::vector<double> y, x;
  for (int i = 0; i < 80; ++i) {
    times.push_back(1'715'762'700'000'000'000 + i * step_ns);
    y.push_back(0.5 + 0.25 * ((i * 7) % 16) / 16.0);
    x.push_back(((i * 5) % 8) / 8.0);
  }
  return value_or_throw(
      telemetry::Frame::make(times, {telemetry::Column{.name = "qos", .values = y, .flags = {}},
                                     telemetry::Column{.name = "cpu", .values = x, .flags = {}}}));
}

std::unique_ptr<Forecaster> fitted(const std::string& kind, Value options) {
  auto model = all().forecasters.build(kind, options.set("target", "qos"));
  // A profile of days needs one that has ended.
  const bool days = kind == "day_profile";
  REQUIRE(model->fit(days ? wave(1'800'000'000'000) : wave()).has_value());
  return model;
}

ModelCard card() {
  ModelCard c;
  c.name = "qos";
  c.trained_on = "a wave";
  c.rows = 80;
  c.trained_at = from_seconds(1'715'800'000);
  c.scores.set("mse", 0.25);
  return c;
}

std::string ridge_bytes() {
  return encode_model(*fitted("ridge", Value::object()
                                           .set("lags", 3)
                                           .set("horizon", 2)
                                           .set("inputs", Value(Value::Array{Value("cpu")}))),
                      card());
}

std::uint64_t crc_of(const std::string& bytes) {
  std::uint64_t crc = ~std::uint64_t{0};
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xC96C5795D7870F42ULL : 0);
  }
  return ~crc;
}

/// Puts a right checksum on changed bytes, so that what lies behind it is reached.
std::string signed_again(std::string bytes) {
  bytes.resize(bytes.size() - 8);
  const std::uint64_t crc = crc_of(bytes);
  for (unsigned i = 0; i < 8; ++i) bytes.push_back(static_cast<char>((crc >> (8 * i)) & 0xFFU));
  return bytes;
}

std::string with(std::string bytes, const std::string& from, const std::string& to) {
  const std::size_t at = bytes.find(from);
  REQUIRE(at != std::string::npos);
  REQUIRE(from.size() == to.size());
  return signed_again(bytes.replace(at, from.size(), to));
}

}  // namespace

TEST_CASE("model file: the checksum is CRC-64/XZ, whose check value is published") {
  CHECK(crc_of("123456789") == 0x995DC9BBDF1939FAULL);
}

TEST_CASE("model file: every kind that is registered comes back and forecasts the same") {
  const support::TempDir dir;
  const std::vector<double> levels{0.1, 0.9};
  for (const std::string& kind : all().forecasters.names()) {
    Value options = Value::object();
    if (kind == "seasonal_naive") options.set("season", 16);
    if (kind == "nlinear" || kind == "dlinear") options.set("lags", 8);
    if (kind == "load_regression") options.set("loads", Value(Value::Array{Value("cpu")}));
    if (kind == "informer" || kind == "yformer") options.set("lags", 16).set("epochs", 1);
    const auto& parameters = all().forecasters.manifest(kind).parameters;
    if (std::any_of(parameters.begin(), parameters.end(),
                    [](const Parameter& p) { return p.name == "horizon"; }))
      options.set("horizon", 4);
    if (kind == "lstm") options.set("epochs", 1).set("layers", Value(Value::Array{Value(4)}));
    const auto model = fitted(kind, options);
    const std::string path = dir / kind + ".lpm";
    REQUIRE(save_model(path, *model, card()).has_value());
    const auto loaded = load_model(path, all().forecasters);
    INFO(kind);
    REQUIRE_MESSAGE(loaded.has_value(), loaded.error().describe());
    CHECK(loaded->model->kind() == kind);
    CHECK(loaded->card.trained_on == "a wave");
    CHECK(loaded->card.rows == 80);
    CHECK(loaded->card.trained_at == card().trained_at);
    CHECK(loaded->card.library_version == version());
    CHECK(loaded->card.scores.get("mse", 0.0) == 0.25);
    const auto a = model->forecast(4, levels), b = loaded->model->forecast(4, levels);
    CHECK(a->mean == b->mean);
    CHECK(a->quantiles == b->quantiles);
  }
}

TEST_CASE("model file: a bit changed anywhere is noticed, and so is every cut") {
  const std::string good = ridge_bytes();
  REQUIRE(decode_model(good, all().forecasters, "m").has_value());
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    CHECK_FALSE(decode_model(bad, all().forecasters, "m").has_value());
  }
  for (std::size_t length = 0; length < good.size(); ++length)
    CHECK_FALSE(decode_model(good.substr(0, length), all().forecasters, "m").has_value());
}

TEST_CASE("model file: what is wrong is named, with its place") {
  const std::string good = ridge_bytes();
  std::string newer = good;
  newer[8] = 2;
  std::string zero_format = good;
  zero_format[8] = 0;
  std::string long_header = good;
  long_header[21] = 1;
  std::string longer = good;
  longer.insert(longer.size() - 8, 8, '\0');
  struct Case {
    std::string bytes;
    Errc code;
    std::string says;
  };
  const std::vector<Case> cases{
      {"", Errc::malformed, "only 0 bytes"},
      {std::string(64, 'x'), Errc::malformed, "byte 0"},
      {newer, Errc::unsupported, "format 2 is newer"},
      {zero_format, Errc::malformed, "no format 0"},
      {signed_again(long_header), Errc::too_large, "byte 16"},
      {signed_again(longer), Errc::malformed, "after the last tensor"},
      {with(good, "\"kind\":\"ridge\"", "\"kind\":\"rigde\""), Errc::not_found, "rigde"},
      {with(good, "\"attributes\"", "\"attribute_\""), Errc::malformed, "attributes"},
      {with(good, "\"tensors\":[", "\"tensors\":{"), Errc::malformed, "header"},
      {with(good, "\"learned.weights\"", "\"learned.wrights\""), Errc::malformed, "weights"},
      {with(good, "\"lags\":3", "\"lags\":4"), Errc::malformed, "ridge"},
      {with(good, "\"trained_at\":\"2024", "\"trained_at\":\"20x4"), Errc::malformed, "trained_at"},
      {with(good, "\"errors\",\"shape\":[2,", "\"errors\",\"shape\":[9,"), Errc::malformed,
       "errors"},
  };
  for (const Case& c : cases) {
    const auto loaded = decode_model(c.bytes, all().forecasters, "file.lpm");
    INFO(c.says);
    REQUIRE_FALSE(loaded.has_value());
    INFO(loaded.error().message);
    CHECK(loaded.error().code == c.code);
    CHECK(loaded.error().describe().find("file.lpm") != std::string::npos);
    CHECK(loaded.error().describe().find(c.says) != std::string::npos);
  }
  CHECK(decode_model(good, all().forecasters, "m", {.bytes = 10}).error().code == Errc::too_large);
  CHECK(decode_model(good, all().forecasters, "m", {.tensors = 1}).error().code == Errc::malformed);
}

TEST_CASE("model file: a small file cannot ask for a large network") {
  const std::string good = encode_model(
      *fitted("lstm",
              Value::object().set("epochs", 1).set("layers", Value(Value::Array{Value(4)}))),
      card());
  std::string bad = good;
  const std::string from = "\"layers\":[4]", to = "\"layers\":[9000]";
  bad.replace(bad.find(from), from.size(), to);
  unsigned length = 0;
  for (unsigned b = 0; b < 4; ++b)
    length |= unsigned{static_cast<unsigned char>(bad[16 + b])} << (8 * b);
  length += static_cast<unsigned>(to.size() - from.size());
  for (unsigned b = 0; b < 4; ++b) bad[16 + b] = static_cast<char>((length >> (8 * b)) & 0xFFU);
  const auto loaded = decode_model(signed_again(bad), all().forecasters, "m");
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().code == Errc::malformed);
  CHECK(loaded.error().message.find("fewer weights") != std::string::npos);
}

TEST_CASE("model file: a failed save leaves what was there") {
  const support::TempDir dir;
  CHECK_FALSE(save_model(dir / "absent/m.lpm", *fitted("naive", Value::object()), card()));
  CHECK(load_model(dir / "absent/m.lpm", all().forecasters).error().code == Errc::not_found);
  CHECK_THROWS_AS(
      (void)save_model(dir / "m.lpm",
                       *all().forecasters.build("naive", Value::object().set("target", "qos")),
                       card()),
      LogicError);
  CHECK_FALSE(std::filesystem::exists(dir / "m.lpm"));
}

TEST_CASE("model file: the saved file of format 1 is read for ever") {
  const std::string path = support::source_dir() + "/tests/data/ridge_format_1.lpm";
  // How it was made: LEARNINGPLANE_WRITE_MODEL=1 test_unit_model -tc="*format 1*", once.
  if (std::getenv("LEARNINGPLANE_WRITE_MODEL") != nullptr)
    std::ofstream(path, std::ios::binary) << ridge_bytes();
  const auto loaded = load_model(path, all().forecasters);
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().describe());
  CHECK(loaded->card.name == "qos");
  const auto f = loaded->model->forecast(2);
  REQUIRE(f.has_value());
  // What a model fitted today on the same wave says, to the last digits that summation leaves.
  const auto today = decode_model(ridge_bytes(), all().forecasters, "today");
  REQUIRE(today.has_value());
  for (std::size_t s = 0; s < 2; ++s)
    CHECK(f->mean[s] == doctest::Approx(today->model->forecast(2)->mean[s]).epsilon(1e-9));
}
