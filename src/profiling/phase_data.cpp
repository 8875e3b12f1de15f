#include "learningplane/profiling/phase_data.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "learningplane/time.hpp"

namespace learningplane::profiling {

using telemetry::CellFlag;
using telemetry::Column;

std::string PhaseSequence::name() const {
  return labels.size() == 1 ? labels.begin()->second : labels.to_string();
}

std::size_t PhaseData::rows() const {
  std::size_t sum = 0;
  for (const PhaseSequence& s : sequences) sum += s.times_ns.size();
  return sum;
}

namespace {

std::string place(const PhaseSequence& s, std::size_t row) {
  const std::string of = s.name().empty() ? "" : fmt::format("sequence '{}', ", s.name());
  return fmt::format("phases: {}row {} ({})", of, row, to_iso8601(from_ns(s.times_ns[row])));
}

Result<void> check_cells(const PhaseData& data, const PhaseSequence& s, bool negative_allowed) {
  const std::size_t width = data.features.size();
  for (std::size_t i = 0; i < s.rows.size(); ++i) {
    const double v = s.rows[i];
    if (!std::isfinite(v))
      return fail(
          Errc::unknown_data,
          fmt::format("{}: {} is not known ({}); fill or cut the gap first, as clean() does",
                      place(s, i / width), data.features[i % width], v));
    if (v < 0 && !negative_allowed)
      return fail(Errc::invalid_argument,
                  fmt::format("{}: {} is {}, and usage cannot be negative; where this column is no "
                              "usage, set negative_allowed",
                              place(s, i / width), data.features[i % width], v));
  }
  return {};
}

}  // namespace

Result<void> PhaseData::check(bool negative_allowed) const {
  if (features.empty()) return fail(Errc::invalid_argument, "phases: there is no feature");
  for (const PhaseSequence& s : sequences) {
    if (s.rows.size() != s.times_ns.size() * features.size())
      return fail(Errc::invalid_argument,
                  fmt::format("phases: sequence '{}' has {} times and {} numbers of {} features",
                              s.name(), s.times_ns.size(), s.rows.size(), features.size()));
    for (std::size_t i = 1; i < s.times_ns.size(); ++i) {
      if (s.times_ns[i] <= s.times_ns[i - 1])
        return fail(
            Errc::invalid_argument,
            fmt::format("{}: the time {} the row before; rows must be sorted, with one row "
                        "for each time",
                        place(s, i),
                        s.times_ns[i] == s.times_ns[i - 1] ? "equals that of" : "is before"));
    }
    if (auto fine = check_cells(*this, s, negative_allowed); !fine) return fine;
  }
  return {};
}

namespace {

/// Columns of one set of labels, in the order of the features.
struct Group {
  Labels labels{};
  std::vector<const Column*> columns{};
};

std::vector<Labels> label_sets(const telemetry::Frame& frame,
                               const std::vector<std::string>& features) {
  std::vector<Labels> out;
  for (const Column& c : frame.all()) {
    if (std::find(features.begin(), features.end(), c.name) != features.end() &&
        std::find(out.begin(), out.end(), c.labels) == out.end())
      out.push_back(c.labels);
  }
  return out;
}

Result<Group> group_of(const telemetry::Frame& frame, const std::vector<std::string>& features,
                       const Labels& labels) {
  Group out{.labels = labels};
  for (const std::string& name : features) {
    const auto found = std::find_if(frame.all().begin(), frame.all().end(), [&](const Column& c) {
      return c.name == name && c.labels == labels;
    });
    if (found == frame.all().end())
      return fail(Errc::not_found, fmt::format("phases: there is no column '{}{}'; there are {}",
                                               name, labels.to_string(),
                                               fmt::join(([&] {
                                                           std::vector<std::string> ids;
                                                           for (const Column& c : frame.all())
                                                             ids.push_back(c.id());
                                                           return ids;
                                                         })(),
                                                         ", ")));
    out.columns.push_back(&*found);
  }
  return out;
}

PhaseSequence rows_of(const telemetry::Frame& frame, const Group& group, bool several) {
  PhaseSequence out{.labels = group.labels};
  for (std::size_t row = 0; row < frame.rows(); ++row) {
    const bool absent =
        std::all_of(group.columns.begin(), group.columns.end(),
                    [row](const Column* c) { return c->flag(row) == CellFlag::absent; });
    if (several && absent) continue;
    out.times_ns.push_back(frame.times_ns()[row]);
    for (const Column* c : group.columns)
      out.rows.push_back(c->known(row) ? c->values[row] : std::nan(""));
  }
  return out;
}

}  // namespace

Result<PhaseData> phase_data(const telemetry::Frame& frame, const PhaseDataOptions& options) {
  PhaseData out{.features = options.features};
  if (out.features.empty()) {
    for (const Column& c : frame.all()) {
      if (std::find(out.features.begin(), out.features.end(), c.name) == out.features.end())
        out.features.push_back(c.name);
    }
  }
  std::vector<Labels> sets = label_sets(frame, out.features);
  if (sets.empty()) sets.emplace_back();
  for (const Labels& labels : sets) {
    const auto group = group_of(frame, out.features, labels);
    if (!group) return tl::unexpected(group.error());
    PhaseSequence s = rows_of(frame, *group, sets.size() > 1);
    if (!s.times_ns.empty()) out.sequences.push_back(std::move(s));
  }
  if (out.rows() == 0) return fail(Errc::not_enough_data, "phases: there is no row");
  if (auto fine = out.check(options.negative_allowed); !fine) return tl::unexpected(fine.error());
  return out;
}

}  // namespace learningplane::profiling
