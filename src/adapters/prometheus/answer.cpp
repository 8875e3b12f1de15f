#include "adapters/prometheus/answer.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

namespace learningplane::adapters::prometheus {

namespace {

namespace od = simdjson::ondemand;

/// Leaves the parser; becomes the failure.
struct Refused {
  Errc code;
  std::string message;
};

// Times outside this cannot be held in nanoseconds.
constexpr double max_ms = 9.2e12;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "1715762700.123" in milliseconds; false where the text has another shape than the usual one.
bool usual_time(std::string_view token, std::int64_t& ms) {
  std::size_t i = 0;
  std::int64_t seconds = 0;
  while (i < token.size() && i < 10 && is_digit(token[i]))
    seconds = seconds * 10 + (token[i++] - '0');
  if (i == 0 || (token[0] == '0' && i > 1)) return false;
  std::int64_t fraction = 0;
  if (i < token.size() && token[i] == '.') {
    std::int64_t weight = 100;
    const std::size_t first = ++i;
    while (i < token.size() && i < first + 3 && is_digit(token[i])) {
      fraction += weight * (token[i++] - '0');
      weight /= 10;
    }
    if (i == first) return false;
  }
  while (i < token.size() && is_space(token[i])) ++i;
  ms = seconds * 1000 + fraction;
  return i == token.size();
}

/// A sample's value as Go writes it: "1.5", "-3e-07", "NaN", "+Inf", "-Inf". What lies outside of
/// the doubles is no value.
bool read_value(std::string_view text, double& out) {
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  if (text.size() > sign && is_digit(text[sign])) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
  }
  if (text == "NaN")
    out = std::numeric_limits<double>::quiet_NaN();
  else if (text == "+Inf" || text == "Inf")
    out = std::numeric_limits<double>::infinity();
  else if (text == "-Inf")
    out = -std::numeric_limits<double>::infinity();
  else
    return false;
  return true;
}

/// One pass over one document. Errors of simdjson come as simdjson_error, ours as Refused.
class Reader {
 public:
  explicit Reader(const AnswerLimits& limits) : limits_(limits) {}

  Answer read(od::document& document) {
    od::object top = document.get_object();
    bool status = false;
    for (auto item : top) {
      const std::string key(std::string_view(item.unescaped_key()));
      path_ = key;
      od::value value = item.value();
      if (key == "status") {
        once(status);
        answer_.success = read_status(value);
      } else if (key == "data") {
        once(data_);
        read_data(value);
      } else if (key == "error") {
        answer_.error = text(value);
      } else if (key == "errorType") {
        answer_.error_type = text(value);
      } else if (key == "warnings" || key == "infos") {
        read_notes(value, key == "warnings" ? answer_.warnings : answer_.infos);
      } else if (key == "isPartial") {
        answer_.partial = value.get_bool();
      } else {
        pass_over(value, 0);
      }
    }
    path_.clear();
    // The reader has a place only where something is left.
    if (!document.current_location().error()) refuse("something follows after the end");
    if (!status) refuse("\"status\" is missing");
    if (answer_.success) check_result();
    return std::move(answer_);
  }

  /// Where in the document the reading stands: "data.result[3].values[17]".
  std::string path() const { return sample_ < 0 ? path_ : fmt::format("{}[{}]", path_, sample_); }

 private:
  [[noreturn]] static void refuse(std::string_view what, Errc code = Errc::malformed) {
    throw Refused{code, std::string(what)};
  }
  static void once(bool& seen) {
    if (seen) refuse("stands twice");
    seen = true;
  }
  static std::string text(od::value value) {
    return std::string(std::string_view(value.get_string()));
  }

  static bool read_status(od::value value) {
    const std::string_view status = value.get_string();
    if (status != "success" && status != "error") refuse("neither \"success\" nor \"error\"");
    return status == "success";
  }

  static void read_notes(od::value value, std::vector<std::string>& notes) {
    if (value.is_null()) return;
    for (auto note : value.get_array()) {
      if (notes.size() == 1000) refuse("more than 1000 of them", Errc::too_large);
      notes.push_back(text(note.value()));
    }
  }

