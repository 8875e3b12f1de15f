#pragma once
#include "learningplane/model/series_method.hpp"
#include "learningplane/model/windowed.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model {

struct NaiveOptions {
  std::string target{};
  std::size_t horizon = 20;  ///< steps whose errors are measured; any horizon can be forecast
};

/// What the registry lists under "naive".
Manifest naive_manifest();
/// Options from a checked tree. @throws ConfigError
NaiveOptions naive_options(const Value& checked);

/// Every coming step is the last known value: what any other model must beat.
class Naive final : public Windowed {
 public:
  /// @throws ConfigError naming the option
  explicit Naive(NaiveOptions options);
  std::string_view kind() const override { return "naive"; }

 protected:
  Value options_value() const override;
  Result<Tensors> learn(const Examples& train, const Examples& validation,
                        FitReport& report) const override;
  void predict(const Tensors& learned, std::span<const double> window,
               std::span<double> out) const override;
  std::size_t longest() const override { return static_cast<std::size_t>(-1); }
  void check(const Tensors& learned, std::size_t width) const override;
};

/// The same as a method on plain numbers.
class NaiveMethod final : public SeriesMethod {
 public:
  std::string_view name() const override { return "naive"; }
  /// Needs 1 value.
  Result<void> fit(std::span<const double> y) override;
  void append(double y) override { last_ = y; }
  void forecast(std::span<double> out) const override;
  std::unique_ptr<SeriesMethod> clone() const override;
  Tensors save() const override;
  void load(const Tensors& tensors) override;

 private:
  double last_ = 0;
};

}  // namespace learningplane::model
