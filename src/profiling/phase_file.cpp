#include <fmt/format.h>

#include <cmath>

#include "durable_file.hpp"
#include "json_checksum.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/profiling/phases.hpp"

namespace learningplane::profiling {

namespace {

constexpr std::string_view kind = "learningplane.phases";
constexpr std::int64_t format = 1;
constexpr std::size_t most_bytes = std::size_t{64} << 20U;

Value list(std::span<const double> values) {
  Value out = Value::array();
  for (const double v : values) out.push(v);
  return out;
}
Value matrix(std::span<const double> values, std::size_t columns) {
  Value out = Value::array();
  for (std::size_t i = 0; i < values.size(); i += columns)
    out.push(list(values.subspan(i, columns)));
  return out;
}

const Value& member(const Value& of, const char* key, const char* path) {
  const Value* found = of.find(key);
  if (found == nullptr)
    throw FormatError(fmt::format("'{}{}' is missing: this is no phase model", path, key));
  return *found;
}
/// Numbers of a list or of lists in a list, in their order.
void flatten(const Value& v, std::vector<double>& into, const std::string& path, int depth = 0) {
  if (v.is_array() && depth < 3) {
    for (const Value& x : v.as_array()) flatten(x, into, path, depth + 1);
    return;
  }
  if (!v.is_number() || !std::isfinite(v.as_double()))
    throw FormatError(fmt::format("'{}' holds {}, where a number must stand", path, v.kind()));
  into.push_back(v.as_double());
}
std::vector<double> numbers(const Value& of, const char* key, const char* path) {
  std::vector<double> out;
  flatten(member(of, key, path), out, std::string(path) + key);
  return out;
}
std::vector<double> numbers_if(const Value& of, const char* key, const char* path) {
  return of.find(key) == nullptr ? std::vector<double>() : numbers(of, key, path);
}
std::size_t size_in(const Value& of, const char* key, std::size_t least) {
  const std::int64_t n = member(of, key, "crbm.").as_int();
  if (n < static_cast<std::int64_t>(least) || n > 1'000'000)
    throw FormatError(fmt::format("'crbm.{}' is {}, which cannot be", key, n));
  return static_cast<std::size_t>(n);
}

CrbmWeights read_crbm(const Value& v) {
  CrbmWeights w{.visible = size_in(v, "n_vis", 1),
                .hidden = size_in(v, "n_hid", 1),
                .history = size_in(v, "n_his", 0)};
  w.w = numbers(v, "W", "crbm.");
  w.a = numbers(v, "A", "crbm.");
  w.b = numbers(v, "B", "crbm.");
  w.visible_bias = numbers(v, "v_bias", "crbm.");
  w.hidden_bias = numbers(v, "h_bias", "crbm.");
  return w;
}

features::Scaler read_scaler(const Value& v) {
  std::vector<double> all = numbers(v, "mean", "scaler.");
  const std::size_t n = all.size();
  for (const char* key : {"scale", "low", "high"}) {
    // A published scaler does not tell the range; nothing here clips, so that the mean may stand
    // in.
    const auto part =
        v.find(key) == nullptr && key != std::string_view("scale")
            ? std::vector<double>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n))
            : numbers(v, key, "scaler.");
    if (part.size() != n)
      throw FormatError(
          fmt::format("'scaler.{}' holds {} numbers in place of {}", key, part.size(), n));
    all.insert(all.end(), part.begin(), part.end());
  }
  features::Scaler out(features::ScalerKind::z_score);
  value_or_throw(out.load(all));
  return out;
}

PhaseClusters read_clusters(const Value& v, std::size_t hidden, const char* path) {
  PhaseClusters out{numbers(v, "centroids", path), numbers_if(v, "sizes", path),
                    numbers_if(v, "spread", path)};
  const std::size_t k = out.centroids.size() / hidden;
  if (out.centroids.empty() || out.centroids.size() % hidden != 0)
    throw FormatError(fmt::format("'{}centroids' holds {} numbers, no rows of {} hidden units",
                                  path, out.centroids.size(), hidden));
  for (const auto* part : {&out.sizes, &out.spread}) {
    if (!part->empty() && part->size() != k)
      throw FormatError(fmt::format("'{}{}' holds {} numbers in place of {}", path,
                                    part == &out.sizes ? "sizes" : "spread", part->size(), k));
    for (const double x : *part) {
      if (x < 0) throw FormatError(fmt::format("'{}' holds {}, which cannot be", path, x));
    }
  }
  return out;
}

Value clusters_value(const PhaseClusters& c, std::size_t hidden) {
  Value out = Value::object().set("centroids", matrix(c.centroids, hidden));
  if (!c.sizes.empty()) out.set("sizes", list(c.sizes));
  if (!c.spread.empty()) out.set("spread", list(c.spread));
  return out;
}

/// What only our own files have: kind, format, checksum.
Result<void> check_own(const Value& v) {
  if (const Value* k = v.find("kind"); !k->is_string() || k->as_string() != kind)
    return fail(Errc::malformed, fmt::format("'kind' is not {}: this is no phase model", kind));
  const std::int64_t found = member(v, "format", "").as_int();
  if (found > format)
    return fail(
        Errc::unsupported,
        fmt::format("format {} is newer than {}, the newest that this version reads: update "
                    "learningplane",
                    found, format));
  if (found < 1) return fail(Errc::malformed, fmt::format("there is no format {}", found));
  if (member(v, "checksum", "").as_string() != learningplane::detail::json_checksum(v))
    return fail(Errc::malformed,
                "the checksum does not fit the content: the file was damaged or edited");
  return {};
}

}  // namespace

