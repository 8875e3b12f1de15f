#include <fmt/format.h>

#include "learningplane/error.hpp"
#include "learningplane/profiling/phases.hpp"

namespace learningplane::profiling {

Manifest phase_manifest() {
  const PhaseOptions d;
  const auto count = [](const char* name, const char* summary, std::size_t fallback,
                        double minimum) {
    return Parameter{.name = name,
                     .type = ParameterType::integer,
                     .summary = summary,
                     .fallback = fallback,
                     .minimum = minimum,
                     .maximum = 1e15};
  };
  const auto text = [](const char* name, const char* summary, const char* fallback,
                       std::vector<std::string> allowed) {
    return Parameter{.name = name,
                     .type = ParameterType::string,
                     .summary = summary,
                     .fallback = fallback,
                     .allowed = std::move(allowed)};
  };
  const auto number = [](const char* name, const char* summary, double fallback, double minimum) {
    return Parameter{.name = name,
                     .type = ParameterType::number,
                     .summary = summary,
                     .fallback = fallback,
                     .minimum = minimum};
  };
  return {
      "phases",
      "Behaviour cut into phases: scaler, conditional RBM, k-means",
      {{.name = "features",
        .type = ParameterType::list,
        .summary = "columns, in this order; empty: all",
        .fallback = Value::array()},
       count("k", "phases; 0: chosen by `criterion`", d.k, 0),
       text("mode", "corrected: the window ends with the row it labels; as_published: one earlier",
            "corrected", {"corrected", "as_published"}),
       {.name = "negative_allowed",
        .type = ParameterType::boolean,
        .summary = "whether features may be below zero",
        .fallback = false},
       count("hidden", "hidden units", d.crbm.hidden, 1),
       count("history", "rows of the past that condition the present one", d.crbm.history, 0),
       count("epochs", "most passes over the windows", d.crbm.epochs, 1),
       number("learning_rate", "of the RBM, above 0", d.crbm.learning_rate, 1e-300),
       count("cd_steps", "reconstructions of contrastive divergence", d.crbm.cd_steps, 1),
       count("batch", "windows of one update", d.crbm.batch, 1),
       count("patience", "epochs without a lower error that end the training; 0: never",
             d.crbm.patience, 0),
       count("seed", "of the RBM's first weights and the order of windows", d.crbm.seed, 0),
       text("dtype", "precision of the training", "f32", {"f32", "f64"}),
       count("restarts", "starts of k-means", d.kmeans.restarts, 1),
       count("iterations", "most iterations of k-means", d.kmeans.iterations, 1),
       number("tolerance", "of k-means, as a share of the variance", d.kmeans.tolerance, 0),
       count("kmeans_seed", "of the starts", d.kmeans.seed, 0),
       count("kmeans_batch", "rows of a step where rows are many", d.kmeans.batch, 1),
       count("exact_rows", "rows above which k-means takes mini-batches", d.exact_rows, 1),
       text("criterion", "how k = 0 is chosen", "silhouette", {"silhouette", "elbow"}),
       count("k_min", "least k that is tried", d.choose.k_min, 1),
       count("k_max", "most k that is tried", d.choose.k_max, 2)}};
}

PhaseOptions phase_options(const Value& given) {
  const Value v = phase_manifest().check(given);
  const auto count = [&v](const char* key) {
    return static_cast<std::size_t>(v.find(key)->as_int());
  };
  const auto text = [&v](const char* key) { return v.find(key)->as_string(); };
  PhaseOptions o;
  for (const Value& name : v.find("features")->as_array()) {
    for (const std::string& other : o.features) {
      if (other == name.as_string()) throw ConfigError("", "features", other, "each name once");
    }
    o.features.push_back(name.as_string());
  }
  o.k = count("k");
  o.mode = text("mode") == "corrected" ? PhaseMode::corrected : PhaseMode::as_published;
  o.negative_allowed = v.find("negative_allowed")->as_bool();
  o.crbm.hidden = count("hidden");
  o.crbm.history = count("history");
  o.crbm.epochs = count("epochs");
  o.crbm.learning_rate = v.find("learning_rate")->as_double();
  o.crbm.cd_steps = count("cd_steps");
  o.crbm.batch = count("batch");
  o.crbm.patience = count("patience");
  o.crbm.seed = count("seed");
  o.crbm.dtype = text("dtype") == "f32" ? CrbmDtype::f32 : CrbmDtype::f64;
  o.kmeans.restarts = count("restarts");
  o.kmeans.iterations = count("iterations");
  o.kmeans.tolerance = v.find("tolerance")->as_double();
  o.kmeans.seed = count("kmeans_seed");
  o.kmeans.batch = count("kmeans_batch");
  o.exact_rows = count("exact_rows");
  o.choose.criterion = value_or_throw(k_criterion(text("criterion")));
  o.choose.k_min = count("k_min");
  o.choose.k_max = count("k_max");
  if (o.k == 0 && o.choose.k_max <= o.choose.k_min)
    throw ConfigError("", "k_max", std::to_string(o.choose.k_max),
                      fmt::format("more than k_min ({})", o.choose.k_min));
  return o;
}

Value to_value(const PhaseOptions& o) {
  Value features = Value::array();
  for (const std::string& f : o.features) features.push(f);
  return Value::object()
      .set("features", features)
      .set("k", o.k)
      .set("mode", to_string(o.mode))
      .set("negative_allowed", o.negative_allowed)
      .set("hidden", o.crbm.hidden)
      .set("history", o.crbm.history)
      .set("epochs", o.crbm.epochs)
      .set("learning_rate", o.crbm.learning_rate)
      .set("cd_steps", o.crbm.cd_steps)
      .set("batch", o.crbm.batch)
      .set("patience", o.crbm.patience)
      .set("seed", static_cast<std::int64_t>(o.crbm.seed))
      .set("dtype", o.crbm.dtype == CrbmDtype::f32 ? "f32" : "f64")
      .set("restarts", o.kmeans.restarts)
      .set("iterations", o.kmeans.iterations)
      .set("tolerance", o.kmeans.tolerance)
      .set("kmeans_seed", static_cast<std::int64_t>(o.kmeans.seed))
      .set("kmeans_batch", o.kmeans.batch)
      .set("exact_rows", o.exact_rows)
      .set("criterion", to_string(o.choose.criterion))
      .set("k_min", o.choose.k_min)
      .set("k_max", o.choose.k_max);
}

}  // namespace learningplane::profiling