  void read_data(od::value value) {
    if (value.is_null()) return;
    if (value.type() != od::json_type::object) {
      // Errors come with "data" of any kind; a success is checked at the end.
      pass_over(value, 0);
      return;
    }
    for (auto item : value.get_object()) {
      const std::string key(std::string_view(item.unescaped_key()));
      path_ = "data." + key;
      od::value part = item.value();
      if (key == "resultType") {
        once(typed_);
        read_type(part.get_string());
      } else if (key == "result") {
        once(result_);
        read_result(part);
      } else {
        pass_over(part, 1);
      }
    }
  }

  void read_type(std::string_view type) {
    if (type == "matrix")
      answer_.type = ResultType::matrix;
    else if (type == "vector")
      answer_.type = ResultType::vector;
    else if (type == "scalar")
      answer_.type = ResultType::scalar;
    else if (type == "string")
      refuse("the expression gives a text, not numbers", Errc::unsupported);
    else
      refuse("neither matrix, vector nor scalar");
  }

  /// Told by its shape, as the type may come after it.
  void read_result(od::value value) {
    if (value.is_null()) return;  // some servers write null for "nothing"
    std::size_t at = 0;
    for (auto element : value.get_array()) {
      od::value entry = element.value();
      if (entry.type() == od::json_type::object) {
        if (scalar_part_ != 0) refuse("a series within a scalar");
        if (answer_.series.size() == limits_.series)
          refuse(fmt::format("more than {} series", limits_.series), Errc::too_large);
        read_series(entry.get_object(), at);
      } else {
        read_scalar_part(entry, at);
      }
      ++at;
    }
    path_ = "data.result";
    if (scalar_part_ == 1) refuse("a sample needs a time and a value");
  }

  void read_scalar_part(od::value entry, std::size_t at) {
    path_ = fmt::format("data.result[{}]", at);
    if (at == 0) {
      answer_.series.emplace_back();
      answer_.series.back().times_ms.push_back(time(entry));
    } else if (at == 1 && scalar_part_ == 1) {
      answer_.series.back().values.push_back(number(entry));
    } else {
      refuse("not a series");
    }
    ++scalar_part_;
  }

  void read_series(od::object object, std::size_t index) {
    AnswerSeries series;
    // The usual next one is as long as the last.
    if (!answer_.series.empty()) {
      series.times_ms.reserve(answer_.series.back().times_ms.size());
      series.values.reserve(answer_.series.back().times_ms.size());
    }
    bool metric = false, samples = false;
    for (auto item : object) {
      const std::string_view key = item.unescaped_key();
      od::value part = item.value();
      const auto here = [&] { path_ = fmt::format("data.result[{}].{}", index, key); };
      if (key == "values") {
        here();
        once(samples);
        has_values_ = true;
        read_values(part, series);
      } else if (key == "value") {
        here();
        once(samples);
        has_value_ = true;
        read_sample(part, series);
      } else if (key == "metric") {
        here();
        once(metric);
        read_metric(part, series);
      } else if (key == "histogram" || key == "histograms") {
        here();
        refuse(fmt::format("the series {} holds native histograms; ask for a number of them, as "
                           "histogram_quantile(), histogram_sum() or histogram_count() give",
                           Labels(series.metric).to_string()),
               Errc::unsupported);
      } else {
        here();
        pass_over(part, 3);
      }
    }
    path_ = fmt::format("data.result[{}]", index);
    if (!metric) refuse("\"metric\" is missing");
    if (!samples) refuse("\"values\" and \"value\" are missing");
    answer_.series.push_back(std::move(series));
  }

  static void read_metric(od::value value, AnswerSeries& series) {
    for (auto item : value.get_object()) {
      std::string name(std::string_view(item.unescaped_key()));
      series.metric.emplace_back(std::move(name), text(item.value().value()));
    }
  }

  void read_values(od::value value, AnswerSeries& series) {
    sample_ = 0;
    for (auto sample : value.get_array()) {
      if (++samples_ > limits_.samples)
        refuse(fmt::format("more than {} samples", limits_.samples), Errc::too_large);
      read_sample(sample.value(), series);
      ++sample_;
    }
    sample_ = -1;
  }

