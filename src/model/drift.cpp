#include "learningplane/model/drift.hpp"

#include "model/tensors.hpp"

namespace learningplane::model {

Result<void> DriftMethod::fit(std::span<const double> y) {
  if (y.size() < 2)
    return fail(Errc::not_enough_data,
                "drift: 2 values are needed; there are " + std::to_string(y.size()));
  first_ = y.front();
  last_ = y.back();
  count_ = y.size();
  return {};
}

void DriftMethod::append(double y) {
  last_ = y;
  ++count_;
}

void DriftMethod::forecast(std::span<double> out) const {
  const double slope = (last_ - first_) / static_cast<double>(count_ - 1);
  for (std::size_t s = 0; s < out.size(); ++s) out[s] = last_ + slope * static_cast<double>(s + 1);
}

std::unique_ptr<SeriesMethod> DriftMethod::clone() const {
  return std::make_unique<DriftMethod>(*this);
}

Tensors DriftMethod::save() const {
  return {{"line", detail::list_tensor({first_, last_, static_cast<double>(count_)})}};
}

void DriftMethod::load(const Tensors& tensors) {
  const auto& line = detail::list_from(tensors, "line", 3);
  const std::size_t count = detail::whole_from(line[2], "line", 2, std::size_t{1} << 52);
  first_ = line[0];
  last_ = line[1];
  count_ = count;
}

Manifest drift_manifest() {
  return {"drift", "The straight line from the first value to the last, drawn on",
          series_parameters()};
}

DriftOptions drift_options(const Value& checked) { return {series_options(checked)}; }

Result<std::unique_ptr<SeriesMethod>> Drift::make(std::int64_t) const {
  return std::make_unique<DriftMethod>();
}

}  // namespace learningplane::model
