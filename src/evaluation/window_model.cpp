#include "learningplane/evaluation/window_model.hpp"

#include <algorithm>

#include "learningplane/error.hpp"
#include "learningplane/model/lstm.hpp"
#include "learningplane/model/windowed.hpp"

namespace learningplane::evaluation {

namespace {

using model::WindowView;

Failure too_far(std::string_view kind, std::size_t step, std::size_t outputs) {
  return {Errc::unsupported,
          std::string(kind) + ": step " + std::to_string(step) + " asked for, but it gives " +
              std::to_string(outputs) + " at once",
          {}};
}

/// Step `step` of the `outputs` that predict_windows() gives for each window.
template <class M>
Predictor at_step(std::shared_ptr<const M> model, std::size_t step, std::size_t outputs) {
  return [model, step, outputs](const WindowView& windows, std::span<double> out) {
    if (outputs == 1) return model->predict_windows(windows, out);
    std::vector<double> all(windows.count * outputs);
    model->predict_windows(windows, all);
    for (std::size_t i = 0; i < windows.count; ++i) out[i] = all[i * outputs + step - 1];
  };
}

Result<WindowModel> of_windowed(std::shared_ptr<const model::Windowed> model, std::size_t step) {
  const model::ModelState state = model->save();
  const std::size_t outputs = state.tensors.at("errors").shape.at(0);
  if (step > outputs) return tl::unexpected(too_far(model->kind(), step, outputs));
  WindowModel out{.model = model, .columns = model->columns(), .step = step};
  out.target = state.attributes.find("options")->find("target")->as_string();
  out.lags = static_cast<std::size_t>(state.attributes.find("lags")->as_int());
  out.predict = at_step(std::move(model), step, outputs);
  return out;
}

/// The slopes of step `step`, where models of this class give them window by window.
template <class M>
Gradient slopes_of(std::shared_ptr<const M> model, std::size_t step) {
  if constexpr (requires { model->input_gradient(std::span<const double>{}, step); }) {
    return [model, step](const WindowView& windows, std::span<double> out) {
      const std::size_t width = windows.values.size() / windows.count;
      for (std::size_t i = 0; i < windows.count; ++i) {
        const auto slopes =
            model->input_gradient(windows.values.subspan(i * width, width), step - 1);
        std::copy(slopes.begin(), slopes.end(),
                  out.begin() + static_cast<std::ptrdiff_t>(i * width));
      }
    };
  } else {
    return {};
  }
}

template <class M>
Result<WindowModel> of_recurrent(std::shared_ptr<const M> model, std::size_t step) {
  const auto& o = model->options();
  const std::size_t outputs = o.mode == model::LstmMode::direct ? o.horizon : 1;
  if (step > outputs) return tl::unexpected(too_far(model->kind(), step, outputs));
  WindowModel out{.model = model, .target = o.target, .columns = model->columns(), .lags = o.lags};
  out.step = step;
  out.gradient = slopes_of(model, step);
  out.predict = at_step(std::move(model), step, outputs);
  return out;
}

/// A model that only the interface is known of.
struct ByUpdate {
  std::shared_ptr<model::Forecaster> model;
  std::vector<std::string> columns;
  std::size_t step;
  std::int64_t row_step_ns, next_ns;

