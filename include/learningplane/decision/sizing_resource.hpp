#pragma once
#include <memory>
#include <span>
#include <vector>

#include "learningplane/decision/sizing.hpp"

namespace learningplane::decision {

/// What a rule sees of its resource. Cores or bytes; NaN: not known.
struct ResourceView {
  TimePoint at{};
  double current = std::numeric_limits<double>::quiet_NaN();
  double requested = std::numeric_limits<double>::quiet_NaN();
  std::span<const double> future{};  ///< of the coming horizon, where the policy asked for one
};

/// What a rule would give its resource.
struct ResourceWish {
  double value = std::numeric_limits<double>::quiet_NaN();
  double lower = std::numeric_limits<double>::quiet_NaN();
  double upper = std::numeric_limits<double>::quiet_NaN();
  bool exact = false;
  std::string_view rule{};  ///< static text
};

/// A rule for one resource: CPU and memory each have their own, and know nothing of the other.
class ResourceSizer {
 public:
  ResourceSizer() = default;
  ResourceSizer(const ResourceSizer&) = delete;
  ResourceSizer& operator=(const ResourceSizer&) = delete;
  virtual ~ResourceSizer() = default;
  /// Usage, finite and not negative, later than all before.
  virtual void add(TimePoint at, double usage) = 0;
  /// Killed at that limit. Memory only.
  virtual void killed(TimePoint, double) {}
  /// A wish without value is not known; its rule then says why.
  virtual ResourceWish wish(const ResourceView& view) = 0;
  /// What became of it.
  virtual void granted(TimePoint, const ResourceDecision&) {}
  /// The change that was granted last did not come about.
  virtual void revoked() {}
  /// A change took effect at that time, before a restart.
  virtual void recalled(TimePoint) {}
  virtual void forget() = 0;
};

/// A policy made of a rule for each resource.
class SizingByResource : public SizingPolicy {
 public:
  SizingNeeds needs() const override { return needs_; }

 protected:
  SizingByResource(SizingLimits limits, SizingNeeds needs, std::unique_ptr<ResourceSizer> cpu,
                   std::unique_ptr<ResourceSizer> memory);
  void observe(const UsageSample& sample) override;
  void killed(const OutOfMemory& kill) override;
  void wish(const SizingInput& input, SizingDecision& decision) override;
  void granted(const SizingInput& input, const SizingDecision& decision) override;
  void revoked() override;
  void recalled(Resource resource, TimePoint at) override;
  void forget() override;

 private:
  SizingNeeds needs_;
  std::unique_ptr<ResourceSizer> cpu_, memory_;
  std::vector<double> future_{};
};

}  // namespace learningplane::decision
