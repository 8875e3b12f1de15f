#include "learningplane/decision/sizing_resource.hpp"

#include <cmath>

namespace learningplane::decision {

SizingByResource::SizingByResource(SizingLimits limits, SizingNeeds needs,
                                   std::unique_ptr<ResourceSizer> cpu,
                                   std::unique_ptr<ResourceSizer> memory)
    : SizingPolicy(limits), needs_(needs), cpu_(std::move(cpu)), memory_(std::move(memory)) {}

void SizingByResource::observe(const UsageSample& s) {
  if (std::isfinite(s.cpu_cores)) cpu_->add(s.at, s.cpu_cores);
  if (std::isfinite(s.memory_bytes)) memory_->add(s.at, s.memory_bytes);
}

void SizingByResource::killed(const OutOfMemory& k) {
  if (std::isfinite(k.memory_bytes)) memory_->killed(k.at, k.memory_bytes);
}

void SizingByResource::wish(const SizingInput& in, SizingDecision& d) {
  const auto ask = [&](ResourceSizer& sizer, ResourceDecision& r, double requested,
                       double UsageSample::* part) {
    future_.clear();
    for (const UsageSample& s : in.future) future_.push_back(s.*part);
    const ResourceWish w = sizer.wish({in.at, r.current, requested, future_});
    r.wish = w.value;
    r.lower = w.lower;
    r.upper = w.upper;
    r.exact = w.exact;
    r.rule = w.rule;
    r.known = std::isfinite(w.value);
  };
  if (limits().manage != Managed::memory)
    ask(*cpu_, d.cpu, in.requested.cpu_cores, &UsageSample::cpu_cores);
  if (limits().manage != Managed::cpu)
    ask(*memory_, d.memory, in.requested.memory_bytes, &UsageSample::memory_bytes);
}

void SizingByResource::granted(const SizingInput& in, const SizingDecision& d) {
  cpu_->granted(in.at, d.cpu);
  memory_->granted(in.at, d.memory);
}

void SizingByResource::revoked() {
  cpu_->revoked();
  memory_->revoked();
}

void SizingByResource::recalled(Resource resource, TimePoint at) {
  (resource == Resource::cpu ? cpu_ : memory_)->recalled(at);
}

void SizingByResource::forget() {
  cpu_->forget();
  memory_->forget();
}

}  // namespace learningplane::decision
