#include "learningplane/evaluation/explanation.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::evaluation {

namespace {

Manifest manifest() {
  const ExplainOptions d;
  const auto text = [](const char* name, const char* fallback, std::vector<std::string> allowed) {
    return Parameter{.name = name,
                     .type = ParameterType::string,
                     .fallback = fallback,
                     .allowed = std::move(allowed)};
  };
  const auto count = [](const char* name, std::size_t fallback, double minimum) {
    return Parameter{.name = name,
                     .type = ParameterType::integer,
                     .fallback = fallback,
                     .minimum = minimum,
                     .maximum = 1e9};
  };
  const auto flag = [](const char* name) {
    return Parameter{.name = name, .type = ParameterType::boolean, .fallback = false};
  };
  return {"explain",
          "How a model is explained",
          {text("method", "permutation",
                {"permutation", "occlusion", "gradients", "shapley", "components"}),
           text("grouping", "blocks", {"blocks", "columns", "lags"}),
           count("block_lags", d.block_lags, 1), flag("spikes"), count("windows", d.windows, 1),
           count("repeats", d.repeats, 1), text("loss", "mae", {"mae", "mse"}),
           text("fill", "window_mean", {"window_mean", "usual"}), flag("zero_baseline"),
           count("background", d.background, 1), count("pairs", d.pairs, 1), count("seed", 0, 0)}};
}

}  // namespace

ExplainOptions explain_options(const Value& given) {
  const Value v = manifest().check(given);
  const auto text = [&v](const char* key) { return v.find(key)->as_string(); };
  const auto count = [&v](const char* key) {
    return static_cast<std::size_t>(v.find(key)->as_int());
  };
  ExplainOptions o;
  for (const auto method :
       {ExplainMethod::permutation, ExplainMethod::occlusion, ExplainMethod::gradients,
        ExplainMethod::shapley, ExplainMethod::components}) {
    if (text("method") == to_string(method)) o.method = method;
  }
  const std::string grouping = text("grouping");
  o.grouping = grouping == "columns" ? Grouping::columns
               : grouping == "lags"  ? Grouping::lags
                                     : Grouping::blocks;
  o.block_lags = count("block_lags");
  o.spikes = v.find("spikes")->as_bool();
  o.windows = count("windows");
  o.repeats = count("repeats");
  o.loss = text("loss") == "mse" ? Loss::mse : Loss::mae;
  o.fill = text("fill") == "usual" ? Fill::usual : Fill::window_mean;
  o.zero_baseline = v.find("zero_baseline")->as_bool();
  o.background = count("background");
  o.pairs = count("pairs");
  o.seed = count("seed");
  return o;
}

}  // namespace learningplane::evaluation
