#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/server/server.hpp"

namespace learningplane::server {

struct Answer {
  int status = 200;
  std::string type = "application/json";
  std::string body{};
};

/// What a handler may look at.
struct Sources {
  const Metrics& metrics;
  const HealthSource& health;
};

struct Route {
  std::string_view method;
  std::string_view path;
  std::string_view summary;
  Answer (*handle)(const Sources&);
};

/// The one table of what the server answers.
const std::vector<Route>& routes();
/// The answer to a request: a route's, 404 or 405 as problem+json. Never throws.
Answer answer_to(std::string_view method, std::string_view target, const Sources& sources);
/// An error as RFC 9457 writes it.
Answer problem(int status, std::string_view title);

}  // namespace learningplane::server