Value Phases::to_value() const {
  const CrbmWeights& w = crbm().weights();
  Value names = Value::array(), extensions = Value::array();
  for (const std::string& f : options_.features) names.push(f);
  for (const PhaseExtension& e : extensions_)
    extensions.push(
        clusters_value(e.clusters, w.hidden).set("parent", static_cast<std::int64_t>(e.parent)));
  return Value::object()
      .set("kind", kind)
      .set("format", format)
      .set("features", names)
      .set("options", profiling::to_value(options_))
      .set("rows", fitted_rows_)
      .set("crbm", Value::object()
                       .set("n_vis", w.visible)
                       .set("n_hid", w.hidden)
                       .set("n_his", w.history)
                       .set("W", matrix(w.w, w.visible))
                       .set("A", matrix(w.a, std::max<std::size_t>(w.condition(), 1)))
                       .set("B", matrix(w.b, std::max<std::size_t>(w.condition(), 1)))
                       .set("v_bias", list(w.visible_bias))
                       .set("h_bias", list(w.hidden_bias)))
      .set("scaler", Value::object()
                         .set("mean", list(scaler_.offset()))
                         .set("scale", list(scaler_.scale()))
                         .set("low", list(scaler_.low()))
                         .set("high", list(scaler_.high())))
      .set("kmeans", clusters_value(clusters_, w.hidden))
      .set("extensions", extensions);
}

Result<Phases> Phases::from_value(const Value& v) try {
  if (!v.is_object()) return fail(Errc::malformed, "phases: this is no phase model");
  const bool own = v.find("kind") != nullptr;
  Phases out;
  if (own) {
    out.options_ = phase_options(member(v, "options", ""));
    out.fitted_rows_ =
        static_cast<std::size_t>(std::max<std::int64_t>(v.get("rows", std::int64_t{0}), 0));
  }
  const CrbmWeights w = read_crbm(member(v, "crbm", ""));
  out.crbm_.emplace(w);
  out.scaler_ = read_scaler(member(v, "scaler", ""));
  out.clusters_ = read_clusters(member(v, "kmeans", ""), w.hidden, "kmeans.");
  out.options_.features.clear();
  for (const Value& f : member(v, "features", "").as_array())
    out.options_.features.push_back(f.as_string());
  if (out.options_.features.size() != w.visible || out.scaler_.columns() != w.visible)
    return fail(Errc::malformed,
                fmt::format("phases: {} features and a scaler of {} for {} visible units",
                            out.options_.features.size(), out.scaler_.columns(), w.visible));
  if (!own) {
    // A model as it was published: its centroids hold the warm-up phase.
    out.options_.mode = PhaseMode::as_published;
    out.options_.k = out.clusters_.centroids.size() / w.hidden;
    out.options_.crbm.hidden = w.hidden;
    out.options_.crbm.history = w.history;
  }
  if (const Value* extensions = v.find("extensions")) {
    for (const Value& e : extensions->as_array()) {
      const std::int64_t parent = member(e, "parent", "extensions.").as_int();
      if (parent < 0 || parent >= static_cast<std::int64_t>(out.count()))
        return fail(Errc::malformed, fmt::format("phases: an extension of phase {}, which does not "
                                                 "exist",
                                                 parent));
      out.extensions_.push_back(
          {static_cast<std::int32_t>(parent), read_clusters(e, w.hidden, "extensions.")});
    }
  }
  return out;
} catch (const Error& e) {
  return fail(Errc::malformed, std::string("phases: ") + e.failure().message);
}

Result<void> Phases::save(const std::string& path) const {
  Value v = to_value();
  v.set("checksum", learningplane::detail::json_checksum(v));
  return learningplane::detail::write_durably(path, dump_json(v, JsonStyle::pretty) + "\n");
}

Result<Phases> Phases::load(const std::string& path) try {
  const auto text = learningplane::detail::read_whole(path, most_bytes);
  if (!text) return tl::unexpected(text.error());
  const auto v = parse_json(*text, {.bytes = most_bytes, .depth = 16});
  if (!v)
    return fail(Errc::malformed,
                fmt::format("{}: truncated, or no phase model: {}", path, v.error().message));
  if (v->is_object() && v->find("kind") != nullptr) {
    if (auto fine = check_own(*v); !fine) return fail_within(path, fine.error());
  }
  auto out = from_value(*v);
  if (!out) return fail_within(path, out.error());
  return out;
} catch (const Error& e) {
  return fail(Errc::malformed, path + ": " + e.failure().message);
}

Value to_value(const PhaseFit& fit) {
  Value constant = Value::array();
  for (const std::string& name : fit.constant) constant.push(name);
  Value out = Value::object()
                  .set("rows", fit.rows)
                  .set("k", fit.k)
                  .set("windows", fit.crbm.windows)
                  .set("epochs", fit.crbm.errors.size())
                  .set("errors", list(fit.crbm.errors))
                  .set("stopped_early", fit.crbm.stopped_early)
                  .set("inertia", fit.inertia)
                  .set("constant", constant);
  if (fit.choice) out.set("choice", to_value(*fit.choice));
  return out;
}

Value to_value(const PhaseUpdate& update) {
  Value counts = Value::array();
  for (const std::size_t n : update.counts) counts.push(n);
  return Value::object()
      .set("rows", update.rows)
      .set("counts", counts)
      .set("novel", list(update.novel))
      .set("moved", list(update.moved));
}

Value to_value(const PhaseExtended& e) {
  Value sizes = Value::array();
  for (const std::size_t n : e.sizes) sizes.push(n);
  return Value::object()
      .set("parent", static_cast<std::int64_t>(e.parent))
      .set("first", static_cast<std::int64_t>(e.first))
      .set("rows", e.rows)
      .set("sizes", sizes)
      .set("inertia_before", e.inertia_before)
      .set("inertia_after", e.inertia_after);
}

}  // namespace learningplane::profiling
