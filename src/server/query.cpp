#include "server/query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"

namespace learningplane::server {

namespace {

Answer refuse(int status, std::string_view type, std::string_view message) {
  return {status, "application/json",
          dump_json(
              Value::object().set("status", "error").set("errorType", type).set("error", message))};
}
Answer bad_data(std::string_view message) { return refuse(400, "bad_data", message); }

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%') {
      unsigned byte = 0;
      if (i + 2 >= text.size()) return std::nullopt;
      const auto read = std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
      if (read.ec != std::errc{} || read.ptr != text.data() + i + 3) return std::nullopt;
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

using Form = std::map<std::string, std::string>;

/// The first value of each name counts. Absent where it is no form.
std::optional<Form> form_of(std::string_view text) {
  Form out;
  while (!text.empty()) {
    const auto item = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    if (item.empty()) continue;
    const auto sign = std::min(item.find('='), item.size());
    const auto name = decoded(item.substr(0, sign));
    const auto value = decoded(item.substr(std::min(sign + 1, item.size())));
    if (!name || !value) return std::nullopt;
    out.try_emplace(*name, *value);
  }
  return out;
}

std::optional<double> number_of(std::string_view text) {
  double v = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), v);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size() ||
      !std::isfinite(v))
    return std::nullopt;
  return v;
}

/// Milliseconds since 1970 of "1700000000.5" or an RFC 3339 time.
std::optional<std::int64_t> time_of(const std::string& text) {
  if (const auto seconds = number_of(text)) {
    if (std::abs(*seconds) > 9e9) return std::nullopt;
    return static_cast<std::int64_t>(std::llround(*seconds * 1000));
  }
  const auto at = parse_iso8601(text);
  if (!at) return std::nullopt;
  return std::chrono::floor<std::chrono::milliseconds>(*at).time_since_epoch().count();
}

std::optional<std::int64_t> step_of(const std::string& text) {
  double ms = 0;
  if (const auto seconds = number_of(text)) {
    ms = *seconds * 1000;
  } else {
    const auto d = parse_duration(text);
    if (!d) return std::nullopt;
    ms = static_cast<double>(d->count()) / 1e6;
  }
  if (!(ms >= 1) || ms > 9e12) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(ms));
}

TimePoint moment(std::int64_t ms) { return TimePoint(std::chrono::milliseconds(ms)); }

Value seconds(std::int64_t ms) {
  return ms % 1000 == 0 ? Value(ms / 1000) : Value(static_cast<double>(ms) / 1000);
}

Value metric_of(const agent::ForecastBoard::Series& s) {
  Value metric = Value::object().set("__name__", s.name);
  for (const auto& [name, value] : s.labels) metric.set(name, value);
  return metric;
}

Answer success(std::string_view type, Value result) {
  Value data = Value::object().set("resultType", type).set("result", std::move(result));
  return {200, "application/json",
          dump_json(Value::object().set("status", "success").set("data", std::move(data)))};
}

/// The newest sample at or before a moment that is not older than the look-back; walks forward.
class Walk {
 public:
  Walk(const agent::ForecastBoard::Series& s, Duration lookback)
      : samples_(s.samples), lookback_(lookback.count()) {}
  std::optional<double> at(std::int64_t ns) {
    while (next_ < samples_.size() && samples_[next_].time_ns <= ns) ++next_;
    if (next_ == 0 || ns - samples_[next_ - 1].time_ns >= lookback_) return std::nullopt;
    return samples_[next_ - 1].value;
  }

 private:
  const std::vector<agent::ForecastBoard::Sample>& samples_;
  std::int64_t lookback_;
  std::size_t next_ = 0;
};

std::vector<agent::ForecastBoard::Series> chosen(const agent::ForecastBoard& board,
                                                 const Selector& selector, std::int64_t from,
                                                 std::int64_t to) {
  auto all = board.samples(moment(from), moment(to));
  std::erase_if(all, [&](const auto& s) { return !selector.matches(s.name, s.labels); });
  return all;
}

Value pair_of(std::int64_t ms, double v) {
  return Value(Value::Array{seconds(ms), Value(fmt::format("{}", v))});
}

/// What both endpoints read first.
struct Asked {
  Form form{};
  Selector selector{};
};
Result<Asked> asked(std::string_view text) {
  auto form = form_of(text);
  if (!form) return fail(Errc::malformed, "the parameters are no form");
  auto selector = parse_selector((*form)["query"]);
  if (!selector) return tl::unexpected(selector.error());
  return Asked{std::move(*form), std::move(*selector)};
}

std::string invalid(std::string_view name, const std::string& value) {
  return fmt::format("invalid parameter \"{}\": cannot parse \"{}\"", name, value.substr(0, 100));
}

/// Reads a selector from left to right.
class SelectorReader {
 public:
  explicit SelectorReader(std::string_view text) : text_(text) {}

  Result<Selector> read() {
    Selector out;
    skip();
    if (const std::string name = word(); !name.empty())
      out.matchers.push_back({"__name__", Matcher::Kind::equal, {name}});
    skip();
    if (take('{')) {
      for (skip(); !take('}'); skip()) {
        auto matcher = one();
        if (!matcher) return tl::unexpected(matcher.error());
        out.matchers.push_back(std::move(*matcher));
        skip();
        if (!take(',') && (at_ >= text_.size() || text_[at_] != '}')) return wrong("',' or '}'");
      }
    }
    skip();
    if (at_ != text_.size())
      return wrong("the end; only selectors are answered here, no functions");
    if (out.matchers.empty())
      return wrong("a series, like learningplane_forecast_mean{site=\"a\"}");
    return out;
  }

