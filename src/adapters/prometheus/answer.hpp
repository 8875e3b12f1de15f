#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "learningplane/labels.hpp"
#include "learningplane/result.hpp"

namespace learningplane::adapters::prometheus {

/// One series as it came: values may be NaN or infinite.
struct AnswerSeries {
  std::vector<Labels::Pair> metric{};
  std::vector<std::int64_t> times_ms{};
  std::vector<double> values{};
};

enum class ResultType { none, matrix, vector, scalar };

/// An answer of the HTTP API, of whatever outcome.
struct Answer {
  bool success = false;
  std::string error_type{};
  std::string error{};
  std::vector<std::string> warnings{};
  std::vector<std::string> infos{};
  bool partial = false;  ///< VictoriaMetrics' isPartial
  ResultType type = ResultType::none;
  std::vector<AnswerSeries> series{};
};

struct AnswerLimits {
  std::size_t depth = 32;  ///< of parts that are read over
  std::size_t series = 1'000'000;
  std::size_t samples = 50'000'000;
};

/// Reads the whole answer or nothing.
/// @param body taken by value, as the parser needs room behind its end
/// @return malformed (path in the document and byte), too_large, unsupported (native histograms and
/// strings, naming the series)
Result<Answer> parse_answer(std::string body, const AnswerLimits& limits = {});

}  // namespace learningplane::adapters::prometheus
