#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "http/transport.hpp"
#include "learningplane/json.hpp"

namespace support {

/// The Deployment "shop" in "video" with its pods behind an API server of a few lines: strategic
/// merge of the container's resources, resourceVersion as precondition, dry runs, VPAs. Hooks
/// change what it answers.
struct FakeResizeApi {
  using Request = learningplane::http::Request;
  using Response = learningplane::http::Response;
  using Value = learningplane::Value;
  template <class T>
  using Result = learningplane::Result<T>;

  bool in_place = true;
  int version = 100, patches = 0;
  std::string annotation{};
  std::string resources =
      R"({"requests":{"cpu":"250m","memory":"256Mi"},"limits":{"cpu":"500m","memory":"512Mi"}})";
  std::string strategy = "RollingUpdate";
  std::string more_containers{};  ///< ",{…}"
  struct Pod {
    std::string resources{};
    std::string status = R"({"phase":"Running"})";
    std::string extra{};  ///< in metadata: ",\"deletionTimestamp\":…"
    int version = 7;
  };
  std::map<std::string, Pod> pods{};
  std::string vpas{};  ///< items; empty: none are served
  std::vector<Value> events{};
  std::function<std::optional<Result<Response>>(const Request&)> before{};
  std::function<std::optional<Result<Response>>(const Request&)> after{};

  FakeResizeApi() {
    pods["shop-a"].resources = resources;
    pods["shop-b"].resources = resources;
  }
  static Value json(const std::string& text) {
    return learningplane::value_or_throw(learningplane::parse_json(text));
  }
  std::string deployment() const {
    return R"({"metadata":{"uid":"u1","resourceVersion":")" + std::to_string(version) +
           R"(","annotations":{"learningplane.io/decision":")" + annotation +
           R"("}},"spec":{"replicas":2,"strategy":{"type":")" + strategy +
           R"("},"selector":{"matchLabels":{"app":"shop"}},"template":{"spec":{"containers":[{"name":"web","resources":)" +
           resources + "}" + more_containers + "]}}}}";
  }
  std::string pod(const std::string& name) const {
    const Pod& p = pods.at(name);
    return R"({"metadata":{"name":")" + name + R"(","uid":"p-)" + name +
           R"(","resourceVersion":")" + std::to_string(p.version) + "\"" + p.extra +
           R"(},"spec":{"containers":[{"name":"web","resources":)" + p.resources + "}" +
           more_containers + R"(]},"status":)" + p.status + "}";
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
    if (path == "/api/v1")
      return Response{200,
                      {},
                      in_place ? R"({"resources":[{"name":"pods"},{"name":"pods/resize"}]})"
                               : R"({"resources":[{"name":"pods"}]})"};
    if (path.ends_with("/verticalpodautoscalers")) {
      if (vpas.empty()) return Response{404, {}, R"({"message":"no such resource"})"};
      return Response{200, {}, R"({"items":[)" + vpas + "]}"};
    }
    if (path == "/apis/apps/v1/namespaces/video/deployments/shop")
      return q.method == "GET" ? Response{200, {}, deployment()} : patch_template(q);
    const std::string all = "/api/v1/namespaces/video/pods";
    if (path == all) {
      std::string items;
      for (const auto& [name, p] : pods) items += (items.empty() ? "" : ",") + pod(name);
      return Response{200, {}, R"({"items":[)" + items + "]}"};
    }
    for (auto& [name, p] : pods) {
      if (path == all + "/" + name) return Response{200, {}, pod(name)};
      if (path == all + "/" + name + "/resize") return patch_pod(q, name, p);
    }
    return Response{404, {}, R"({"message":"no such"})"};
  }

 private:
  static std::string wanted(const Value& spec) {
    return learningplane::dump_json(*spec.find("containers")->as_array().at(0).find("resources"));
  }
  static bool stale(const Value& body, int now) {
    return body.find("metadata")->get("resourceVersion", "") != std::to_string(now);
  }
  Response patch_pod(const Request& q, const std::string& name, Pod& p) {
    const Value body = json(q.body);
    if (stale(body, p.version)) return {409, {}, R"({"message":"the object has been modified"})"};
    const std::string kept = p.resources;
    p.resources = wanted(*body.find("spec"));
    if (q.path.find("dryRun=All") != std::string::npos) {
      Response out{200, {}, pod(name)};
      p.resources = kept;
      return out;
    }
    ++patches;
    ++p.version;
    return {200, {}, pod(name)};
  }
  Response patch_template(const Request& q) {
    const Value body = json(q.body);
    if (stale(body, version)) return {409, {}, R"({"message":"the object has been modified"})"};
    if (q.path.find("dryRun=All") != std::string::npos) return {200, {}, deployment()};
    ++patches;
    ++version;
    annotation = body.find("metadata")->find("annotations")->get("learningplane.io/decision", "");
    resources = wanted(*body.find("spec")->find("template")->find("spec"));
    return {200, {}, deployment()};
  }
};

}  // namespace support
