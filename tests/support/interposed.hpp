#pragma once
#include <functional>
#include <memory>
#include <utility>

#include "http/transport.hpp"

namespace support {

/// Lets somebody act at the moment of a PATCH.
class Interposed final : public learningplane::http::Transport {
 public:
  using Answer = learningplane::Result<learningplane::http::Response>;
  using Send = std::function<Answer()>;
  using OnPatch = std::function<Answer(int nth, const Send& send)>;
  Interposed(std::unique_ptr<learningplane::http::Transport> inner, OnPatch on_patch)
      : inner_(std::move(inner)), on_patch_(std::move(on_patch)) {}
  Answer send(const learningplane::http::Request& request) override {
    if (request.method != "PATCH") return inner_->send(request);
    return on_patch_(++patches_, [&] { return inner_->send(request); });
  }
  std::string describe() const override { return inner_->describe(); }

 private:
  std::unique_ptr<learningplane::http::Transport> inner_;
  OnPatch on_patch_;
  int patches_ = 0;
};

}  // namespace support
