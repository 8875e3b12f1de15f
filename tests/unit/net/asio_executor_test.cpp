#include "learningplane/net/asio_executor.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <thread>
#include <vector>

#include "learningplane/agent/scheduler.hpp"
#include "learningplane/error.hpp"
#include "learningplane/trigger/interval.hpp"

namespace lp = learningplane;
using lp::net::AsioExecutor;
using namespace std::chrono_literals;

namespace {
/// The machine's clock, with a hand to turn it.
class TurnedClock final : public lp::Clock {
 public:
  lp::TimePoint now() const override { return system_.now() + lp::Duration(turned_.load()); }
  void turn(lp::Duration d) { turned_ += d.count(); }

 private:
  lp::SystemClock system_;
  std::atomic<std::int64_t> turned_{0};
};
}  // namespace

TEST_CASE("asio executor: runs what is posted in order, and timers in order of time") {
  AsioExecutor executor;
  std::vector<int> order;
  const auto now = executor.clock().now();
  executor.at(now + 20ms, [&] {
    order.push_back(4);
    executor.stop();
  });
  executor.at(now + 10ms, [&] { order.push_back(3); });
  executor.post([&] { order.push_back(1); });
  executor.post([&] { order.push_back(2); });
  executor.run();
  CHECK(order == std::vector<int>{1, 2, 3, 4});
  CHECK(executor.clock().now() >= now + 20ms);
}

TEST_CASE("asio executor: a time in the past means soon, and never inside the call") {
  AsioExecutor executor;
  bool inside = true, ran_inside = true;
  executor.post([&] {
    executor.at(executor.clock().now() - 1h, [&] {
      ran_inside = inside;
      executor.stop();
    });
    inside = false;
  });
  executor.run();
  CHECK_FALSE(ran_inside);
}

TEST_CASE("asio executor: what is cancelled never runs, and cancelling twice is false") {
  AsioExecutor executor;
  bool ran = false;
  const auto now = executor.clock().now();
  const auto id = executor.at(now + 1ms, [&] { ran = true; });
  CHECK(executor.cancel(id));
  CHECK_FALSE(executor.cancel(id));
  executor.at(now + 5ms, [&] { executor.stop(); });
  executor.run();
  CHECK_FALSE(ran);
}

TEST_CASE("asio executor: post, at and cancel come from any thread, tasks run one at a time") {
  boost::asio::io_context context;
  auto guard = boost::asio::make_work_guard(context);
  AsioExecutor executor(context);
  int unguarded = 0;  // the thread sanitizer would complain if two tasks ran at once
  std::atomic<int> ran{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back([&] { context.run(); });
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 500; ++k) {
        executor.post([&] {
          ++unguarded;
          ++ran;
        });
        executor.at(executor.clock().now() + 1ms, [&] {
          ++unguarded;
          ++ran;
        });
        executor.cancel(executor.at(executor.clock().now() + 1h, [&] { ++ran; }));
      }
    });
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (ran < 2000 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  CHECK(ran == 2000);
  executor.stop();
  guard.reset();
  for (auto& t : threads) t.join();
  CHECK(unguarded == 2000);
}

TEST_CASE("asio executor: shares the embedder's io_context and leaves it running") {
  boost::asio::io_context context;
  int mine = 0, theirs = 0;
  {
    AsioExecutor executor(context);
    CHECK(&executor.context() == &context);
    CHECK_THROWS_AS(executor.run(), lp::LogicError);
    executor.post([&] { ++mine; });
    executor.at(executor.clock().now() + 1h, [&] { ++mine; });
    boost::asio::post(context, [&] { ++theirs; });
    context.poll();
    CHECK(mine == 1);
    CHECK(theirs == 1);
  }
  context.restart();
  boost::asio::post(context, [&] { ++theirs; });
  context.run();  // ends: the timer of the executor that is gone holds nothing up
  CHECK(theirs == 2);
  CHECK(mine == 1);
}

TEST_CASE(
    "asio executor: a task that throws ends run() with its exception; the next run() goes on") {
  AsioExecutor executor;
  bool ran = false;
  executor.post([] { throw std::runtime_error("broken"); });
  executor.post([&] {
    ran = true;
    executor.stop();
  });
  CHECK_THROWS_WITH(executor.run(), "broken");
  executor.run();
  CHECK(ran);
}

TEST_CASE("asio executor: may be destroyed while another thread runs it") {
  for (int i = 0; i < 20; ++i) {
    std::atomic<int> ran{0};
    auto executor = std::make_unique<AsioExecutor>();
    std::thread runner([&, e = executor.get()] { e->run(); });
    for (int k = 0; k < 100; ++k) executor->post([&] { ++ran; });
    while (ran == 0) std::this_thread::yield();
    executor.reset();
    runner.join();
    CHECK(ran > 0);
  }
}

TEST_CASE("asio executor: a clock put forward fires what lies behind, within the check") {
  TurnedClock clock;
  AsioExecutor executor({.clock = &clock, .clock_check = 5ms});
  bool fired = false;
  executor.at(clock.now() + 1h, [&] {
    fired = true;
    executor.stop();
  });
  executor.at(clock.now() + 2ms, [&] { clock.turn(1h); });
  executor.run();
  CHECK(fired);
}

TEST_CASE("asio executor: a clock set back is told to those who watch, and a job goes on") {
  TurnedClock clock;
  AsioExecutor executor({.clock = &clock, .clock_check = 5ms});
  lp::Duration told{};
  executor.watch_clock([&](lp::Duration back) {
    told = back;
    return false;
  });
  int runs = 0, after_turn = 0;
  bool turned = false;
  lp::agent::Scheduler scheduler(executor);
  scheduler.add({.name = "a",
                 .trigger = std::make_shared<lp::trigger::Interval>(
                     lp::trigger::IntervalOptions{.every = 20ms})},
                [&](const lp::agent::JobRun&, const lp::agent::Done& done) {
                  if (++runs == 3) {
                    clock.turn(-1h);
                    turned = true;
                  } else if (turned && ++after_turn == 3) {
                    executor.stop();
                  }
                  done({});
                });
  executor.run();
  CHECK(after_turn == 3);
  CHECK(told > 59min);
  CHECK(told <= 1h);
}

TEST_CASE("asio executor: the scheduler hears Done from another thread") {
  AsioExecutor executor;
  std::vector<std::thread> workers;
  int finished = 0;
  lp::agent::Scheduler scheduler(executor, [&](const lp::agent::SchedulerEvent& e) {
    if (e.kind == lp::agent::SchedulerEvent::Kind::finished && ++finished == 5) executor.stop();
  });
  scheduler.add({.name = "a",
                 .trigger = std::make_shared<lp::trigger::Interval>(
                     lp::trigger::IntervalOptions{.every = 5ms})},
                [&](const lp::agent::JobRun&, lp::agent::Done done) {
                  workers.emplace_back([done = std::move(done)] { done({}); });
                });
  executor.run();
  for (auto& w : workers) w.join();
  CHECK(finished == 5);
}

TEST_CASE("asio executor: ten thousand timers all fire, none early") {
  AsioExecutor executor;
  int early = 0, fired = 0;
  const auto start = executor.clock().now();
  for (int i = 0; i < 10'000; ++i) {
    const auto due = start + i * 10us;
    executor.at(due, [&, due] {
      early += executor.clock().now() < due;
      if (++fired == 10'000) executor.stop();
    });
  }
  executor.run();
  CHECK(fired == 10'000);
  CHECK(early == 0);
}
