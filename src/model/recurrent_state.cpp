// The fitted networks as numbers, and back.
#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "model/lstm_shape.hpp"
#include "model/recurrent_impl.hpp"
#include "model/saved.hpp"

namespace learningplane::model {

namespace {

Tensor vector_of(const std::vector<double>& values) { return {{values.size()}, values}; }

/// The tensor of that name and size. @throws FormatError
const std::vector<double>& tensor(const ModelState& state, const std::string& name,
                                  std::size_t size) {
  const auto found = state.tensors.find(name);
  if (found == state.tensors.end()) throw FormatError("the model lacks the tensor '" + name + "'");
  if (found->second.values.size() != size)
    throw FormatError("the tensor '" + name + "' holds " +
                      std::to_string(found->second.values.size()) + " numbers, not " +
                      std::to_string(size));
  return found->second.values;
}

using detail::member;

std::string member_prefix(std::size_t m) { return "member." + std::to_string(m) + "."; }

}  // namespace

ModelState Recurrent::save() const {
  if (!fitted()) throw LogicError(std::string(kind()) + ": fit it before it is saved");
  const Impl& s = *impl_;
  ModelState out;
  Value times = Value::array(), imputed = Value::array();
  for (const std::int64_t t : s.context.times) times.push(t);
  for (const std::uint32_t n : s.context.imputed) imputed.push(static_cast<std::int64_t>(n));
  out.attributes.set("options", to_value(s.options))
      .set("step_ns", s.step_ns)
      .set("context_times_ns", times)
      .set("context_imputed", imputed)
      .set("target_offset", s.scaling.target_offset)
      .set("target_scale", s.scaling.target_scale);
  out.tensors["scaling.offset"] = vector_of(s.scaling.offset);
  out.tensors["scaling.scale"] = vector_of(s.scaling.scale);
  out.tensors["scaling.lowest"] = vector_of(s.scaling.lowest);
  out.tensors["scaling.highest"] = vector_of(s.scaling.highest);
  out.tensors["errors"] = {{s.errors.size() / Impl::grid, Impl::grid}, s.errors};
  out.tensors["context"] = {{s.context.size(), s.columns.size()}, s.context.values};
  for (std::size_t m = 0; m < s.members.size(); ++m) {
    for (auto& [name, weights] : s.members[m].weights())
      out.tensors[member_prefix(m) + name] = weights;
  }
  return out;
}

Result<void> Recurrent::load(const ModelState& state) try {
  RecurrentOptions mine = impl_->options;
  const Value& written = member(state.attributes, "options");
  const Value saved_options = recurrent_manifest(impl_->cell).check(written, "options");
  // A file from before this option was made with the values themselves.
  if (written.find("target_form") == nullptr) mine.target_form = TargetForm::level;
  const Value my_options = to_value(mine);
  for (const char* key : {"target", "inputs", "lags", "layers", "dense", "head", "mode", "output",
                          "horizon", "members", "clip_inputs", "scaler", "levels", "target_form"}) {
    if (written.find(key) == nullptr && std::string_view(key) == "target_form") continue;
    if (!(*saved_options.find(key) == *my_options.find(key)))
      return fail(Errc::malformed, impl_->name() + (": the saved model has another '") + key +
                                       "' than this one was made with");
  }
  Impl fresh;
  fresh.cell = impl_->cell;
  fresh.options = mine;
  fresh.columns = impl_->columns;
  fresh.target_column = impl_->target_column;
  fresh.scaling.form = mine.target_form;
  fresh.scaling.range = mine.input_range;
  fresh.scaling.target_column = fresh.target_column;
  const std::size_t columns = fresh.columns.size(), n = fresh.shape().inputs;
  fresh.scaling.offset = tensor(state, "scaling.offset", n);
  fresh.scaling.scale = tensor(state, "scaling.scale", n);
  fresh.scaling.lowest = tensor(state, "scaling.lowest", n);
  fresh.scaling.highest = tensor(state, "scaling.highest", n);
  fresh.scaling.target_offset = member(state.attributes, "target_offset").as_double();
  fresh.scaling.target_scale = member(state.attributes, "target_scale").as_double();
  for (std::size_t c = 0; c < n; ++c) {
    if (!(fresh.scaling.scale[c] > 0) || !std::isfinite(fresh.scaling.scale[c]) ||
        !std::isfinite(fresh.scaling.offset[c]) ||
        !(fresh.scaling.lowest[c] <= fresh.scaling.highest[c]))
      throw FormatError("the scaling of '" + fresh.columns[std::min(c, columns - 1)] +
                        "' cannot be used");
  }
  const auto errors = state.tensors.find("errors");
  if (errors == state.tensors.end() || errors->second.values.empty() ||
      errors->second.values.size() % Impl::grid != 0)
    throw FormatError("the tensor 'errors' is absent or has another shape");
  fresh.errors = errors->second.values;
  const auto finite = [](double v) { return std::isfinite(v); };
  if (!std::all_of(fresh.errors.begin(), fresh.errors.end(), finite) ||
      !finite(fresh.scaling.target_offset) || !finite(fresh.scaling.target_scale))
    throw FormatError("the errors or the target's scale are not finite");
  fresh.step_ns = member(state.attributes, "step_ns").as_int();
  for (const Value& t : member(state.attributes, "context_times_ns").as_array())
    fresh.context.times.push_back(t.as_int());
  for (const Value& count : member(state.attributes, "context_imputed").as_array())
    fresh.context.imputed.push_back(static_cast<std::uint32_t>(count.as_int()));
  if (fresh.context.imputed.size() != fresh.context.size())
    throw FormatError("the context's rows and flags differ in number");
  fresh.context.columns = columns;
  fresh.context.values = tensor(state, "context", fresh.context.size() * columns);
  // Before anything of that size is made: a small file must not ask for much memory.
  double stored = 0;
  for (const auto& [name, weights] : state.tensors)
    stored += static_cast<double>(weights.values.size());
  if (detail::weights_of(fresh.shape()) * static_cast<double>(mine.members) > stored)
    throw FormatError("it holds fewer weights than its layers have");
  for (std::size_t m = 0; m < mine.members; ++m) {
    std::map<std::string, Tensor> weights;
    const std::string prefix = member_prefix(m);
    for (auto it = state.tensors.lower_bound(prefix);
         it != state.tensors.end() && it->first.starts_with(prefix); ++it)
      weights.emplace(it->first.substr(prefix.size()), it->second);
    fresh.members.emplace_back(fresh.shape(), mine.dtype, 0);
    fresh.members.back().set_weights(weights);
  }
  *impl_ = std::move(fresh);
  return {};
} catch (const Error& error) {
  return fail(Errc::malformed, impl_->name() + ": " + error.failure().message);
}

}  // namespace learningplane::model
