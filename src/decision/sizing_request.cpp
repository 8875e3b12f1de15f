#include "learningplane/decision/sizing_request.hpp"

#include <fmt/format.h>

#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::decision {

namespace {
class Asked final : public ResourceSizer {
 public:
  explicit Asked(double fixed) : fixed_(fixed) {}
  void add(TimePoint, double) override {}
  ResourceWish wish(const ResourceView& view) override {
    ResourceWish w;
    w.value = fixed_ > 0 ? fixed_ : view.requested;
    w.exact = std::isfinite(w.value);
    w.rule = w.exact ? "request" : "no_request";
    return w;
  }
  void forget() override {}

 private:
  double fixed_;
};

SizingRequestOptions checked(SizingRequestOptions o) {
  for (const auto& [value, key] :
       {std::pair{o.cpu_cores, "cpu_cores"}, {o.memory_bytes, "memory_bytes"}}) {
    if (!(value >= 0) || !std::isfinite(value))
      throw ConfigError("", key, fmt::format("{}", value), "0 (as the user asked) or more");
  }
  return o;
}
}  // namespace

SizingRequest::SizingRequest(SizingRequestOptions o)
    : SizingByResource(checked(o).limits, {Duration(0), Duration(0)},
                       std::make_unique<Asked>(o.cpu_cores),
                       std::make_unique<Asked>(o.memory_bytes)) {}

Manifest sizing_request_manifest() {
  Manifest m{"sizing_request", "CPU and memory as the user asked, or as fixed numbers", {}};
  m.parameters = {{"cpu_cores",
                   ParameterType::number,
                   "cores; 0: what the user asked for",
                   0.0,
                   false,
                   {},
                   0,
                   1e6},
                  {"memory_bytes",
                   ParameterType::number,
                   "bytes; 0: what the user asked for",
                   0.0,
                   false,
                   {},
                   0,
                   1e18}};
  for (Parameter& p : sizing_limit_parameters()) m.parameters.push_back(std::move(p));
  return m;
}

SizingRequestOptions sizing_request_options(const Value& v) {
  return {v.get("cpu_cores", 0.0), v.get("memory_bytes", 0.0), sizing_limits_from(v)};
}

}  // namespace learningplane::decision
