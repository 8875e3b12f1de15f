#include "convert.hpp"
#include "learningplane/json.hpp"
#include "learningplane/profiling/application_classifier.hpp"
#include "learningplane/profiling/next_phase.hpp"
#include "learningplane/profiling/phase_features.hpp"
#include "learningplane/profiling/phase_statistics.hpp"
#include "learningplane/profiling/phases.hpp"
#include "learningplane/report/phases_report.hpp"
#include "module.hpp"

namespace learningplane::python {

using namespace profiling;

namespace {

/// A list of (labels, times in nanoseconds, rows of numbers) as data. Nothing is checked here.
PhaseData data_of(const std::vector<std::string>& features, const py::list& sequences) {
  using Rows = py::array_t<double, py::array::c_style | py::array::forcecast>;
  PhaseData out{.features = features};
  for (const py::handle& item : sequences) {
    const auto [labels, times, rows] = py::cast<std::tuple<Labels, py::array, Rows>>(item);
    out.sequences.push_back({labels,
                             to_buffer<std::int64_t>(times).to_vector(),
                             {rows.data(), rows.data() + rows.size()}});
  }
  return out;
}

/// A frame's sequences as data_of() takes them, and the features.
py::tuple sequences_of(const py::object& frame, const std::vector<std::string>& features,
                       bool negative_allowed) {
  const PhaseData data = value_or_throw(phase_data(to_frame(frame), {features, negative_allowed}));
  py::list out;
  const auto width = static_cast<py::ssize_t>(data.features.size());
  for (const PhaseSequence& s : data.sequences) {
    const auto n = static_cast<py::ssize_t>(s.times_ns.size());
    out.append(py::make_tuple(py::cast(s.labels), copy_array(s.times_ns, {n}),
                              copy_array(s.rows, {n, width})));
  }
  return py::make_tuple(data.features, out);
}

/// Labels as (labels, times, phases).
py::list to_python(const std::vector<PhaseLabels>& labels) {
  py::list out;
  for (const PhaseLabels& l : labels) {
    const auto n = static_cast<py::ssize_t>(l.phases.size());
    out.append(
        py::make_tuple(py::cast(l.labels), copy_array(l.times_ns, {n}), copy_array(l.phases, {n})));
  }
  return out;
}
std::vector<PhaseLabels> labels_of(const py::list& labels) {
  std::vector<PhaseLabels> out;
  for (const py::handle& item : labels) {
    const auto [names, times, phases] = py::cast<std::tuple<Labels, py::array, py::array>>(item);
    out.push_back({names, to_buffer<std::int64_t>(times).to_vector(),
                   to_buffer<std::int32_t>(phases).to_vector()});
  }
  return out;
}

/// The page of `learningplane phases --report`. @param fit what fit() gave on these rows, or None
std::string page_of(const profiling::Phases& self, const std::vector<std::string>& features,
                    const py::list& sequences, const Value& fit) {
  report::PhasesReport page{.source = "these rows",
                            .model = fit.is_null() ? "an earlier fit" : "",
                            .options = self.options(),
                            .data = data_of(features, sequences),
                            .fit = fit};
  return unlocked([&] {
    page.labels = value_or_throw(self.label(page.data));
    page.statistics = phase_statistics(page.data, page.labels, self.count());
    return report::to_html(page);
  });
}

NextPhaseOptions next_options(const std::string& method, std::size_t recent, std::size_t ahead,
                              std::uint64_t seed) {
  NextPhaseOptions o{.recent = recent, .ahead = ahead, .seed = seed};
  if (method != "markov" && method != "mlp")
    throw ConfigError("", "method", method, "markov or mlp");
  o.method = method == "markov" ? NextPhaseMethod::markov : NextPhaseMethod::mlp;
  return o;
}

void bind_next(py::module_& m) {
  py::class_<NextPhase>(m, "_NextPhase", "See learningplane.NextPhase.")
      .def(py::init([](const std::string& method, std::size_t recent, std::size_t ahead,
                       std::uint64_t seed) {
             return std::make_unique<NextPhase>(next_options(method, recent, ahead, seed));
           }),
           py::arg("method"), py::arg("recent"), py::arg("ahead"), py::arg("seed"))
      .def("fit",
           [](NextPhase& self, const std::vector<std::string>& features, const py::list& sequences,
              const py::list& labels, std::size_t k) {
             const PhaseData data = data_of(features, sequences);
             const auto told = labels_of(labels);
             unlocked([&] { value_or_throw(self.fit(data, told, k)); });
           })
      .def("probabilities",
           [](const NextPhase& self, const std::vector<std::string>& features,
              const py::list& sequences, const py::list& labels) {
             const PhaseData data = data_of(features, sequences);
             const auto told = labels_of(labels);
             py::list out;
             for (std::size_t s = 0; s < told.size(); ++s) {
               std::vector<std::vector<double>> rows;
               for (std::size_t i = 0; i < told[s].phases.size(); ++i)
                 rows.push_back(self.probabilities(data.sequences[s], told[s], i));
               out.append(rows);
             }
             return out;
           })
      .def("score", [](const NextPhase& self, const std::vector<std::string>& features,
                       const py::list& sequences, const py::list& labels) {
        const PhaseData data = data_of(features, sequences);
        return to_value(value_or_throw(score_next_phase(self, data, labels_of(labels))));
      });
}

}  // namespace

void bind_profiling(py::module_& m) {
  py::class_<profiling::Phases>(m, "_Phases", "See learningplane.Phases.")
      .def(py::init([](const Value& options) {
        return std::make_unique<profiling::Phases>(phase_options(options));
      }))
      .def_static("load",
                  [](const std::string& path) {
                    return std::make_unique<profiling::Phases>(
                        value_or_throw(profiling::Phases::load(path)));
                  })
      .def_static("from_text",
                  [](const std::string& text) {
                    return std::make_unique<profiling::Phases>(value_or_throw(
                        profiling::Phases::from_value(value_or_throw(parse_json(text)))));
                  })
      .def("to_text", [](const profiling::Phases& self) { return dump_json(self.to_value()); })
      .def("save", [](const profiling::Phases& self,
                      const std::string& path) { value_or_throw(self.save(path)); })
      .def("fit",
           [](profiling::Phases& self, const std::vector<std::string>& features,
              const py::list& sequences) {
             const PhaseData data = data_of(features, sequences);
             return to_value(unlocked([&] {
               return value_or_throw(self.fit(data, [](std::size_t, double) {
                 // Between two epochs: Ctrl-C ends the training.
                 py::gil_scoped_acquire gil;
                 if (PyErr_CheckSignals() != 0) throw py::error_already_set();
                 return true;
               }));
             }));
           })
      .def("label",
           [](const profiling::Phases& self, const std::vector<std::string>& features,
              const py::list& sequences) {
             const PhaseData data = data_of(features, sequences);
             return to_python(unlocked([&] { return value_or_throw(self.label(data)); }));
           })
      .def("update",
           [](profiling::Phases& self, const std::vector<std::string>& features,
              const py::list& sequences) {
             return to_value(value_or_throw(self.update(data_of(features, sequences))));
           })
      .def("extend",
           [](profiling::Phases& self, const std::vector<std::string>& features,
              const py::list& sequences, std::optional<std::int32_t> phase, std::size_t k,
              std::uint64_t seed) {
             return to_value(
                 value_or_throw(self.extend(data_of(features, sequences), {phase, k, seed})));
           })
      .def("activations",
           [](const profiling::Phases& self, const std::vector<std::string>& features,
              const py::list& sequences) {
             py::list out;
             for (const PhaseSequence& s : data_of(features, sequences).sequences)
               out.append(copy_array(self.activations(s),
                                     {static_cast<py::ssize_t>(s.times_ns.size()),
                                      static_cast<py::ssize_t>(self.crbm().weights().hidden)}));
             return out;
           })
      .def(
          "statistics",
          [](const profiling::Phases& self, const std::vector<std::string>& features,
             const py::list& sequences) {
            const PhaseData data = data_of(features, sequences);
            return to_value(phase_statistics(data, value_or_throw(self.label(data)), self.count()));
          })
      .def("to_html", &page_of, py::arg("features"), py::arg("sequences"), py::arg("fit"))
      .def_property_readonly("options",
                             [](const profiling::Phases& self) { return to_value(self.options()); })
      .def_property_readonly("features", &profiling::Phases::features)
      .def_property_readonly("count", &profiling::Phases::count)
      .def_property_readonly("centroids", [](const profiling::Phases& self) {
        const auto hidden = static_cast<py::ssize_t>(self.crbm().weights().hidden);
        std::vector<double> all = self.clusters().centroids;
        for (const PhaseExtension& e : self.extensions())
          all.insert(all.end(), e.clusters.centroids.begin(), e.clusters.centroids.end());
        return copy_array(all, {static_cast<py::ssize_t>(all.size()) / hidden, hidden});
      });
  bind_next(m);
  m.def("_phase_manifest", [] { return phase_manifest().to_value(); });
  m.def("_phase_sequences", &sequences_of, py::arg("frame"), py::arg("features"),
        py::arg("negative_allowed"));
  m.def("_with_phases",
        [](const py::object& frame, const py::list& labels, std::size_t k, bool one_hot) {
          return value_or_throw(with_phases(to_frame(frame), labels_of(labels), k,
                                            one_hot ? PhaseColumns::one_hot : PhaseColumns::index));
        });
  m.def("_application_profile", [](const std::string& name, const std::string& model,
                                   const py::list& labels, std::size_t k) {
    return to_value(value_or_throw(application_profile(name, model, labels_of(labels), k)));
  });
  m.def("_classify",
        [](const py::list& known, const py::list& labels, std::size_t k, double minutes,
           double transition_weight, double farthest, const std::string& fallback) {
          std::vector<ApplicationProfile> profiles;
          for (const py::handle& p : known)
            profiles.push_back(value_or_throw(application_profile_from_value(to_value(p))));
          std::vector<PhaseLabels> seen = labels_of(labels);
          if (minutes > 0) seen = first_minutes(seen, minutes);
          return to_value(
              value_or_throw(classify(profiles, seen, k, {transition_weight, farthest, fallback})));
        });
}

}  // namespace learningplane::python
