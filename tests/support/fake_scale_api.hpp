#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "http/transport.hpp"
#include "learningplane/json.hpp"

namespace support {

/// A few lines of an API server: objects by path, merge patches with resourceVersion as
/// precondition, dry runs, a list of HPAs. Server-side apply writes like a merge patch and creates
/// what is absent. Hooks change what it answers.
struct FakeScaleApi {
  using Request = learningplane::http::Request;
  using Response = learningplane::http::Response;
  using Value = learningplane::Value;
  template <class T>
  using Result = learningplane::Result<T>;

  std::map<std::string, Value> objects{};
  std::vector<Value> hpas{};
  int version = 100;
  int patches = 0;
  std::vector<Value> events{};
  std::function<std::optional<Result<Response>>(const Request&)> before{};
  std::function<std::optional<Result<Response>>(const Request&)> after{};

  static Value json(const std::string& text) {
    return learningplane::value_or_throw(learningplane::parse_json(text));
  }
  void put(const std::string& path, const std::string& text) {
    Value v = json(text);
    Value metadata = v.find("metadata") != nullptr ? *v.find("metadata") : Value::object();
    if (path.ends_with("/scale")) v.set("kind", "Scale").set("apiVersion", "autoscaling/v1");
    v.set("metadata", metadata.set("uid", "u1").set("resourceVersion", std::to_string(version)));
    objects[path] = std::move(v);
  }
  static Value merged(Value into, const Value& patch) {
    if (!patch.is_object()) return patch;
    if (!into.is_object()) into = Value::object();
    for (const auto& [key, value] : patch.as_object()) {
      const Value* own = into.find(key);
      into.set(key, merged(own != nullptr ? *own : Value(), value));
    }
    return into;
  }

  /// As the real server writes it: a Scale leaves out a number of 0.
  static std::string written(Value v) {
    const Value* spec = v.find("spec");
    if (v.get("kind", "") == "Scale" && spec != nullptr &&
        spec->get("replicas", std::int64_t{-1}) == 0)
      v.set("spec", Value::object());
    return learningplane::dump_json(v);
  }

  Result<Response> answer(const Request& q) {
    if (before) {
      if (auto a = before(q)) return *a;
    }
    auto out = plain(q);
    if (after) {
      if (auto a = after(q)) return *a;
    }
    return out;
  }
  Result<Response> plain(const Request& q) {
    const std::string path = q.path.substr(0, q.path.find('?'));
    if (q.method == "POST") {
      events.push_back(json(q.body));
      return Response{201, {}, "{}"};
    }
    if (path.ends_with("/horizontalpodautoscalers")) {
      return Response{
          200,
          {},
          learningplane::dump_json(Value::object().set("items", Value(Value::Array(hpas))))};
    }
    auto it = objects.find(path);
    const bool apply = q.content_type.find("apply") != std::string::npos;
    if (it == objects.end() && !apply) return Response{404, {}, R"({"message":"no such"})"};
    if (q.method == "GET") return Response{200, {}, written(it->second)};
    Value patch = json(q.body);
    Value metadata = *patch.find("metadata");
    if (const Value* wanted = metadata.find("resourceVersion");
        wanted != nullptr && wanted->as_string() != std::to_string(version))
      return Response{409, {}, R"({"message":"the object has been modified"})"};
    const bool dry = q.path.find("dryRun=All") != std::string::npos;
    if (!dry) {
      ++patches;
      ++version;
    }
    patch.set("metadata", metadata.set("resourceVersion", std::to_string(version)));
    Value now = merged(it == objects.end() ? Value() : it->second, patch);
    const Response out{it == objects.end() ? 201 : 200, {}, written(now)};
    if (!dry) objects[path] = std::move(now);
    return out;
  }
};

}  // namespace support