  static void read_sample(od::value value, AnswerSeries& series) {
    std::size_t part = 0;
    for (auto element : value.get_array()) {
      if (part == 0)
        series.times_ms.push_back(time(element.value()));
      else if (part == 1)
        series.values.push_back(number(element.value()));
      else
        refuse("a sample has a time and a value, no more");
      ++part;
    }
    if (part != 2) refuse("a sample needs a time and a value");
  }

  static std::int64_t time(od::value value) {
    std::int64_t ms = 0;
    if (usual_time(value.raw_json_token(), ms)) return ms;
    const double exact = std::round(double(value.get_double()) * 1000.0);
    if (!(std::abs(exact) <= max_ms)) refuse("the time is outside of what can be held");
    return static_cast<std::int64_t>(exact);
  }

  static double number(od::value value) {
    std::string_view token = value.raw_json_token();
    while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
    double out = 0;
    if (token.size() > 2 && token.front() == '"' &&
        read_value(token.substr(1, token.size() - 2), out)) {
      return out;
    }
    const std::string_view unescaped = value.get_string();
    if (!read_value(unescaped, out))
      refuse(fmt::format("\"{}\" is no number", unescaped.substr(0, 40)));
    return out;
  }

  /// Reads over what we do not know, and still refuses what is no JSON.
  void pass_over(od::value value, std::size_t depth) const {
    if (depth > limits_.depth)
      refuse(fmt::format("deeper than {} levels", limits_.depth), Errc::too_large);
    switch (value.type()) {
      case od::json_type::array:
        for (auto element : value.get_array()) pass_over(element.value(), depth + 1);
        break;
      case od::json_type::object:
        for (auto item : value.get_object()) {
          (void)std::string_view(item.unescaped_key());
          pass_over(item.value(), depth + 1);
        }
        break;
      case od::json_type::number: (void)double(value.get_double()); break;
      case od::json_type::string: (void)std::string_view(value.get_string()); break;
      case od::json_type::boolean: (void)bool(value.get_bool()); break;
      case od::json_type::null:
        if (!value.is_null()) refuse("not JSON");
        break;
    }
  }

  void check_result() const {
    if (!typed_ || !result_) refuse("data.resultType or data.result is missing");
    const bool fits = (answer_.type == ResultType::matrix && !has_value_ && scalar_part_ == 0) ||
                      (answer_.type == ResultType::vector && !has_values_ && scalar_part_ == 0) ||
                      (answer_.type == ResultType::scalar && scalar_part_ == 2);
    if (!fits) refuse("data.result is not what data.resultType says");
  }

  const AnswerLimits& limits_;
  Answer answer_{};
  std::string path_{};
  std::ptrdiff_t sample_ = -1;
  std::size_t samples_ = 0;
  std::size_t scalar_part_ = 0;
  bool data_ = false, typed_ = false, result_ = false, has_value_ = false, has_values_ = false;
};

}  // namespace

Result<Answer> parse_answer(std::string body, const AnswerLimits& limits) {
  od::parser parser;
  od::document document;
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  const auto place = [&](const std::string& path, std::string_view what) {
    const char* at = nullptr;
    const bool inside = document.is_alive() && !document.current_location().get(at);
    return fmt::format("answer: {}{}{} (byte {} of {})", path, path.empty() ? "" : ": ", what,
                       inside ? at - body.data() : static_cast<std::ptrdiff_t>(body.size()),
                       body.size());
  };
  if (const auto error = parser.iterate(body).get(document))
    return fail(Errc::malformed, place("", simdjson::error_message(error)));
  Reader reader(limits);
  try {
    return reader.read(document);
  } catch (const Refused& refused) {
    return fail(refused.code, place(reader.path(), refused.message));
  } catch (const simdjson::simdjson_error& e) {
    return fail(Errc::malformed, place(reader.path(), e.what()));
  }
}

}  // namespace learningplane::adapters::prometheus
