#include "adapters/kubernetes/resize_objects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "learningplane/json.hpp"

namespace learningplane::adapters::kubernetes {

namespace {
constexpr double unknown = std::numeric_limits<double>::quiet_NaN(), mib = 1'048'576;

const Value* at(const Value* v, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) v = v == nullptr || !v->is_object() ? nullptr : v->find(key);
  return v;
}
std::string text_at(const Value& v, std::initializer_list<std::string_view> keys) {
  const Value* found = at(&v, keys);
  return found != nullptr && found->is_string() ? found->as_string() : std::string();
}

double factor_of(std::string_view suffix) {
  constexpr std::pair<std::string_view, double> all[] = {{"", 1},
                                                         {"n", 1e-9},
                                                         {"u", 1e-6},
                                                         {"m", 1e-3},
                                                         {"k", 1e3},
                                                         {"M", 1e6},
                                                         {"G", 1e9},
                                                         {"T", 1e12},
                                                         {"P", 1e15},
                                                         {"E", 1e18},
                                                         {"Ki", 1024},
                                                         {"Mi", mib},
                                                         {"Gi", 1024 * mib},
                                                         {"Ti", mib * mib},
                                                         {"Pi", 1024 * mib * mib},
                                                         {"Ei", mib * mib * mib}};
  for (const auto& [name, factor] : all)
    if (name == suffix) return factor;
  return unknown;
}

decision::Size read_size(const Value* of) {
  decision::Size out;
  if (const Value* cpu = at(of, {"cpu"})) out.cpu_cores = read_quantity(*cpu);
  if (const Value* memory = at(of, {"memory"})) out.memory_bytes = read_quantity(*memory);
  return out;
}

Value to_value(const decision::Size& s) {
  Value out = Value::object();
  if (std::isfinite(s.cpu_cores)) out.set("cpu", cpu_quantity(s.cpu_cores));
  if (std::isfinite(s.memory_bytes)) out.set("memory", memory_quantity(s.memory_bytes));
  return out;
}

/// One resource of a container after the change. Limit and request keep their proportion.
bool resize(double& limit, double& request, double to) {
  if (!(to > 0)) return true;
  if (std::isfinite(limit)) {
    if (std::isfinite(request) && limit > 0) request = std::min(to, request / limit * to);
    limit = to;
    return true;
  }
  if (!std::isfinite(request)) return false;
  request = to;
  return true;
}

bool same(double a, double b, double grain) {
  if (!std::isfinite(a) || !std::isfinite(b)) return std::isfinite(a) == std::isfinite(b);
  return std::abs(a - b) < grain;
}

/// Lists of the container whose name is asked for.
const Value* named(const Value* list, const std::string& name) {
  if (list == nullptr || !list->is_array()) return nullptr;
  for (const Value& v : list->as_array())
    if (text_at(v, {"name"}) == name) return &v;
  return nullptr;
}

std::string condition_of(const Value& pod) {
  const Value* all = at(&pod, {"status", "conditions"});
  if (all == nullptr || !all->is_array()) return {};
  for (const Value& c : all->as_array()) {
    const std::string type = text_at(c, {"type"});
    if (type != "PodResizePending" && type != "PodResizeInProgress") continue;
    const std::string reason = text_at(c, {"reason"}), message = text_at(c, {"message"});
    return type + (reason.empty() ? "" : " " + reason) + (message.empty() ? "" : ": " + message);
  }
  return {};
}

std::optional<decision::OutOfMemory> kill_of(const Value& pod, const std::string& container,
                                             double limit) {
  const Value* status = named(at(&pod, {"status", "containerStatuses"}), container);
  for (const char* when : {"state", "lastState"}) {
    const Value* ended = at(status, {when, "terminated"});
    if (ended == nullptr || text_at(*ended, {"reason"}) != "OOMKilled") continue;
    const auto time = parse_iso8601(text_at(*ended, {"finishedAt"}));
    if (time) return decision::OutOfMemory{*time, limit};
  }
  return std::nullopt;
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}
}  // namespace

