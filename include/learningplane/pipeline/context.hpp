#pragma once
#include <any>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "learningplane/result.hpp"

namespace learningplane::pipeline {

/// What stages hand to each other: typed values under names. Values are shared and must not be
/// changed once put. Thread safe.
class Context {
 public:
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// Puts a value; one of the same name is replaced.
  template <class T>
  void put(const std::string& name, T value) {
    put_any(name, std::make_shared<const std::any>(std::move(value)));
  }
  /// The value. @return not_found naming what is there; invalid_argument where it has another type
  template <class T>
  Result<std::shared_ptr<const T>> get(const std::string& name) const {
    auto found = get_any(name, typeid(T));
    if (!found) return tl::unexpected(found.error());
    return std::shared_ptr<const T>(*found, std::any_cast<T>(found->get()));
  }
  bool contains(const std::string& name) const;
  std::vector<std::string> names() const;
  /// Set while a runner runs a stage: asks the stage to stop early (time-out, cancellation).
  std::stop_token stop() const { return stop_; }

 private:
  friend class Runner;
  struct Store {
    std::mutex mutex{};
    std::map<std::string, std::shared_ptr<const std::any>> values{};
  };
  /// What a running stage sees: its own values over those of `below`. Shares them, so that a stage
  /// that was abandoned may outlive the run.
  Context(const Context& below, std::stop_token stop)
      : below_(below.own_), stop_(std::move(stop)) {}
  void put_any(const std::string& name, std::shared_ptr<const std::any> value);
  Result<std::shared_ptr<const std::any>> get_any(const std::string& name,
                                                  const std::type_info& type) const;
  /// Moves everything put here to what lies below.
  void commit();

  std::shared_ptr<Store> own_ = std::make_shared<Store>();
  std::shared_ptr<Store> below_{};
  std::stop_token stop_{};
};

}  // namespace learningplane::pipeline
