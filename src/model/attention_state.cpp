// The fitted forecaster as numbers, and back.
#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "model/attention_impl.hpp"
#include "model/saved.hpp"

namespace learningplane::model {

namespace {

constexpr const char* weight_prefix = "weights.";

const std::vector<double>& tensor(const ModelState& state, const std::string& name,
                                  std::size_t size) {
  const auto found = state.tensors.find(name);
  if (found == state.tensors.end() || found->second.values.size() != size)
    throw FormatError("the tensor '" + name + "' is absent or has another shape");
  return found->second.values;
}

using detail::member;

bool finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

}  // namespace

ModelState AttentionForecaster::save() const {
  if (!fitted()) throw LogicError(std::string(kind()) + ": fit it before it is saved");
  const Impl& s = *impl_;
  ModelState out;
  Value times = Value::array(), imputed = Value::array();
  for (const std::int64_t t : s.context.times) times.push(t);
  for (const std::uint32_t n : s.context.imputed) imputed.push(static_cast<std::int64_t>(n));
  out.attributes.set("options", detail::to_value(s.kind, s.options))
      .set("step_ns", s.step_ns)
      .set("context_times_ns", times)
      .set("context_imputed", imputed);
  out.tensors["scaling.offset"] = {{s.offset.size()}, s.offset};
  out.tensors["scaling.scale"] = {{s.scale.size()}, s.scale};
  out.tensors["errors"] = {{s.errors.steps(), detail::ErrorGrid::width}, s.errors.values()};
  out.tensors["context"] = {{s.context.size(), s.columns.size()}, s.context.values};
  for (auto& [name, weights] : s.engine->weights()) out.tensors[weight_prefix + name] = weights;
  return out;
}

Result<void> AttentionForecaster::load(const ModelState& state) try {
  Impl fresh = impl_->unfitted();
  const Value mine = detail::to_value(fresh.kind, fresh.options);
  const Value theirs =
      detail::attention_manifest(fresh.kind).check(member(state.attributes, "options"), "options");
  for (const auto& [key, value] : mine.as_object()) {
    if (!(*theirs.find(key) == value))
      return fail(Errc::malformed, std::string(kind()) + ": the saved model has another '" + key +
                                       "' than this one was made with");
  }
  const std::size_t n = fresh.columns.size();
  fresh.offset = tensor(state, "scaling.offset", n);
  fresh.scale = tensor(state, "scaling.scale", n);
  fresh.errors = detail::ErrorGrid::from(
      tensor(state, "errors", fresh.options.horizon * detail::ErrorGrid::width));
  if (!finite(fresh.offset) || !finite(fresh.scale) ||
      std::any_of(fresh.scale.begin(), fresh.scale.end(), [](double v) { return !(v > 0); }))
    throw FormatError("the scaling cannot be used");
  fresh.step_ns = member(state.attributes, "step_ns").as_int();
  if (fresh.step_ns <= 0) throw FormatError("'step_ns' is not above 0");
  for (const Value& t : member(state.attributes, "context_times_ns").as_array())
    fresh.context.times.push_back(t.as_int());
  for (const Value& count : member(state.attributes, "context_imputed").as_array())
    fresh.context.imputed.push_back(static_cast<std::uint32_t>(count.as_int()));
  if (fresh.context.imputed.size() != fresh.context.size() ||
      fresh.context.size() > fresh.options.lags)
    throw FormatError("the context's rows, times and flags do not fit together");
  fresh.context.columns = n;
  fresh.context.values = tensor(state, "context", fresh.context.size() * n);
  std::map<std::string, Tensor> weights;
  double stored = 0;
  const std::string prefix = weight_prefix;
  for (auto it = state.tensors.lower_bound(prefix);
       it != state.tensors.end() && it->first.starts_with(prefix); ++it) {
    weights.emplace(it->first.substr(prefix.size()), it->second);
    stored += static_cast<double>(it->second.values.size());
  }
  // Before anything of that size is made: a small file must not ask for much memory.
  const detail::AttentionTask task = fresh.task();
  if (detail::weights_at_least(task.shape) > stored)
    throw FormatError("it holds fewer weights than its layers have");
  fresh.engine = detail::make_attention_engine(task, fresh.options.dtype, fresh.options.seed);
  fresh.engine->set_weights(weights);
  *impl_ = std::move(fresh);
  return {};
} catch (const Error& error) {
  return fail(Errc::malformed, std::string(kind()) + ": " + error.failure().message);
}

}  // namespace learningplane::model
