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

/// What was asked: its parameters stand behind the '?' or, of a POST, in the body.
struct Question {
  std::string_view method{};
  std::string_view target{};
  std::string_view content_type{};
  std::string_view body{};
};

struct Route {
  std::string_view method;
  std::string_view path;
  std::string_view summary;
  Answer (*handle)(const Sources&, std::string_view form);
};

/// The one table of what the server answers.
const std::vector<Route>& routes();
/// The answer to a request: a route's, 404 or 405 as problem+json. Never throws.
Answer answer_to(const Question& question, const Sources& sources);
/// An error as RFC 9457 writes it.
Answer problem(int status, std::string_view title);

}  // namespace learningplane::server
