#include "learningplane/model/theta_scan.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "learningplane/error.hpp"
#include "model/tensors.hpp"
#include "model/theta_scan_fit.hpp"

namespace learningplane::model {

using features::SeasonKind;

std::string_view to_string(ThetaScanMode mode) {
  return mode == ThetaScanMode::published ? "published" : "mended";
}

ThetaScanMode theta_scan_mode(std::string_view name) {
  if (name == "mended") return ThetaScanMode::mended;
  if (name == "published") return ThetaScanMode::published;
  throw ConfigError("", "mode", name, "mended or published");
}

std::string_view to_string(Behaviour behaviour) {
  constexpr std::array<std::string_view, 4> names{"stationary", "probably_constant",
                                                  "probably_periodic", "periodic"};
  return names.at(static_cast<std::size_t>(behaviour));
}

std::size_t ScanResult::history(std::size_t otherwise) const {
  const bool matters =
      behaviour == Behaviour::periodic || behaviour == Behaviour::probably_periodic;
  return matters ? period : otherwise;
}

Result<void> ThetaScanMethod::fit(std::span<const double> y) {
  auto found = scan(y, settings_);
  if (!found) return fail_within("theta_scan", found.error());
  const auto seen = y.size() > settings_.window ? y.last(settings_.window) : y;
  auto line = detail::fit_line(seen, found->period, settings_.mode);
  if (!line) return fail_within("theta_scan", line.error());
  found_ = std::move(*found);
  line_ = std::move(*line);
  count_ = seen.size();
  return {};
}

void ThetaScanMethod::append(double) { ++count_; }

void ThetaScanMethod::forecast(std::span<double> out) const {
  detail::draw_line(line_, count_, settings_.mode, out);
}

std::unique_ptr<SeriesMethod> ThetaScanMethod::clone() const {
  return std::make_unique<ThetaScanMethod>(*this);
}

Tensors ThetaScanMethod::save() const {
  Tensors out;
  out["scan"] = detail::list_tensor(
      {static_cast<double>(found_.behaviour), found_.unit_root, found_.error_variance});
  out["scan_errors"] = detail::list_tensor(found_.errors);
  out["line"] = detail::list_tensor({line_.slope, line_.intercept, line_.level,
                                     line_.kind == SeasonKind::multiplicative ? 1.0 : 0.0,
                                     static_cast<double>(count_)});
  out["season"] = detail::list_tensor(line_.figure);
  return out;
}

void ThetaScanMethod::load(const Tensors& tensors) {
  const auto& s = detail::list_from(tensors, "scan", 3);
  const auto& l = detail::list_from(tensors, "line", 5);
  ScanResult found;
  found.behaviour = static_cast<Behaviour>(detail::whole_from(s[0], "scan", 0, 3));
  found.unit_root = detail::within_from(s[1], "scan", 0, 1);
  found.error_variance = s[2];
  found.errors = detail::list_from(tensors, "scan_errors");
  Line line{l[0], l[1], l[2], detail::list_from(tensors, "season"),
            detail::whole_from(l[3], "line", 0, 1) == 1 ? SeasonKind::multiplicative
                                                        : SeasonKind::additive};
  found.period = line.figure.size();
  if (found.period > found.errors.size())
    throw FormatError("the season is longer than any period that was tried");
  const std::size_t count = detail::whole_from(l[4], "line", 8, std::size_t{1} << 52);
  found_ = std::move(found);
  line_ = std::move(line);
  count_ = count;
}

std::string ThetaScanMethod::describe() const {
  return fmt::format("{}, period {}", to_string(found_.behaviour), found_.period);
}

Manifest theta_scan_manifest() {
  const ThetaScanSettings d;
  return {"theta_scan", "A line times a season, whose period is found by trying all",
          series_parameters({{.name = "mode",
                              .type = ParameterType::string,
                              .summary = "as published, or with its defects mended",
                              .fallback = "mended",
                              .allowed = {"mended", "published"}},
                             {.name = "window",
                              .type = ParameterType::integer,
                              .summary = "last values that are looked at",
                              .fallback = static_cast<std::int64_t>(d.window),
                              .minimum = 8,
                              .maximum = 20000},
                             {.name = "tolerance",
                              .type = ParameterType::number,
                              .summary = "mended: share of the smallest error within which the "
                                         "smallest period is taken",
                              .fallback = d.tolerance,
                              .minimum = 0,
                              .maximum = 1}})};
}

ThetaScanOptions theta_scan_options(const Value& checked) {
  return {series_options(checked),
          {theta_scan_mode(checked.find("mode")->as_string()),
           static_cast<std::size_t>(checked.find("window")->as_int()),
           checked.find("tolerance")->as_double()}};
}

ThetaScan::ThetaScan(ThetaScanOptions options)
    : SeriesModel(std::move(options.series)), settings_(options.scan) {
  if (settings_.window < 8 || settings_.window > 20000)
    throw ConfigError("", "window", std::to_string(settings_.window), "8 to 20000");
  if (!(settings_.tolerance >= 0 && settings_.tolerance <= 1))
    throw ConfigError("", "tolerance", std::to_string(settings_.tolerance), "0 to 1");
}

Result<std::unique_ptr<SeriesMethod>> ThetaScan::make(std::int64_t) const {
  return std::make_unique<ThetaScanMethod>(settings_);
}

Value ThetaScan::options_value() const {
  return to_value(base())
      .set("mode", std::string(to_string(settings_.mode)))
      .set("window", settings_.window)
      .set("tolerance", settings_.tolerance);
}

}  // namespace learningplane::model
