#include "learningplane/decision/policy_files.hpp"

#include <filesystem>

#include "learningplane/decision/capacity.hpp"

namespace learningplane::decision {

namespace {
Value with_model(Value policy, const std::string& folder) {
  const Value* model = policy.find("model");
  if (model == nullptr || !model->is_string() || model->as_string().empty()) return policy;
  if (policy.get("kind", "") != std::string("sizing_phases")) return policy;
  const std::filesystem::path path = model->as_string();
  if (path.is_absolute()) return policy;
  Value full((std::filesystem::path(folder) / path).string());
  full.set_where(model->where());
  return policy.set("model", std::move(full));
}
}  // namespace

Value with_policy_files(Value policy, const std::string& folder) {
  policy = with_capacity_from(std::move(policy), folder);
  if (folder.empty()) return policy;
  if (!policy.is_array())
    return policy.is_object() ? with_model(std::move(policy), folder) : policy;
  Value::Array all;
  for (const Value& one : policy.as_array()) all.push_back(with_policy_files(one, folder));
  return Value(std::move(all));
}

}  // namespace learningplane::decision
