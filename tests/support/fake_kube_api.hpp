#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "http/transport.hpp"
#include "learningplane/json.hpp"

namespace support {

namespace http = learningplane::http;
using learningplane::Result;

/// The Deployment "shop" in "video" behind an API server of a few lines. Hooks change what it
/// answers.
struct FakeKubeApi {
  int version = 100;
  int patches = 0;
  std::string node = "worker-0";
  std::string annotation{};
  std::vector<std::string> events{};
  std::function<std::optional<Result<http::Response>>(const http::Request&)> before{};
  std::function<std::optional<Result<http::Response>>(const http::Request&)> after{};

  std::string object() const {
    return learningplane::dump_json(*learningplane::parse_json(
        R"({"metadata":{"uid":"u1","resourceVersion":")" + std::to_string(version) +
        R"(","annotations":{"learningplane.io/decision":")" + annotation +
        R"("}},"spec":{"replicas":2,"template":{"spec":{"nodeSelector":{"kubernetes.io/hostname":")" +
        node + R"("}}}}})"));
  }
  Result<http::Response> answer(const http::Request& q) {
    if (before) {
      if (auto a = before(q)) return *a;
    }
    auto out = plain(q);
    if (after) {
      if (auto a = after(q)) return *a;
    }
    return out;
  }
  Result<http::Response> plain(const http::Request& q) {
    const std::string path = q.path.substr(0, q.path.find('?'));
    if (path.starts_with("/api/v1/nodes/")) {
      return http::Response{path.ends_with("worker-9") ? 404 : 200, {}, "{}"};
    }
    if (q.method == "POST") {
      events.push_back(q.body);
      return http::Response{201, {}, "{}"};
    }
    if (path != "/apis/apps/v1/namespaces/video/deployments/shop")
      return http::Response{404, {}, R"({"message":"no such"})"};
    if (q.method == "GET") return http::Response{200, {}, object()};
    const learningplane::Value body = *learningplane::parse_json(q.body);
    if (const learningplane::Value* v = body.find("metadata")->find("resourceVersion");
        v != nullptr && v->as_string() != std::to_string(version)) {
      return http::Response{409, {}, R"({"message":"the object has been modified"})"};
    }
    if (q.path.find("dryRun=All") == std::string::npos) {
      ++patches;
      ++version;
      annotation = body.find("metadata")
                       ->find("annotations")
                       ->find("learningplane.io/decision")
                       ->as_string();
      node = body.find("spec")
                 ->find("template")
                 ->find("spec")
                 ->find("nodeSelector")
                 ->find("kubernetes.io/hostname")
                 ->as_string();
    }
    return http::Response{200, {}, object()};
  }
};

}  // namespace support
