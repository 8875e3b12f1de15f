#include "http/retry.hpp"

#include <doctest/doctest.h>

#include "http/fake_transport.hpp"

using namespace learningplane;
using namespace learningplane::http;
using namespace std::chrono_literals;

TEST_CASE(
    "retry: what may pass is tried again, with growing and jittered pauses, and no longer than "
    "said") {
  FakeTransport t;
  t.push(503, "");
  t.push(fail(Errc::unavailable, "no"));
  t.push(200, "yes");
  std::vector<std::chrono::milliseconds> waits;
  const RetryOptions options{.attempts = 5, .first_delay = 100ms};
  CHECK(send_with_retry(t, {}, options, [&](auto w) { waits.push_back(w); })->body == "yes");
  REQUIRE(waits.size() == 2);
  CHECK(waits[0] >= 50ms);
  CHECK(waits[0] <= 100ms);
  CHECK(waits[1] >= 100ms);
  CHECK(waits[1] <= 200ms);
}

TEST_CASE("retry: gives up after the attempts, and never repeats what cannot pass") {
  FakeTransport down([](const Request&) { return Response{503, {}, "busy"}; });
  int waits = 0;
  CHECK(send_with_retry(down, {}, {.attempts = 3}, [&](auto) { ++waits; })->status == 503);
  CHECK(down.requests().size() == 3);
  CHECK(waits == 2);
  FakeTransport wrong([](const Request&) { return Response{403, {}, ""}; });
  send_with_retry(wrong, {}, {}, [](auto) {});
  CHECK(wrong.requests().size() == 1);
}

TEST_CASE("retry: the server's own wish is followed, up to the longest pause") {
  const RetryOptions options{.max_delay = 5s};
  CHECK(delay_before(2, Response{429, {{"retry-after", "3"}}, ""}, options) == 3s);
  CHECK(delay_before(2, Response{429, {{"retry-after", "3600"}}, ""}, options) == 5s);
  CHECK(delay_before(2, Response{429, {{"retry-after", "soon"}}, ""}, options) <= 200ms);
}
