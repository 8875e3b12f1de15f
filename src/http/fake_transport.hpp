#pragma once
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "http/transport.hpp"

namespace learningplane::http {

/// The twin for tests: answers from a function, or what was put in line, and keeps what was asked.
class FakeTransport final : public Transport {
 public:
  using Handler = std::function<Result<Response>(const Request&)>;

  FakeTransport() = default;
  explicit FakeTransport(Handler handler) : handler_(std::move(handler)) {}
  void push(Result<Response> answer) { line_.push_back(std::move(answer)); }
  void push(int status, std::string body) { push(Response{status, {}, std::move(body)}); }
  const std::vector<Request>& requests() const { return requests_; }

  Result<Response> send(const Request& request) override {
    requests_.push_back(request);
    if (!line_.empty()) {
      auto answer = std::move(line_.front());
      line_.pop_front();
      return answer;
    }
    if (handler_) return handler_(request);
    return fail(Errc::unavailable, "fake: nothing to answer");
  }
  std::string describe() const override { return "http://fake:80"; }

 private:
  Handler handler_{};
  std::deque<Result<Response>> line_{};
  std::vector<Request> requests_{};
};

}  // namespace learningplane::http
