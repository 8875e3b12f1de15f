#include "learningplane/model/day_profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"

namespace learningplane::model {

namespace {

constexpr std::int64_t day_ns = 86'400'000'000'000;
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view days_names[] = {"all", "weekend", "each"};

std::int64_t day_of(std::int64_t ns) { return ns / day_ns - (ns % day_ns < 0 ? 1 : 0); }

}  // namespace

Manifest day_profile_manifest() {
  return {"day_profile",
          "What was seen at about this time on days that are alike",
          {{.name = "target",
            .type = ParameterType::string,
            .summary = "column to forecast",
            .required = true},
           {.name = "spread",
            .type = ParameterType::duration,
            .summary = "before and after a time of day that counts too",
            .fallback = "15m"},
           {.name = "days",
            .type = ParameterType::string,
            .summary = "which days are alike: every one, Monday to Friday and the others, or each "
                       "of the week",
            .fallback = "weekend",
            .allowed = {"all", "weekend", "each"}},
           {.name = "most_days",
            .type = ParameterType::integer,
            .summary = "of a kind that are kept",
            .fallback = 28,
            .minimum = 1,
            .maximum = 10000}}};
}

DayProfileOptions day_profile_options(const Value& v) {
  DayProfileOptions o;
  o.target = v.find("target")->as_string();
  o.spread = value_or_throw(parse_duration(v.get("spread", "15m")));
  const std::string days = v.get("days", "weekend");
  for (std::size_t i = 0; i < std::size(days_names); ++i) {
    if (days_names[i] == days) o.days = static_cast<ProfileDays>(i);
  }
  o.most_days = static_cast<std::size_t>(v.get("most_days", std::int64_t{28}));
  return o;
}

DayProfile::DayProfile(DayProfileOptions options) : options_(std::move(options)) {
  if (options_.target.empty()) throw ConfigError("", "target", "", "the column to forecast");
  if (options_.spread.count() < 0 || options_.spread > std::chrono::hours(12))
    throw ConfigError("", "spread", format_duration(options_.spread), "0s to 12h");
  if (options_.most_days == 0) throw ConfigError("", "most_days", "0", "at least 1");
}

int DayProfile::kind_of(std::int64_t day) const {
  const int weekday = static_cast<int>(((day + 3) % 7 + 7) % 7);  // 1970-01-01: a Thursday
  if (options_.days == ProfileDays::all) return 0;
  return options_.days == ProfileDays::each ? weekday : weekday >= 5;
}

Result<void> DayProfile::take(const telemetry::Frame& data, Learned& into) const {
  auto column = data.require(options_.target);
  if (!column) return tl::unexpected(column.error());
  if (into.step_ns == 0) {
    if (data.rows() < 2) return fail(Errc::not_enough_data, "day_profile: fewer than two rows");
    into.step_ns = data.step().count();
    into.last_ns = data.times_ns()[0] - 1;
    if (day_ns % into.step_ns != 0)
      return fail(Errc::invalid_argument,
                  fmt::format("day_profile: steps of {} do not divide a day",
                              format_duration(data.step())));
  }
  const auto per_day = static_cast<std::size_t>(day_ns / into.step_ns);
  for (std::size_t r = 0; r < data.rows(); ++r) {
    const std::int64_t at = data.times_ns()[r];
    if (at <= into.last_ns) continue;
    const std::int64_t day = day_of(at);
    if (into.days.empty() || into.days.back().number != day)
      into.days.push_back({day, std::vector<double>(per_day, unknown)});
    into.days.back().values[static_cast<std::size_t>((at - day * day_ns) / into.step_ns)] =
        (*column)->values[r];
    into.last_ns = at;
  }
  forget_old(into);
  return {};
}

void DayProfile::forget_old(Learned& learned) const {
  std::map<int, std::size_t> kept;
  std::vector<Day> days;
  for (auto it = learned.days.rbegin(); it != learned.days.rend(); ++it) {
    if (it == learned.days.rbegin() || kept[kind_of(it->number)]++ < options_.most_days)
      days.push_back(std::move(*it));
  }
  std::reverse(days.begin(), days.end());
  learned.days = std::move(days);
}

Result<FitReport> DayProfile::fit(const telemetry::Frame& data) {
  Learned fresh;
  if (auto taken = take(data, fresh); !taken) return tl::unexpected(taken.error());
  const std::int64_t next_day = day_of(fresh.last_ns + fresh.step_ns);
  if (fresh.days.empty() || fresh.days.front().number >= next_day)
    return fail(Errc::not_enough_data, "day_profile: no day has ended yet");
  learned_ = std::move(fresh);
  profiles_of_ = -1;
  FitReport report;
  report.rows = data.rows();
  report.validation_loss = unknown;
  report.note = fmt::format("{} days", learned_.days.size());
  return report;
}

Result<void> DayProfile::update(const telemetry::Frame& data) {
  if (!fitted()) throw LogicError("day_profile is not fitted");
  return take(data, learned_);
}

const DayProfile::Profile& DayProfile::profile(int kind, std::int64_t today,
                                               std::span<const double> levels) {
  if (profiles_of_ != today ||
      !std::equal(levels.begin(), levels.end(), profiles_levels_.begin(), profiles_levels_.end())) {
    profiles_.clear();
    profiles_of_ = today;
    profiles_levels_.assign(levels.begin(), levels.end());
  }
  const auto found = profiles_.find(kind);
  if (found != profiles_.end()) return found->second;
  std::vector<const Day*> alike, any;
  for (const Day& d : learned_.days) {
    if (d.number >= today) continue;
    any.push_back(&d);
    if (kind_of(d.number) == kind) alike.push_back(&d);
  }
  if (alike.empty()) alike = any;
  Profile& p = profiles_[kind];
  const std::int64_t per_day = day_ns / learned_.step_ns;
  const std::int64_t spread = options_.spread.count() / learned_.step_ns;
  std::vector<double> seen;
  for (std::int64_t m = 0; m < per_day; ++m) {
    seen.clear();
    for (const Day* d : alike) {
      for (std::int64_t i = std::max<std::int64_t>(0, m - spread);
           i <= std::min(per_day - 1, m + spread); ++i) {
        const double v = d->values[static_cast<std::size_t>(i)];
        if (std::isfinite(v)) seen.push_back(v);
      }
    }
    std::sort(seen.begin(), seen.end());
    double sum = 0;
    for (const double v : seen) sum += v;
    p.mean.push_back(seen.empty() ? unknown : sum / static_cast<double>(seen.size()));
    for (const double level : levels) {
      const double rank = std::ceil(level * static_cast<double>(seen.size() - 1));
      p.quantiles.push_back(seen.empty() ? unknown : seen[static_cast<std::size_t>(rank)]);
    }
  }
  return p;
}

Result<Forecast> DayProfile::forecast(std::size_t horizon, std::span<const double> levels) {
  if (!fitted()) throw LogicError("day_profile is not fitted");
  if (horizon == 0) return fail(Errc::invalid_argument, "the horizon is 0");
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (!(levels[i] > 0 && levels[i] < 1) || (i > 0 && levels[i] <= levels[i - 1]))
      return fail(Errc::invalid_argument, "levels must increase within (0, 1)");
  }
  Forecast f;
  f.target = options_.target;
  f.model = std::string(kind());
  f.levels.assign(levels.begin(), levels.end());
  const std::int64_t today = day_of(learned_.last_ns + learned_.step_ns);
  for (std::size_t s = 0; s < horizon; ++s) {
    const std::int64_t at = learned_.last_ns + learned_.step_ns * static_cast<std::int64_t>(s + 1);
    const std::int64_t day = day_of(at);
    const Profile& p = profile(kind_of(day), today, levels);
    const auto m = static_cast<std::size_t>((at - day * day_ns) / learned_.step_ns);
    if (!std::isfinite(p.mean[m]))
      return fail(Errc::unknown_data, "day_profile: nothing is known of " +
                                          to_iso8601(from_ns(at)) + " on days before");
    f.times_ns.push_back(at);
    f.mean.push_back(p.mean[m]);
    for (std::size_t l = 0; l < levels.size(); ++l)
      f.quantiles.push_back(p.quantiles[m * levels.size() + l]);
  }
  return f;
}