  double ask(std::span<const double> window) {
    const std::size_t n = columns.size(), rows = window.size() / n;
    std::vector<std::int64_t> times;
    for (std::size_t r = 0; r < rows; ++r, next_ns += row_step_ns) times.push_back(next_ns);
    std::vector<telemetry::Column> cells;
    for (std::size_t c = 0; c < n; ++c) {
      std::vector<double> values;
      for (std::size_t r = 0; r < rows; ++r) values.push_back(window[r * n + c]);
      cells.push_back({.name = columns[c], .values = values, .flags = {}});
    }
    value_or_throw(model->update(value_or_throw(telemetry::Frame::make(times, std::move(cells)))));
    return value_or_throw(model->forecast(step)).mean.at(step - 1);
  }
};

/// Whether the same window gives the same forecast after another one.
bool rests_on_its_window(ByUpdate& by, std::size_t width) {
  std::vector<double> one(width), other(width);
  for (std::size_t i = 0; i < width; ++i) {
    one[i] = 1.0 + 0.1 * static_cast<double>(i % 7);
    other[i] = 2.0 - 0.3 * static_cast<double>(i % 5);
  }
  const double first = by.ask(one);
  (void)by.ask(other);
  return by.ask(one) == first;
}

Result<WindowModel> of_any(std::shared_ptr<model::Forecaster> model, std::size_t step,
                           Duration row_step) try {
  const std::string kind(model->kind());
  const Value attributes = model->save().attributes;
  const Value* options = attributes.find("options");
  if (options == nullptr || options->find("target") == nullptr || options->find("lags") == nullptr)
    return fail(Errc::unsupported,
                kind +
                    ": it does not say which last rows it looks at; models on windows of lags "
                    "can be explained, such as ridge, boosting and lstm");
  WindowModel out{.model = model, .target = options->find("target")->as_string()};
  out.step = step;
  out.lags = static_cast<std::size_t>(options->find("lags")->as_int());
  if (const Value* inputs = options->find("inputs")) {
    for (const Value& name : inputs->as_array()) out.columns.push_back(name.as_string());
  }
  if (std::find(out.columns.begin(), out.columns.end(), out.target) == out.columns.end())
    out.columns.push_back(out.target);
  const std::int64_t next = value_or_throw(model->forecast(1)).times_ns.at(0);
  auto by = std::make_shared<ByUpdate>(
      ByUpdate{std::move(model), out.columns, step, row_step.count(), next});
  if (!rests_on_its_window(*by, out.shape().cells()))
    return fail(Errc::unsupported, kind + ": its forecast rests on more than its last " +
                                       std::to_string(out.lags) + " rows");
  out.predict = [by](const WindowView& windows, std::span<double> said) {
    const std::size_t width = windows.values.size() / windows.count;
    for (std::size_t i = 0; i < windows.count; ++i)
      said[i] = by->ask(windows.values.subspan(i * width, width));
  };
  return out;
} catch (const Error& error) {
  return fail(Errc::unsupported, "it cannot be asked window by window: " + error.failure().message);
}

}  // namespace

Result<WindowModel> window_model(std::shared_ptr<model::Forecaster> model, std::size_t step,
                                 Duration row_step) {
  if (!model->fitted()) throw LogicError(std::string(model->kind()) + ": fit it, then explain it");
  if (step == 0) return fail(Errc::invalid_argument, "explain: step is 1 or more");
  if (auto windowed = std::dynamic_pointer_cast<const model::Windowed>(model))
    return of_windowed(std::move(windowed), step);
  if (auto lstm = std::dynamic_pointer_cast<const model::Recurrent>(model))
    return of_recurrent(std::move(lstm), step);
  return of_any(std::move(model), step, row_step);
}

Result<features::Windows> windows_of(const WindowModel& model, const telemetry::Frame& frame) {
  auto windows =
      features::make_windows(frame, {model.columns, model.target, model.lags, model.step});
  if (windows && windows->size() == 0)
    return fail(Errc::not_enough_data, "no " + std::to_string(model.lags) +
                                           " known rows without a gap are followed by " +
                                           std::to_string(model.step) + " of the target");
  return windows;
}

std::vector<double> truth_of(const features::Windows& windows) {
  std::vector<double> out;
  for (std::size_t i = 0; i < windows.size(); ++i)
    out.push_back(windows.y[(i + 1) * windows.horizon - 1]);
  return out;
}

model::WindowView view_of(const features::Windows& windows) {
  return {windows.x, windows.size(), windows.lags};
}

}  // namespace learningplane::evaluation
