/// The second tier of the cache in Redis or Valkey: what one replica has stored, all of them find.
///
/// Role:      app/ makes one where `cache.redis.url` is set; pipeline/ and api/ use it through cache::second_tier.
/// Lifecycle: construct → add_loop() per event loop → on_news() → start() → the loops run → stop() while they still
///            run → the loops end → destroy. So it is declared before the loops, and its destructor uses none of them.
/// Threading: as second_tier says; add_loop(), on_news() and start() before the loops run; stop() from no loop's
///            thread.
/// Bounds:    tier_options; redis::options for each loop.
/// Source:    README.md of this folder.
///
/// Nothing here fails a request, or makes one wait longer than find_budget.
#pragma once

#include "base/clock.h"
#include "cache/second_tier.h"
#include "cache/tenant_secret.h"
#include "net/event_loop.h"
#include "store/redis/options.h"
#include "store/redis_tier/complaints.h"
#include "store/redis_tier/loop_part.h"
#include "store/redis_tier/options.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::store::redis_tier {

class news_desk;

class redis_tier final : public cache::second_tier {
public:
  /// Connects to nothing.
  /// @param master  what proves news; replicas with the same one believe each other.
  /// @param clock  outlives the tier.
  redis_tier(tier_options options, const cache::master_secret& master, const clock_source& clock);
  ~redis_tier() override;
  redis_tier(const redis_tier&) = delete;
  redis_tier& operator=(const redis_tier&) = delete;

  /// Makes the tier usable on `loop`. Elsewhere find() is a miss, and writes go to the first loop.
  /// @param loop  not running yet; outlives stop().
  void add_loop(net::event_loop& loop);
  /// What other replicas do is told from start() on.
  void on_news(news_events events);
  /// Connects each loop as soon as it runs, so that a wrong password is in the log and no request waits for the first
  /// connection, and begins to listen on the first one. Needs a loop.
  void start();
  /// Ends every connection and waits for that; afterwards all is a miss, and no event is told. Idempotent.
  void stop();

  /// Of requests from now on: the configuration was loaded again. Any thread.
  void set_find_budget(std::chrono::milliseconds budget) noexcept { find_budget_ms_ = budget.count(); }

  [[nodiscard]] std::string_view name() const noexcept override { return "redis"; }
  [[nodiscard]] net::task<std::optional<std::string>> find(cache::entry_name entry) override;
  /// Other replicas hear of it once Redis has it.
  void store(const cache::entry_name& entry, std::string bytes, std::chrono::milliseconds ttl) override;
  /// Other replicas hear of it once Redis has done it. Not tried again when Redis is away for longer than
  /// redis::options::fired_age_max.
  void erase(const cache::entry_name& entry) override;
  /// @returns also unavailable when the other replicas could not be told, or not all entries be looked at in
  ///          walk_time_max; what was found until then is erased, and it may be asked for again. invalid_request for a
  ///          field longer than cache::k_filter_field_bytes_max.
  [[nodiscard]] net::task<result<std::uint64_t>> erase_where(cache::entry_filter filter) override;
  /// Visits on the loop that awaits it. What Redis cannot give, or nobody can read, is left out.
  [[nodiscard]] net::task<result<std::uint64_t>> for_each(visitor visit) override;
  /// Of a moment ago. While the loops exist.
  [[nodiscard]] cache::tier_stats stats() const override;

  /// Summed over all loops, of a moment ago. Any thread, while the loops exist.
  [[nodiscard]] redis::statistics client_statistics() const;
  /// Any thread.
  [[nodiscard]] news_counts news_heard() const;

private:
  using part_ptr = std::shared_ptr<loop_part>;
  using names = std::vector<cache::entry_name>;
  using values = std::vector<std::optional<std::string>>;

  [[nodiscard]] part_ptr here() const;
  void on_a_loop(std::function<void(loop_part&)> work);
  void note_failure(const error& why, bool refused_is_dropped);
  net::task<void> connect(part_ptr at);

  struct listing {
    names found;
    bool whole = true; ///< false: too many, or no time
  };
  [[nodiscard]] net::task<result<listing>> list(part_ptr at, steady_time deadline);
  [[nodiscard]] net::task<result<values>> read(part_ptr at, names wanted);
  [[nodiscard]] net::task<result<std::optional<std::string>>> read_again(part_ptr at, cache::entry_name name);
  [[nodiscard]] net::task<result<std::uint64_t>> unlink(part_ptr at, names meant);
  [[nodiscard]] net::task<result<std::uint64_t>> erase_all(part_ptr at, cache::entry_filter filter);
  [[nodiscard]] error cannot(const error& why);

  const tier_options options_;
  const clock_source& clock_;
  const cache::secret_bytes key_;
  const std::string channel_;
  complaints complaints_;
  std::vector<part_ptr> parts_;
  news_events events_;
  std::unique_ptr<news_desk> desk_; ///< on the first part's loop
  bool stopped_ = false;

  std::atomic<std::int64_t> find_budget_ms_;
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};
  std::atomic<std::uint64_t> stored_{0};
  std::atomic<std::uint64_t> erased_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> errors_{0};
};

} // namespace inferenceflow::store::redis_tier
