#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "learningplane/model/state.hpp"
#include "learningplane/result.hpp"

namespace learningplane::model {

/// A method on one evenly spaced series of known numbers: the core of a univariate model, without
/// times, frames or quantiles. SeriesModel makes a Forecaster of it; the automatic choice runs many
/// of them. Deterministic. One call at a time per object.
class SeriesMethod {
 public:
  SeriesMethod() = default;
  SeriesMethod& operator=(const SeriesMethod&) = delete;
  virtual ~SeriesMethod() = default;

  /// "theta", "ets": as it stands in notes and tables.
  virtual std::string_view name() const = 0;
  /// Estimates everything anew from y, oldest first, all finite.
  /// @return not_enough_data naming how many are needed. The object is then not usable.
  virtual Result<void> fit(std::span<const double> y) = 0;
  /// Takes in the next value; parameters stay as they are.
  virtual void append(double y) = 0;
  /// The coming out.size() values after the last one seen, any number of them.
  virtual void forecast(std::span<double> out) const = 0;
  /// A copy with everything that was learned.
  virtual std::unique_ptr<SeriesMethod> clone() const = 0;
  /// Everything that was learned, as named numbers, and back. load() throws FormatError.
  virtual Tensors save() const = 0;
  virtual void load(const Tensors& tensors) = 0;
  /// What fit() chose, in a few words; may be empty.
  virtual std::string describe() const { return {}; }

 protected:
  SeriesMethod(const SeriesMethod&) = default;  // for clone()
};

}  // namespace learningplane::model
