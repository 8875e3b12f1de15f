#include <exception>
#include <limits>

#include "learningplane/model/forecast.hpp"
#include "learningplane/model/gru.hpp"
#include "learningplane/model/lstm.hpp"
#include "learningplane/model/model.hpp"
#include "learningplane/selection/auto_forecaster.hpp"
#include "module.hpp"
#include "trampolines.hpp"

namespace learningplane::python {

using model::Forecast;
using model::Forecaster;
using model::ModelState;

namespace {

/// What a signal handler raised while a model trained; thrown when the training has come home.
thread_local std::exception_ptr raised_in_training;

/// Between two epochs: lets Python see signals, so that Ctrl-C ends a training and keeps the best
/// weights so far.
bool go_on(int, model::EpochLosses) {
  if (raised_in_training) return false;  // networks that follow stop too
  py::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() == 0) return true;
  raised_in_training = std::make_exception_ptr(py::error_already_set());
  return false;
}

void rethrow_signal() {
  if (raised_in_training) std::rethrow_exception(std::exchange(raised_in_training, nullptr));
}

py::dict state_to_python(const ModelState& state) {
  py::dict tensors;
  for (const auto& [name, tensor] : state.tensors)
    tensors[py::str(name)] = copy_array(tensor.values, {tensor.shape.begin(), tensor.shape.end()});
  py::dict out;
  out["attributes"] = from_value(state.attributes);
  out["tensors"] = tensors;
  return out;
}

ModelState state_from_python(const py::dict& state) {
  ModelState out;
  out.attributes = to_value(state["attributes"]);
  for (auto [name, object] : py::cast<py::dict>(state["tensors"])) {
    using Array = py::array_t<double, py::array::c_style | py::array::forcecast>;
    const auto a = py::cast<Array>(object);
    model::Tensor t;
    t.shape.assign(a.shape(), a.shape() + a.ndim());
    t.values.assign(a.data(), a.data() + a.size());
    out.tensors.emplace(py::cast<std::string>(name), std::move(t));
  }
  return out;
}

std::size_t window_count(const py::array& x, std::size_t columns) {
  if (x.ndim() != 3 || static_cast<std::size_t>(x.shape(2)) != columns)
    throw ConfigError("windows need the shape (count, lags, " + std::to_string(columns) + ")");
  return static_cast<std::size_t>(x.shape(0));
}

using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

model::WindowView view_of(const Doubles& x, std::size_t columns) {
  const std::size_t count = window_count(x, columns);
  return {std::span(x.data(), static_cast<std::size_t>(x.size())), count,
          static_cast<std::size_t>(x.shape(1))};
}

void bind_forecast(py::module_& m) {
  py::class_<Forecast>(m, "Forecast", "Mean and quantiles of the coming steps.")
      .def(py::init([](std::string target, std::string kind, std::vector<std::int64_t> times_ns,
                       std::vector<double> mean) {
             Forecast f;
             f.target = std::move(target);
             f.model = std::move(kind);
             f.times_ns = std::move(times_ns);
             f.mean = std::move(mean);
             if (f.times_ns.size() != f.mean.size())
               throw ConfigError("a forecast needs as many times as means");
             return f;
           }),
           py::arg("target"), py::arg("model"), py::arg("times_ns"), py::arg("mean"))
      .def(
          "with_quantiles",
          [](Forecast f, std::vector<double> levels, const Doubles& quantiles) {
            if (quantiles.ndim() != 2 || quantiles.shape(0) != static_cast<int>(f.steps()) ||
                quantiles.shape(1) != static_cast<int>(levels.size()))
              throw ConfigError("quantiles need the shape (steps, levels)");
            f.levels = std::move(levels);
            f.quantiles.assign(quantiles.data(), quantiles.data() + quantiles.size());
            return f;
          },
          py::arg("levels"), py::arg("quantiles"))
      .def_readonly("target", &Forecast::target)
      .def_readonly("model", &Forecast::model)
      .def_readonly("levels", &Forecast::levels)
      .def_readonly("imputed_share", &Forecast::imputed_share)
      .def_property_readonly("times_ns",
                             [](const Forecast& f) {
                               return copy_array(f.times_ns, {static_cast<py::ssize_t>(f.steps())});
                             })
      .def_property_readonly("mean",
                             [](const Forecast& f) {
                               return copy_array(f.mean, {static_cast<py::ssize_t>(f.steps())});
                             })
      .def_property_readonly(
          "quantiles",
          [](const Forecast& f) {
            return copy_array(f.quantiles, {static_cast<py::ssize_t>(f.steps()),
                                            static_cast<py::ssize_t>(f.levels.size())});
          },
          "Steps by levels.")
      .def("__len__", &Forecast::steps)
      .def("__repr__", [](const Forecast& f) {
        return "<Forecast of " + f.target + " by " + f.model + ": " + std::to_string(f.steps()) +
               " steps>";
      });
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  py::class_<model::FitReport>(m, "FitReport", "What a fit did.")
      .def(py::init([](std::size_t rows, std::string note, double train_loss,
                       double validation_loss, int epochs) {
             return model::FitReport{rows, train_loss, validation_loss, epochs, std::move(note)};
           }),
           py::arg("rows") = 0, py::arg("note") = "", py::arg("train_loss") = unknown,
           py::arg("validation_loss") = unknown, py::arg("epochs") = 0,
           "Losses that are not given are unknown (NaN).")
      .def_readonly("rows", &model::FitReport::rows)
      .def_readonly("train_loss", &model::FitReport::train_loss)
      .def_readonly("validation_loss", &model::FitReport::validation_loss)
      .def_readonly("epochs", &model::FitReport::epochs)
      .def_readonly("note", &model::FitReport::note)
      .def("__repr__", [](const model::FitReport& r) {
        return "<FitReport: " + std::to_string(r.rows) + " rows, " + std::to_string(r.epochs) +
               " epochs; " + r.note + ">";
      });
}

/// Lstm or Gru: what they have beside the interface.
template <class R>
void bind_recurrent(py::module_& m, const char* name, const char* doc, model::Cell cell) {
  py::classh<R, Forecaster>(m, name, doc)
      .def(py::init([cell](const py::kwargs& options) {
        model::RecurrentOptions o =
            model::recurrent_options(model::recurrent_manifest(cell).check(to_value(options)));
        o.training.on_epoch = &go_on;
        return std::make_unique<R>(std::move(o));
      }))
      .def_property_readonly("columns", &R::columns)
      .def(
          "fit_windows",
          [](R& f, const Doubles& x, const Doubles& y) {
            const model::WindowView windows = view_of(x, f.columns().size());
            const std::span targets(y.data(), static_cast<std::size_t>(y.size()));
            auto report = unlocked([&] { return f.fit_windows(windows, targets); });
            rethrow_signal();
            return value_or_throw(std::move(report));
          },
          py::arg("x"), py::arg("y"), "Windows (count, lags, columns) and their targets (count).")
      .def(
          "predict_windows",
          [](const R& f, const Doubles& x) {
            const model::WindowView windows = view_of(x, f.columns().size());
            const std::size_t width =
                f.options().mode == model::LstmMode::direct ? f.options().horizon : 1;
            std::vector<double> out(windows.count * width);
            unlocked([&] { f.predict_windows(windows, out); });
            return copy_array(out, {static_cast<py::ssize_t>(out.size())});
          },
          py::arg("x"))
      .def(
          "input_gradient",
          [](const R& f, const Doubles& window, std::size_t output) {
            const std::span values(window.data(), static_cast<std::size_t>(window.size()));
            const auto out = unlocked([&] { return f.input_gradient(values, output); });
            const auto columns = static_cast<py::ssize_t>(f.columns().size());
            return copy_array(out, {static_cast<py::ssize_t>(out.size()) / columns, columns});
          },
          py::arg("window"), py::arg("output") = 0,
          "Derivative of the forecast of step `output` (0: the next) by a window (lags, columns).");
}

void bind_forecaster(py::module_& m) {
  py::classh<Forecaster, PyForecaster>(
      m, "Forecaster",
      "A model of a series' future. Subclasses define kind, fit, update, fitted, save, load and "
      "forecast.")
      .def(py::init<>())
      .def_property_readonly("kind", [](const Forecaster& f) { return std::string(f.kind()); })
      .def_property_readonly("fitted", &Forecaster::fitted)
      .def(
          "fit",
          [](Forecaster& f, const py::object& data) {
            const telemetry::Frame frame = to_frame(data);
            auto report = unlocked([&] { return f.fit(frame); });
            rethrow_signal();
            return value_or_throw(std::move(report));
          },
          py::arg("data"))
      .def(
          "update",
          [](Forecaster& f, const py::object& data) {
            const telemetry::Frame frame = to_frame(data);
            auto done = unlocked([&] { return f.update(frame); });
            rethrow_signal();
            value_or_throw(std::move(done));
          },
          py::arg("data"))
      .def(
          "forecast",
          [](Forecaster& f, std::size_t horizon, const std::vector<double>& levels) {
            return unlocked([&] { return value_or_throw(f.forecast(horizon, levels)); });
          },
          py::arg("horizon"), py::arg("levels") = std::vector<double>{})
      .def(
          "save", [](const Forecaster& f) { return state_to_python(f.save()); },
          "The fitted model as {\"attributes\": …, \"tensors\": {name: array}}.")
      .def(
          "load",
          [](Forecaster& f, const py::dict& state) {
            value_or_throw(f.load(state_from_python(state)));
          },
          py::arg("state"));
  bind_recurrent<model::Lstm>(m, "Lstm", "LSTM forecaster; options as in list_models().",
                              model::Cell::lstm);
  bind_recurrent<model::Gru>(m, "Gru", "GRU forecaster; options as in list_models().",
                             model::Cell::gru);
  py::classh<selection::AutoForecaster, Forecaster>(
      m, "AutoForecaster", "The automatic choice, fitted: what stands behind lp.Auto().")
      .def_property_readonly(
          "members",
          [](const selection::AutoForecaster& f) {
            Value out = Value::array();
            for (const selection::MemberReport& member : f.members())
              out.push(Value::object()
                           .set("name", member.name)
                           .set("error", member.error)
                           .set("weight", member.weight)
                           .set("note", member.note));
            return out;
          },
          "Who takes part: name, error by the criterion, share in the forecast, note.");
}

}  // namespace

