#pragma once
#include <fstream>
#include <sstream>
#include <string>

#include "learningplane/profiling/phases.hpp"
#include "learningplane/telemetry/csv.hpp"
#include "support/series.hpp"
#include "support/skip.hpp"

namespace support {

/// A web application that nobody labelled: idle, serving and computing in turn, in spells of 8 to
/// 20 rows, as cpu (cores) and memory (bytes). @param speed stretches the spells
inline learningplane::telemetry::Frame three_behaviours(std::size_t rows, std::uint64_t seed = 5,
                                                        double speed = 1.0) {
  learningplane::model::detail::LstmRandom random(seed);
  std::vector<double> cpu, memory;
  std::size_t kind = 0, left = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    if (left == 0) {
      kind = (kind + 1 + random.below(2)) % 3;
      left = static_cast<std::size_t>(speed * static_cast<double>(8 + random.below(12)));
    }
    --left;
    cpu.push_back((kind == 0 ? 0.1 : kind == 1 ? 1.0 : 3.5) * (1 + 0.05 * random.uniform()));
    memory.push_back((kind == 0 ? 2e8 : kind == 1 ? 9e8 : 5e8) * (1 + 0.05 * random.uniform()));
  }
  return minutes_of({{"cpu", cpu}, {"memory", memory}});
}

/// A CSV of data/ai4dl. The rows of one of them begin with a number that the header does not name.
inline learningplane::profiling::PhaseData ai4dl(const std::filesystem::path& dir,
                                                 const std::string& file,
                                                 std::vector<std::string> features) {
  using namespace learningplane;
  std::ifstream in(dir / file);
  std::string text, line;
  for (std::size_t i = 0; std::getline(in, line); ++i) {
    const bool numbered = i > 0 && file == "sample-vr.csv";
    text += (numbered ? line.substr(line.find(',') + 1) : line) + '\n';
  }
  telemetry::CsvOptions csv;
  csv.time_column = "timestamp";
  csv.label_columns = {"pod.id"};
  csv.ignore_columns = {"service"};
  return value_or_throw(profiling::phase_data(value_or_throw(telemetry::parse_csv(text, csv)),
                                              {.features = std::move(features)}));
}

}  // namespace support
