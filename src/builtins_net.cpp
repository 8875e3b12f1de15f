// The only net file that knows every built-in of the net library: one line each.
#include "learningplane/adapters/kubernetes/actuator.hpp"
#include "learningplane/adapters/kubernetes/kubernetes_resize.hpp"
#include "learningplane/adapters/kubernetes/scale.hpp"
#include "learningplane/adapters/prometheus/sensor.hpp"
#include "learningplane/adapters/sqlite/telemetry_store.hpp"
#include "learningplane/registries.hpp"

namespace learningplane {

void register_net(Registries& r) {
  r.sensors.add(adapters::prometheus::PrometheusSensor::manifest(),
                [](const Value& o, const BuildContext& context) {
                  return std::make_unique<adapters::prometheus::PrometheusSensor>(
                      adapters::prometheus::PrometheusSensor::options(o, context.base_dir));
                });
  r.sensors.add(adapters::sqlite::telemetry_store_manifest(),
                [](const Value& o, const BuildContext& context) {
                  return adapters::sqlite::open_telemetry_store(
                      adapters::sqlite::telemetry_store_options(o, context.base_dir));
                });
  r.actuators.add(adapters::kubernetes::manifest(),
                  [](const Value& o, const BuildContext& context) {
                    return adapters::kubernetes::make_actuator(
                        adapters::kubernetes::options_of(o, context.base_dir));
                  });
  namespace k8s = adapters::kubernetes;
  const auto add_scale = [&](Manifest manifest, auto options) {
    r.actuators.add(std::move(manifest), [options](const Value& o, const BuildContext& context) {
      return k8s::make_scale_actuator(options(o, context.base_dir));
    });
  };
  add_scale(k8s::scale_manifest(), k8s::scale_options);
  add_scale(k8s::field_manifest(), k8s::field_options);
  add_scale(k8s::hpa_manifest(), k8s::hpa_options);
  r.actuators.add(k8s::resize_manifest(), [](const Value& o, const BuildContext& context) {
    return k8s::make_resize_actuator(k8s::resize_options(o, context.base_dir));
  });
}

}  // namespace learningplane