double read_quantity(const Value& v) {
  if (v.is_number()) return v.as_double();
  if (!v.is_string()) return unknown;
  const std::string& text = v.as_string();
  double number = 0;
  // An exponent belongs to the number, an E alone is a suffix.
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return unknown;
  return number * factor_of({end, static_cast<std::size_t>(text.data() + text.size() - end)});
}

std::string cpu_quantity(double cores) {
  return fmt::format("{}m", static_cast<std::int64_t>(std::ceil(cores * 1000 - 1e-6)));
}

std::string memory_quantity(double bytes) {
  const double whole = std::ceil(bytes);
  if (std::fmod(whole, mib) == 0)
    return fmt::format("{}Mi", static_cast<std::int64_t>(whole / mib));
  return fmt::format("{}", static_cast<std::int64_t>(whole));
}

decision::Size Resources::size() const {
  return {std::isfinite(limits.cpu_cores) ? limits.cpu_cores : requests.cpu_cores,
          std::isfinite(limits.memory_bytes) ? limits.memory_bytes : requests.memory_bytes};
}

Result<Resources> Resources::resized(const decision::Resize& to) const {
  Resources out = *this;
  const bool cpu = resize(out.limits.cpu_cores, out.requests.cpu_cores, to.cpu_cores);
  const bool memory = resize(out.limits.memory_bytes, out.requests.memory_bytes, to.memory_bytes);
  if (!cpu || !memory)
    return fail(Errc::refused,
                fmt::format("the container has neither a request nor a limit of {}: set one in the "
                            "pod template, or size the other resource alone",
                            cpu ? "memory" : "cpu"));
  return out;
}

bool Resources::is(const Resources& o) const {
  return same(requests.cpu_cores, o.requests.cpu_cores, 1e-3) &&
         same(limits.cpu_cores, o.limits.cpu_cores, 1e-3) &&
         same(requests.memory_bytes, o.requests.memory_bytes, 1) &&
         same(limits.memory_bytes, o.limits.memory_bytes, 1);
}

Value Resources::to_value() const {
  Value out = Value::object();
  Value requested = kubernetes::to_value(requests), limited = kubernetes::to_value(limits);
  if (requested.size() > 0) out.set("requests", std::move(requested));
  if (limited.size() > 0) out.set("limits", std::move(limited));
  return out;
}

Result<PodShape> read_shape(const Value& spec, const std::string& container) {
  const Value* all = spec.find("containers");
  if (all == nullptr || !all->is_array() || all->size() == 0)
    return fail(Errc::malformed, "the pod has no containers");
  const Value* own = container.empty() ? &all->as_array().front() : named(all, container);
  if (own == nullptr)
    return fail(Errc::not_found, fmt::format("the pod has no container '{}'", container));
  if (container.empty() && all->size() > 1)
    return fail(Errc::refused,
                fmt::format("the pod has {} containers: name one (option container)", all->size()));
  PodShape out;
  out.container = text_at(*own, {"name"});
  out.resources = {read_size(at(own, {"resources", "requests"})),
                   read_size(at(own, {"resources", "limits"}))};
  if (const Value* policies = own->find("resizePolicy");
      policies != nullptr && policies->is_array()) {
    for (const Value& p : policies->as_array()) {
      if (text_at(p, {"restartPolicy"}) != "RestartContainer") continue;
      out.restarts += (out.restarts.empty() ? "" : ", ") + text_at(p, {"resourceName"});
    }
  }
  return out;
}

