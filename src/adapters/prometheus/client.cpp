#include "adapters/prometheus/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "adapters/prometheus/columns.hpp"
#include "http/retry.hpp"

namespace learningplane::adapters::prometheus {

namespace {

std::string encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' || c == '~')
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

/// The beginning of a text that is no JSON, without line breaks.
std::string first_words(const std::string& body) {
  std::string out = body.substr(0, 200);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 32) c = ' ';
  }
  return out;
}

Errc code_of(int status) {
  switch (status) {
    case 400: return Errc::invalid_argument;
    case 401: return Errc::unauthorized;
    case 404: return Errc::not_found;
    case 413: return Errc::too_large;
    case 429: return Errc::rate_limited;
    case 504: return Errc::timeout;
    default: return status >= 500 ? Errc::unavailable : Errc::refused;
  }
}

bool is_token(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

void check(const PrometheusOptions& o) {
  if (o.queries.empty()) throw ConfigError("", "queries", "[]", "write at least one query");
  for (const Query& q : o.queries) {
    if (q.query.empty()) throw ConfigError("", "queries", q.name, "the query is empty");
  }
  if (const auto g = grid_of({from_ns(0), from_ns(1), {}}, o.step); !g)
    throw ConfigError("", "step", format_duration(o.step), "whole milliseconds, 1ms or more");
  if (o.timeout < std::chrono::milliseconds(1))
    throw ConfigError("", "timeout", format_duration(o.timeout), "1ms or more");
  if (o.lookback < Duration{0})
    throw ConfigError("", "lookback", format_duration(o.lookback), "0s or more");
  if (o.attempts < 1) throw ConfigError("", "attempts", std::to_string(o.attempts), "1 or more");
  if (o.max_points < 1 || o.max_points > 11'000)
    throw ConfigError("", "max_points", std::to_string(o.max_points), "1 to 11000");
  for (const auto& [name, value] : o.headers) {
    // The value may be a secret: it is not shown.
    if (!is_token(name) || value.find_first_of("\r\n") != std::string::npos)
      throw ConfigError("", "headers", name.substr(0, 40), "a header's name and a one-line value");
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (lower == "authorization" && !(o.bearer_token.empty() && o.bearer_token_file.empty()))
      throw ConfigError("", "headers", name, "either this header or a bearer token");
  }
}

std::string duration_text(Duration d) {
  return seconds_text(std::chrono::ceil<std::chrono::milliseconds>(d).count());
}

}  // namespace

http::TransportOptions transport_options(const PrometheusOptions& o) {
  http::TransportOptions t;
  t.url = o.url;
  t.bearer_token = o.bearer_token;
  t.bearer_token_file = o.bearer_token_file;
  t.ca_file = o.ca_file;
  t.client_cert_file = o.client_cert_file;
  t.client_key_file = o.client_key_file;
  t.server_name = o.server_name;
  t.max_response_bytes = o.max_response_bytes;
  t.read_timeout = std::chrono::ceil<std::chrono::milliseconds>(o.timeout);
  t.connect_timeout = std::min(t.connect_timeout, t.read_timeout);
  return t;
}

Failure http_failure(int status, const std::string& body) {
  Failure failure{code_of(status), fmt::format("HTTP {}: ", status), {}};
  const auto answer = parse_answer(body);
  if (answer && !answer->error.empty()) {
    failure.message += answer->error_type + ": " + answer->error;
    if (answer->error_type == "timeout") failure.code = Errc::timeout;
  } else if (status >= 300 && status < 400) {
    failure.message += "the server sends us elsewhere; write that URL instead";
  } else {
    failure.message += body.empty() ? "no text" : first_words(body);
  }
  return failure;
}

Client::Client(PrometheusOptions options, std::unique_ptr<http::Transport> transport, Wait wait)
    : options_(std::move(options)), transport_(std::move(transport)), wait_(std::move(wait)) {
  check(options_);
}

Result<telemetry::Frame> Client::read(const telemetry::Window& window) {
  warnings_.clear();
  if (options_.mode == Mode::instant) return read_instant(window);
  const auto grid = grid_of(window, window.step > Duration{0} ? window.step : options_.step);
  if (!grid) return tl::unexpected(grid.error());
  if (grid->count > options_.max_cells) {
    return fail(Errc::too_large,
                fmt::format("{} points pass the limit of {} cells; narrow the window, widen the "
                            "step or raise max_cells",
                            grid->count, options_.max_cells));
  }
  return read_range(*grid);
}

Result<telemetry::Frame> Client::read_range(const Grid& grid) {
  GridColumns columns(grid, options_.max_cells);
  for (const Query& query : options_.queries) {
    for (const Chunk chunk : split(grid.count, options_.max_points)) {
      auto answer = ask(query, "query_range",
                        {{"start", seconds_text(grid.at(chunk.first))},
                         {"end", seconds_text(grid.at(chunk.first + chunk.count - 1))},
                         {"step", seconds_text(grid.step_ms)}});
      if (!answer) return tl::unexpected(answer.error());
      if (answer->type != ResultType::matrix)
        return fail(Errc::malformed, "answer: a range query gives a matrix, this is none");
      if (auto added = columns.add(query, *answer, chunk); !added)
        return tl::unexpected(added.error());
    }
  }
  return std::move(columns).finish();
}

Result<telemetry::Frame> Client::read_instant(const telemetry::Window& window) {
  const auto last = std::chrono::floor<std::chrono::milliseconds>(window.end - Duration{1});
  std::vector<telemetry::Frame> frames;
  for (const Query& query : options_.queries) {
    auto answer = ask(query, "query", {{"time", seconds_text(last.time_since_epoch().count())}});
    if (!answer) return tl::unexpected(answer.error());
    for (AnswerSeries& series : answer->series) {
      auto frame = frame_of(query, series);
      if (!frame) return frame;
      frames.push_back(std::move(*frame));
    }
  }
  return frames.empty() ? telemetry::Frame{} : telemetry::join(frames);
}

Result<Answer> Client::ask(const Query& query, const std::string& endpoint, Form form) {
  const std::string where = "query " + (query.name.empty() ? query.query : query.name);
  form.insert(form.begin(), {"query", query.query});
  form.emplace_back("timeout", duration_text(options_.timeout));
  if (options_.lookback > Duration{0})
    form.emplace_back("lookback_delta", duration_text(options_.lookback));
  http::Request request;
  request.method = "POST";
  request.path = "/api/v1/" + endpoint;
  request.headers = options_.headers;
  request.headers.emplace_back("Accept", "application/json");
  request.content_type = "application/x-www-form-urlencoded";
  for (const auto& [key, value] : form)
    request.body += (request.body.empty() ? "" : "&") + key + "=" + encode(value);

  http::RetryOptions retry;
  retry.attempts = options_.attempts;
  retry.seed = options_.seed;
  auto response = http::send_with_retry(*transport_, request, retry, wait_);
  if (!response) return fail_within(where, std::move(response.error()));
  if (response->status < 200 || response->status > 299)
    return fail_within(where, http_failure(response->status, response->body));

  AnswerLimits limits;
  limits.samples = options_.max_cells;
  auto answer = parse_answer(std::move(response->body), limits);
  if (!answer) return fail_within(where, std::move(answer.error()));
  if (!answer->success)
    return fail_within(where, {Errc::refused, answer->error_type + ": " + answer->error, {}});
  if (answer->partial) answer->warnings.push_back("the answer is partial");
  for (const std::string& w : answer->warnings) keep_warning(where + ": " + w);
  for (const std::string& i : answer->infos) keep_warning(where + ": " + i);
  if (options_.partial == Partial::refuse && !answer->warnings.empty()) {
    return fail_within(
        where, {Errc::unavailable,
                "the server warns that the answer may be incomplete: " + answer->warnings.front(),
                {}});
  }
  return answer;
}

void Client::keep_warning(std::string warning) {
  if (std::find(warnings_.begin(), warnings_.end(), warning) != warnings_.end()) return;
  if (options_.on_warning) options_.on_warning(warning);
  warnings_.push_back(std::move(warning));
}

}  // namespace learningplane::adapters::prometheus
