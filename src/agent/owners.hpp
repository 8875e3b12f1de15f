#pragma once
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "learningplane/agent/parts.hpp"

namespace learningplane::agent {

/// The applications of an agent that decides on instances, and whose telemetry a column is: of the
/// application that a label names, which appears with its first column, or of those whose labels it
/// has. Each has a T, which has members `application` and `seen_ns`.
template <class T>
class Owners {
 public:
  using Make = std::function<std::unique_ptr<T>(Application)>;
  /// @param by a label; empty: the applications are those given
  Owners(std::string by, const std::vector<Application>& given, Make make)
      : by_(std::move(by)), make_(std::move(make)) {
    for (const Application& a : given) add(a);
  }
  std::vector<std::unique_ptr<T>>& all() { return all_; }
  /// nullptr: there is none of that name.
  T* find(const std::string& name) {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }
  std::vector<T*> of(const telemetry::Column& column) {
    std::vector<T*> out;
    if (by_.empty()) {
      for (const auto& one : all_) {
        if (column.labels.contains(one->application.labels)) out.push_back(one.get());
      }
      return out;
    }
    const auto value = column.labels.get(by_);
    if (!value || value->empty()) return out;
    const std::string name(*value);
    T* known = find(name);
    out.push_back(known != nullptr ? known : &add({name, {{by_, name}}, {}}));
    return out;
  }
  /// Drops those that came by the label and that nothing was seen of for longer than that; zero:
  /// none. @return their names
  std::vector<std::string> forget(TimePoint now, Duration after) {
    std::vector<std::string> out;
    if (by_.empty() || after <= Duration::zero()) return out;
    std::erase_if(all_, [&](const std::unique_ptr<T>& one) {
      if (now - from_ns(one->seen_ns) <= after) return false;
      out.push_back(one->application.name);
      by_name_.erase(one->application.name);
      return true;
    });
    return out;
  }

 private:
  T& add(Application application) {
    all_.push_back(make_(std::move(application)));
    by_name_[all_.back()->application.name] = all_.back().get();
    return *all_.back();
  }
  std::string by_;
  Make make_;
  std::vector<std::unique_ptr<T>> all_{};
  std::unordered_map<std::string, T*> by_name_{};
};

}  // namespace learningplane::agent
