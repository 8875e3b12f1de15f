#pragma once
#include "learningplane/decision/reactive.hpp"

namespace learningplane::decision {

Manifest reactive_memory_manifest();

/// Reactive, but it remembers the load on each instance after its last change, and gives none up
/// while the load is at least that. Rule besides: memory. Holds where the load is not known.
class ReactiveMemory final : public Reactive {
 public:
  using Reactive::Reactive;
  std::string_view kind() const override { return "reactive_memory"; }
  Duration remembers() const override;
  double remembered() const { return remembered_; }  ///< load on each instance; NaN before any

 protected:
  void wish(const ScalingInput& input, ScalingDecision& decision) override;
  void granted(const ScalingInput& input, const ScalingDecision& decision) override;
  void revoked() override { remembered_ = before_; }
  void forget() override;
  void remember(PolicyState& state) override;

 private:
  double before_ = std::numeric_limits<double>::quiet_NaN();
  double remembered_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace learningplane::decision