ModelState DayProfile::save() const {
  if (!fitted()) throw LogicError("day_profile is not fitted");
  ModelState s;
  s.attributes.set("options", Value::object()
                                  .set("target", options_.target)
                                  .set("spread", format_duration(options_.spread))
                                  .set("days", days_names[static_cast<std::size_t>(options_.days)])
                                  .set("most_days", options_.most_days));
  s.attributes.set("step_ns", learned_.step_ns).set("last_ns", learned_.last_ns);
  Value numbers = Value::array();
  Tensor values;
  values.shape = {learned_.days.size(), static_cast<std::size_t>(day_ns / learned_.step_ns)};
  for (const Day& d : learned_.days) {
    numbers.push(d.number);
    values.values.insert(values.values.end(), d.values.begin(), d.values.end());
  }
  s.attributes.set("days", std::move(numbers));
  s.tensors["days"] = std::move(values);
  return s;
}

Result<void> DayProfile::load(const ModelState& state) {
  try {
    Learned l;
    l.step_ns = state.attributes.get("step_ns", std::int64_t{0});
    l.last_ns = state.attributes.get("last_ns", std::int64_t{0});
    const Value* numbers = state.attributes.find("days");
    const auto found = state.tensors.find("days");
    if (l.step_ns <= 0 || day_ns % l.step_ns != 0 || numbers == nullptr ||
        found == state.tensors.end())
      return fail(Errc::malformed, "day_profile: step, days or values are missing");
    const auto per_day = static_cast<std::size_t>(day_ns / l.step_ns);
    const Tensor& t = found->second;
    if (t.shape.size() != 2 || t.shape[0] != numbers->size() || t.shape[1] != per_day ||
        t.values.size() != t.shape[0] * t.shape[1] || t.shape[0] == 0)
      return fail(Errc::malformed, "day_profile: values and days do not fit together");
    for (std::size_t d = 0; d < t.shape[0]; ++d) {
      const std::int64_t number = numbers->as_array()[d].as_int();
      if (d > 0 && number <= l.days.back().number)
        return fail(Errc::malformed, "day_profile: days do not increase");
      const auto from = t.values.begin() + static_cast<std::ptrdiff_t>(d * per_day);
      l.days.push_back({number, {from, from + static_cast<std::ptrdiff_t>(per_day)}});
    }
    learned_ = std::move(l);
    profiles_of_ = -1;
    return {};
  } catch (const Error& e) {
    return fail(Errc::malformed, std::string("day_profile: ") + e.what());
  }
}

}  // namespace learningplane::model
