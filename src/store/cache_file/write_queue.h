/// What waits to be written, between the event loops and the writer's thread.
///
/// Role:      cache_file pushes from any thread, its writer takes everything at once.
/// Lifecycle: construct → push()/take()* → close() → take() until it is empty → destroy.
/// Threading: thread-safe; one thread takes.
/// Bounds:    limits.jobs_max jobs and limits.bytes_max bytes pushed and not yet settled.
#pragma once

#include "base/error.h"
#include "cache/entry_filter.h"
#include "cache/tenant_secret.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace inferenceflow::store::cache_file {

struct put_job {
  cache::entry_name name;
  std::string bytes;
  std::int64_t expires_ms;
};
struct touch_job {
  cache::entry_name name;
};
struct erase_job {
  cache::entry_name name;
};
struct erase_where_job {
  cache::entry_filter filter;
  std::function<void(result<std::uint64_t>)> done; ///< called once, on the writer's thread
};
using write_job = std::variant<put_job, touch_job, erase_job, erase_where_job>;

struct write_limits {
  std::size_t jobs_max = 0;
  std::size_t bytes_max = 0;
  std::size_t group_max = 0;             ///< wakes the writer before its interval is over
  std::chrono::milliseconds interval{0}; ///< 0 = take jobs as soon as they are there
};

class write_queue {
public:
  explicit write_queue(const write_limits& limits)
      : limits_(limits) {}

  /// @returns false when the queue is full or closed; `job` is then as it was.
  [[nodiscard]] bool push(write_job& job) {
    const std::size_t bytes = bytes_of(job);
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || unsettled_ >= limits_.jobs_max || unsettled_bytes_ + bytes > limits_.bytes_max) {
        return false;
      }
      waiting_.push_back(std::move(job));
      ++unsettled_;
      unsettled_bytes_ += bytes;
      ++pushed_;
    }
    wakes_.notify_one();
    return true;
  }

  /// Blocks until there are jobs, then for the interval that gathers a group (unless flushed, closed or full).
  /// @returns the jobs in order; empty only when closed and drained.
  [[nodiscard]] std::vector<write_job> take() {
    std::unique_lock lock(mutex_);
    wakes_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
    wakes_.wait_for(lock, limits_.interval,
                    [&] { return closed_ || flushes_ > 0 || waiting_.size() >= limits_.group_max; });
    return std::exchange(waiting_, {});
  }

  /// The writer is done with `jobs`, well or not.
  void settle(const std::vector<write_job>& jobs) {
    {
      const std::lock_guard lock(mutex_);
      for (const write_job& job : jobs) {
        unsettled_bytes_ -= bytes_of(job);
      }
      unsettled_ -= jobs.size();
      settled_ += jobs.size();
    }
    settled_some_.notify_all();
  }

  /// Blocks until every job pushed before the call is settled.
  void flush() {
    std::unique_lock lock(mutex_);
    const std::uint64_t target = pushed_;
    ++flushes_;
    wakes_.notify_one();
    settled_some_.wait(lock, [&] { return settled_ >= target; });
    --flushes_;
  }

  /// No job is taken any more; take() hands out what is left.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    wakes_.notify_one();
  }

private:
  [[nodiscard]] static std::size_t bytes_of(const write_job& job) {
    const auto* put = std::get_if<put_job>(&job);
    return put == nullptr ? 0 : put->bytes.size();
  }

  const write_limits limits_;
  std::mutex mutex_;
  std::condition_variable wakes_;
  std::condition_variable settled_some_;
  std::vector<write_job> waiting_;
  std::size_t unsettled_ = 0;
  std::size_t unsettled_bytes_ = 0;
  std::uint64_t pushed_ = 0;
  std::uint64_t settled_ = 0;
  std::size_t flushes_ = 0; ///< callers inside flush()
  bool closed_ = false;
};

} // namespace inferenceflow::store::cache_file
