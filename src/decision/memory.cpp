#include "learningplane/decision/memory.hpp"

#include <algorithm>
#include <cmath>

namespace learningplane::decision {

void ReactiveMemory::wish(const ScalingInput& in, ScalingDecision& d) {
  Reactive::wish(in, d);
  if (d.wish >= d.current) return;
  if (!std::isfinite(in.load)) {
    d.known = false;
    d.rule = {};
    return;
  }
  const double each = in.load / static_cast<double>(in.replicas);
  if (std::isfinite(remembered_) && remembered_ <= each) {
    d.wish = d.current;
    d.rule = "memory";
  }
}

void ReactiveMemory::granted(const ScalingInput& in, const ScalingDecision& d) {
  before_ = remembered_;
  if (d.acts() && std::isfinite(in.load) && d.replicas > 0)
    remembered_ = in.load / static_cast<double>(d.replicas);
}

void ReactiveMemory::forget() { before_ = remembered_ = std::numeric_limits<double>::quiet_NaN(); }

void ReactiveMemory::remember(PolicyState& state) {
  state.field("load_before", before_);
  state.field("load_remembered", remembered_);
}

// The load has no window of its own.
Duration ReactiveMemory::remembers() const {
  return std::max<Duration>(std::chrono::days(1), Reactive::remembers());
}

Manifest reactive_memory_manifest() {
  Manifest m = reactive_manifest();
  m.name = "reactive_memory";
  m.summary = "Reactive that remembers the load at its last change and does not fall back to it";
  return m;
}

}  // namespace learningplane::decision
