#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "learningplane/selection/many_series.hpp"

namespace learningplane::selection::detail {

/// Shares a stream of inputs out over threads and hands the outputs back in order. At most
/// `window` inputs are under way. Only `work` runs on the other threads; it must not throw.
template <class In, class Out>
class ManyStream {
 public:
  using Work = std::function<Out(std::size_t index, In& input)>;

  ManyStream(std::size_t threads, Work work) : work_(std::move(work)) {
    if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
    window_ = 16 * threads + 16;
    for (std::size_t t = 0; t < threads; ++t) pool_.emplace_back([this] { serve(); });
  }
  ManyStream(const ManyStream&) = delete;
  ManyStream& operator=(const ManyStream&) = delete;
  /// What is under way is finished and dropped.
  ~ManyStream() {
    {
      const std::scoped_lock lock(guard_);
      closed_ = true;
    }
    ready_.notify_all();
  }

  ManySummary run(const std::function<std::optional<In>()>& source,
                  const std::function<bool(Out&&)>& sink, const ManyProgress& progress) {
    ManySummary sum;
    const auto go_on = [&] {
      if (progress && !progress(sum)) sum.cancelled = true;
      return !sum.cancelled;
    };
    bool more = true;
    while (true) {
      while (more && under_way() < window_) {
        std::optional<In> next = source();
        more = next.has_value();
        if (more) push(std::move(*next));
      }
      if (under_way() == 0) return sum;
      std::unique_ptr<Slot> done = take();
      if (done == nullptr) {  // still at work
        if (!go_on()) return sum;
        continue;
      }
      ++sum.series;
      if (!sink(std::move(*done->out))) ++sum.failed;
      if (!go_on()) return sum;
    }
  }

 private:
  struct Slot {
    std::size_t index = 0;
    std::optional<In> in{};
    std::optional<Out> out{};
  };

  std::size_t under_way() {
    const std::scoped_lock lock(guard_);
    return slots_.size();
  }

  void push(In input) {
    {
      const std::scoped_lock lock(guard_);
      slots_.push_back(std::make_unique<Slot>(Slot{first_ + slots_.size(), std::move(input), {}}));
    }
    ready_.notify_one();
  }

  /// The oldest output; none where it is not ready within a tenth of a second.
  std::unique_ptr<Slot> take() {
    std::unique_lock lock(guard_);
    if (!done_.wait_for(lock, std::chrono::milliseconds(100),
                        [this] { return slots_.front()->out.has_value(); }))
      return nullptr;
    std::unique_ptr<Slot> out = std::move(slots_.front());
    slots_.pop_front();
    ++first_;
    return out;
  }

  void serve() {
    std::unique_lock lock(guard_);
    while (true) {
      ready_.wait(lock, [this] { return closed_ || next_ < first_ + slots_.size(); });
      if (closed_) return;
      Slot& slot = *slots_[next_ - first_];  // stays until its output is there
      ++next_;
      lock.unlock();
      Out out = work_(slot.index, *slot.in);
      slot.in.reset();
      lock.lock();
      slot.out = std::move(out);
      if (&slot == slots_.front().get()) done_.notify_one();
    }
  }

  Work work_;
  std::size_t window_ = 0;
  std::mutex guard_;
  std::condition_variable ready_;  // there is an input
  std::condition_variable done_;   // the oldest output is there
  std::deque<std::unique_ptr<Slot>> slots_;
  std::size_t first_ = 0;  // index of the oldest slot
  std::size_t next_ = 0;   // index of the next input to work on
  bool closed_ = false;
  std::vector<std::jthread> pool_;  // last: joined before the others go
};

}  // namespace learningplane::selection::detail
