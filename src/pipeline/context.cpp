#include "learningplane/pipeline/context.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace learningplane::pipeline {

void Context::put_any(const std::string& name, std::shared_ptr<const std::any> value) {
  const std::lock_guard lock(own_->mutex);
  own_->values[name] = std::move(value);
}

Result<std::shared_ptr<const std::any>> Context::get_any(const std::string& name,
                                                         const std::type_info& type) const {
  for (Store* store : {own_.get(), below_.get()}) {
    if (store == nullptr) continue;
    const std::lock_guard lock(store->mutex);
    const auto it = store->values.find(name);
    if (it == store->values.end()) continue;
    if (it->second->type() != type) {
      return fail(Errc::invalid_argument,
                  fmt::format("'{}' is in the context, but of another type", name));
    }
    return it->second;
  }
  return fail(Errc::not_found, fmt::format("'{}' is not in the context; it holds: {}", name,
                                           fmt::join(names(), ", ")));
}

bool Context::contains(const std::string& name) const {
  const auto all = names();
  return std::find(all.begin(), all.end(), name) != all.end();
}

std::vector<std::string> Context::names() const {
  std::set<std::string> out;
  for (Store* store : {own_.get(), below_.get()}) {
    if (store == nullptr) continue;
    const std::lock_guard lock(store->mutex);
    for (const auto& [name, value] : store->values) out.insert(name);
  }
  return {out.begin(), out.end()};
}

void Context::commit() {
  const std::scoped_lock lock(own_->mutex, below_->mutex);
  for (auto& [name, value] : own_->values) below_->values[name] = std::move(value);
  own_->values.clear();
}

}  // namespace learningplane::pipeline
