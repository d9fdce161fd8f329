/// Listens to other replicas, proves what it hears, reads the entries they speak of, and tells the owner.
///
/// Role:      redis_tier has one, on its first loop.
/// Lifecycle: construct → start() before the loop runs → stop() on it, or while it does not run → destroy.
/// Threading: its part's loop; counts() from any thread.
/// Bounds:    options.news_waiting_max entries wait to be read, fetch_queue::k_batch are being read.
#pragma once

#include "base/clock.h"
#include "net/task.h"
#include "store/redis/subscriber.h"
#include "store/redis_tier/complaints.h"
#include "store/redis_tier/fetch_queue.h"
#include "store/redis_tier/loop_part.h"
#include "store/redis_tier/news.h"
#include "store/redis_tier/options.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace inferenceflow::store::redis_tier {

class news_desk {
public:
  static constexpr std::chrono::milliseconds k_fetch_budget{2'000};

  /// @param options, complaints, clock  outlive it.
  news_desk(std::shared_ptr<loop_part> at, const tier_options& options, const std::string& channel, news_reader reader,
            news_events events, complaints& complaints, const clock_source& clock, std::uint64_t seed);

  void start() { subscriber_->start(); }
  /// No event is told afterwards.
  void stop();

  [[nodiscard]] news_counts counts() const;

private:
  void hear(std::string_view message);
  void note(news_fault why);
  void act(const news& what);
  void want(const cache::entry_name& name);
  net::task<void> fetch();

  std::shared_ptr<loop_part> at_;
  const tier_options& options_;
  news_reader reader_;
  news_events events_;
  complaints& complaints_;
  const clock_source& clock_;
  fetch_queue queue_;
  std::unique_ptr<redis::subscriber> subscriber_; ///< null after stop()
  bool fetching_ = false;

  std::atomic<std::uint64_t> heard_{0};
  std::atomic<std::uint64_t> forged_{0};
  std::atomic<std::uint64_t> stale_{0};
  std::atomic<std::uint64_t> repeated_{0};
  std::atomic<std::uint64_t> fetched_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> listenings_{0};
};

} // namespace inferenceflow::store::redis_tier
