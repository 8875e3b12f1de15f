#include "learningplane/model/naive.hpp"

#include <algorithm>

#include "learningplane/error.hpp"
#include "model/parameters.hpp"
#include "model/tensors.hpp"

namespace learningplane::model {

Manifest naive_manifest() {
  return {"naive", "Every coming step is the last known value",
          detail::windowed_parameters({.horizon = NaiveOptions{}.horizon},
                                      {.inputs = false, .lags = false, .validation_share = false})};
}

NaiveOptions naive_options(const Value& checked) {
  const WindowedOptions o = detail::windowed_options(checked, {});
  return {o.target, o.horizon};
}

Naive::Naive(NaiveOptions options)
    : Windowed({.target = options.target, .lags = 1, .horizon = options.horizon},
               Errors::all_windows) {}

Value Naive::options_value() const {
  return Value::object().set("target", base().target).set("horizon", base().horizon);
}

Result<Tensors> Naive::learn(const Examples&, const Examples&, FitReport& report) const {
  report.note = "nothing to learn";
  return Tensors{};
}

void Naive::predict(const Tensors&, std::span<const double> window, std::span<double> out) const {
  std::fill(out.begin(), out.end(), window.back());
}

void Naive::check(const Tensors&, std::size_t width) const {
  if (width != 1) throw FormatError("naive looks at one row, not at " + std::to_string(width));
}

Result<void> NaiveMethod::fit(std::span<const double> y) {
  if (y.empty()) return fail(Errc::not_enough_data, "naive: 1 value is needed; there is none");
  last_ = y.back();
  return {};
}

void NaiveMethod::forecast(std::span<double> out) const {
  std::fill(out.begin(), out.end(), last_);
}

std::unique_ptr<SeriesMethod> NaiveMethod::clone() const {
  return std::make_unique<NaiveMethod>(*this);
}

Tensors NaiveMethod::save() const { return {{"last", detail::list_tensor({last_})}}; }

void NaiveMethod::load(const Tensors& tensors) { last_ = detail::list_from(tensors, "last", 1)[0]; }

}  // namespace learningplane::model