Result<PodShape> read_pod(const Value& pod, const std::string& container) {
  const Value* spec = pod.find("spec");
  if (spec == nullptr) return fail(Errc::malformed, "the pod has no spec");
  auto out = read_shape(*spec, container);
  if (!out) return out;
  out->name = text_at(pod, {"metadata", "name"});
  out->uid = text_at(pod, {"metadata", "uid"});
  out->resource_version = text_at(pod, {"metadata", "resourceVersion"});
  const std::string phase = text_at(pod, {"status", "phase"});
  out->runs = phase != "Succeeded" && phase != "Failed" &&
              at(&pod, {"metadata", "deletionTimestamp"}) == nullptr;
  out->condition = condition_of(pod);
  const Value* managed = at(&pod, {"metadata", "managedFields"});
  if (managed != nullptr && managed->is_array()) {
    for (const Value& entry : managed->as_array()) {
      const auto time = parse_iso8601(text_at(entry, {"time"}));
      if (text_at(entry, {"subresource"}) != "resize" || !time || *time < out->last_resize)
        continue;
      out->last_resize = *time;
      out->last_manager = text_at(entry, {"manager"});
    }
  }
  out->kill = kill_of(pod, out->container, out->resources.size().memory_bytes);
  // What limit it met is gone from the object once somebody has resized it.
  if (out->kill && out->last_resize > out->kill->at) out->kill->memory_bytes = unknown;
  return out;
}

Result<std::string> selector_of(const Value& workload) {
  const Value* selector = at(&workload, {"spec", "selector"});
  std::string out;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : ",") + part; };
  const Value* labels = at(selector, {"matchLabels"});
  if (labels != nullptr && labels->is_object())
    for (const auto& [key, value] : labels->as_object())
      if (value.is_string()) add(key + "=" + value.as_string());
  const Value* expressions = at(selector, {"matchExpressions"});
  if (expressions != nullptr && expressions->is_array()) {
    for (const Value& e : expressions->as_array()) {
      const std::string key = text_at(e, {"key"}), op = text_at(e, {"operator"});
      std::string values;
      if (const Value* list = e.find("values"); list != nullptr && list->is_array())
        for (const Value& v : list->as_array())
          values += (values.empty() ? "" : ",") + (v.is_string() ? v.as_string() : std::string());
      if (op == "In") add(key + " in (" + values + ")");
      if (op == "NotIn") add(key + " notin (" + values + ")");
      if (op == "Exists") add(key);
      if (op == "DoesNotExist") add("!" + key);
    }
  }
  if (out.empty()) return fail(Errc::malformed, "the workload has no selector of pods");
  return encoded(out);
}

bool offers_resize(const Value& discovery) {
  const Value* all = discovery.find("resources");
  return all != nullptr && all->is_array() &&
         std::any_of(all->as_array().begin(), all->as_array().end(),
                     [](const Value& r) { return text_at(r, {"name"}) == "pods/resize"; });
}

std::vector<actuator::SizeRecommendation> read_vpas(const Value& list, const std::string& kind,
                                                    const std::string& name,
                                                    const std::string& container) {
  std::vector<actuator::SizeRecommendation> out;
  const Value* items = list.find("items");
  if (items == nullptr || !items->is_array()) return out;
  for (const Value& v : items->as_array()) {
    if (text_at(v, {"spec", "targetRef", "kind"}) != kind ||
        text_at(v, {"spec", "targetRef", "name"}) != name)
      continue;
    actuator::SizeRecommendation r;
    r.name = text_at(v, {"metadata", "name"});
    r.mode = text_at(v, {"spec", "updatePolicy", "updateMode"});
    if (r.mode.empty()) r.mode = "Recreate";  // the default since VPA 1.5; "Auto" before
    const Value* all = at(&v, {"status", "recommendation", "containerRecommendations"});
    if (all != nullptr && all->is_array()) {
      for (const Value& c : all->as_array()) {
        if (text_at(c, {"containerName"}) != container) continue;
        r.target = read_size(c.find("target"));
        r.lower = read_size(c.find("lowerBound"));
        r.upper = read_size(c.find("upperBound"));
        r.uncapped = read_size(c.find("uncappedTarget"));
      }
    }
    out.push_back(std::move(r));
  }
  return out;
}

}  // namespace learningplane::adapters::kubernetes