std::string_view PyForecaster::kind() const {
  py::gil_scoped_acquire gil;
  if (kind_.empty()) {
    py::object self = py::cast(static_cast<const Forecaster*>(this));
    kind_ = py::cast<std::string>(py::type::of(self).attr("__name__"));
  }
  return kind_;
}

template <class T>
static py::function method_of(const T* self, const char* name) {
  py::function f = py::get_override(self, name);
  if (!f) throw LogicError(std::string("the model has no ") + name + "()");
  return f;
}

Result<model::FitReport> PyForecaster::fit(const telemetry::Frame& data) {
  py::gil_scoped_acquire gil;
  try {
    py::object report = method_of<Forecaster>(this, "fit")(data);
    if (py::isinstance<model::FitReport>(report)) return py::cast<model::FitReport>(report);
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    return model::FitReport{data.rows(), unknown, unknown, 0, {}};
  } catch (const py::error_already_set& e) {
    return tl::unexpected(to_failure(e));
  }
}

Result<void> PyForecaster::update(const telemetry::Frame& data) {
  py::gil_scoped_acquire gil;
  try {
    method_of<Forecaster>(this, "update")(data);
    return {};
  } catch (const py::error_already_set& e) {
    return tl::unexpected(to_failure(e));
  }
}

ModelState PyForecaster::save() const {
  py::gil_scoped_acquire gil;
  return state_from_python(method_of<Forecaster>(this, "save")());
}

bool PyForecaster::fitted() const {
  py::gil_scoped_acquire gil;
  return py::cast<bool>(method_of<Forecaster>(this, "is_fitted")());
}

Result<void> PyForecaster::load(const ModelState& state) {
  py::gil_scoped_acquire gil;
  try {
    method_of<Forecaster>(this, "load")(state_to_python(state));
    return {};
  } catch (const py::error_already_set& e) {
    return tl::unexpected(to_failure(e));
  }
}

Result<Forecast> PyForecaster::forecast(std::size_t horizon, std::span<const double> levels) {
  py::gil_scoped_acquire gil;
  try {
    const std::vector<double> list(levels.begin(), levels.end());
    return py::cast<Forecast>(method_of<Forecaster>(this, "forecast")(horizon, list));
  } catch (const py::error_already_set& e) {
    return tl::unexpected(to_failure(e));
  }
}

void bind_model(py::module_& m) {
  bind_forecast(m);
  bind_forecaster(m);
}

}  // namespace learningplane::python