 private:
  tl::unexpected<Failure> wrong(std::string_view expected) const {
    return fail(Errc::malformed, fmt::format("invalid parameter \"query\": 1:{}: parse error: "
                                             "expected {}",
                                             at_ + 1, expected));
  }
  void skip() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string word() {
    const auto begin = at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
      if (!letter && !(c >= '0' && c <= '9' && at_ > begin)) break;
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }
  Result<Matcher> one() {
    Matcher m;
    m.label = word();
    if (m.label.empty()) return wrong("a label's name");
    skip();
    const std::string_view op = text_.substr(at_, 2);
    const bool regex = op == "=~" || op == "!~";
    m.kind = op == "=~"   ? Matcher::Kind::any_of
             : op == "!~" ? Matcher::Kind::none_of
             : op == "!=" ? Matcher::Kind::not_equal
                          : Matcher::Kind::equal;
    if (m.kind == Matcher::Kind::equal && !op.starts_with('=')) return wrong("=, !=, =~ or !~");
    at_ += m.kind == Matcher::Kind::equal ? 1 : 2;
    skip();
    auto text = quoted();
    if (!text) return tl::unexpected(text.error());
    if (!regex) {
      m.values = {*text};
      return m;
    }
    if (auto read = alternatives(*text, m); !read) return tl::unexpected(read.error());
    return m;
  }
  Result<std::string> quoted() {
    if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\''))
      return wrong("a quoted text");
    const char quote = text_[at_++];
    std::string out;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\') {
        if (++at_ >= text_.size()) break;
        if (std::string_view("\\\"'").find(text_[at_]) == std::string_view::npos)
          return wrong("\\\\, \\\" or \\' after a backslash");
      }
      out += text_[at_++];
    }
    if (!take(quote)) return wrong("the closing quote");
    return out;
  }
  Result<void> alternatives(std::string_view text, Matcher& m) const {
    if (text.starts_with('(') && text.ends_with(')')) text = text.substr(1, text.size() - 2);
    while (true) {
      const auto one = text.substr(0, text.find('|'));
      if (one == ".*") {
        m.anything = true;
      } else if (one == ".+") {
        m.something = true;
      } else {
        std::string plain;
        for (std::size_t i = 0; i < one.size(); ++i) {
          // "\." is how dashboards write the dot of a name.
          if (one[i] == '\\' && i + 1 < one.size()) {
            plain += one[++i];
          } else if (std::string_view("\\^$*+?()[]{}").find(one[i]) != std::string_view::npos) {
            return wrong("plain alternatives (a|b), .* or .+ as regular expression");
          } else {
            plain += one[i];
          }
        }
        m.values.push_back(std::move(plain));
      }
      if (one.size() == text.size()) return {};
      text.remove_prefix(one.size() + 1);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool Matcher::matches(std::string_view text) const {
  const bool found = anything || (something && !text.empty()) ||
                     std::find(values.begin(), values.end(), text) != values.end();
  return kind == Kind::equal || kind == Kind::any_of ? found : !found;
}

bool Selector::matches(std::string_view name, const Labels& labels) const {
  return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& m) {
    return m.matches(m.label == "__name__" ? name
                                           : labels.get(m.label).value_or(std::string_view{}));
  });
}

Result<Selector> parse_selector(std::string_view text) {
  if (text.size() > 4096) return fail(Errc::too_large, "the query is longer than 4096 bytes");
  return SelectorReader(text).read();
}

Answer query_range(const agent::ForecastBoard& board, std::string_view text) {
  auto ask = asked(text);
  if (!ask) return bad_data(ask.error().message);
  const auto start = time_of(ask->form["start"]);
  const auto end = time_of(ask->form["end"]);
  const auto step = step_of(ask->form["step"]);
  if (!start) return bad_data(invalid("start", ask->form["start"]));
  if (!end) return bad_data(invalid("end", ask->form["end"]));
  if (!step) return bad_data(invalid("step", ask->form["step"]));
  if (*end < *start)
    return bad_data("invalid parameter \"end\": end timestamp must not be before start time");
  const std::int64_t points = (*end - *start) / *step + 1;
  if (points > static_cast<std::int64_t>(max_points))
    return bad_data(fmt::format("more than {} points of a series: widen the step", max_points));
  const auto series = chosen(board, ask->selector, *start, *end);
  if (series.size() * static_cast<std::size_t>(points) > max_values)
    return refuse(422, "execution",
                  fmt::format("{} series of {} points pass the limit of {} values", series.size(),
                              points, max_values));
  Value result = Value::array();
  for (const auto& s : series) {
    Walk walk(s, board.lookback());
    Value values = Value::array();
    for (std::int64_t ms = *start; ms <= *end; ms += *step) {
      if (const auto v = walk.at(to_ns(moment(ms)))) values.push(pair_of(ms, *v));
    }
    if (values.size() > 0)
      result.push(Value::object().set("metric", metric_of(s)).set("values", std::move(values)));
  }
  return success("matrix", std::move(result));
}

Answer query_instant(const agent::ForecastBoard& board, std::string_view text) {
  auto ask = asked(text);
  if (!ask) return bad_data(ask.error().message);
  const std::string given = ask->form["time"];
  const auto time = given.empty()
                        ? std::optional(std::chrono::floor<std::chrono::milliseconds>(board.now())
                                            .time_since_epoch()
                                            .count())
                        : time_of(given);
  if (!time) return bad_data(invalid("time", given));
  Value result = Value::array();
  for (const auto& s : chosen(board, ask->selector, *time, *time)) {
    if (const auto v = Walk(s, board.lookback()).at(to_ns(moment(*time))))
      result.push(Value::object().set("metric", metric_of(s)).set("value", pair_of(*time, *v)));
  }
  return success("vector", std::move(result));
}

}  // namespace learningplane::server
