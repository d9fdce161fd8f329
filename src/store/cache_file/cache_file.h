/// The second tier of the cache in a file of this machine: what was there survives a restart.
///
/// Role:      app/ opens one where no Redis is configured; pipeline/ asks it through cache::second_tier.
/// Lifecycle: open() → any calls → destroy, which writes what waits and joins both threads. Loops whose coroutines wait
///            in it must still run, or have been destroyed.
/// Threading: any event loop; one thread reads, one writes.
/// Bounds:    bytes_max on disk (what was used longest ago goes), jobs_max and queue_bytes_max waiting writes,
/// reads_max
///            waiting reads, find_patience per find.
/// Source:    README.md of this folder.
#pragma once

#include "base/clock.h"
#include "cache/second_tier.h"
#include "store/cache_file/entry_table.h"
#include "store/cache_file/write_queue.h"

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <mutex>
#include <thread>

namespace inferenceflow::store::cache_file {

struct cache_file_options {
  std::string path = {};                           ///< its folder must exist
  std::int64_t bytes_max = std::int64_t{1} << 30U; ///< of entries, k_row_overhead_bytes each included
  std::int64_t file_bytes_max = 0;                 ///< of the file; 0 = twice bytes_max and 1 MiB
  std::size_t jobs_max = 4'096;
  std::size_t queue_bytes_max = 64U << 20U;
  std::size_t group_max = 256;
  std::size_t reads_max = 256;
  std::chrono::milliseconds group_interval{50};
  std::chrono::milliseconds find_patience{20};             ///< then it is a miss
  std::function<void(const std::string&)> on_warning = {}; ///< any thread
};

class cache_file final : public cache::second_tier {
public:
  /// Opens or makes the file; one that is corrupt, or of another format of ours, is set aside with a warning.
  /// @param clock  outlives the tier; its wall time decides expiry.
  /// @returns unavailable when it is another program's, or can be neither opened nor made.
  [[nodiscard]] static result<std::unique_ptr<cache_file>> open(cache_file_options options, const clock_source& clock);
  ~cache_file() override;
  cache_file(const cache_file&) = delete;
  cache_file& operator=(const cache_file&) = delete;

  [[nodiscard]] std::string_view name() const noexcept override { return "file"; }
  [[nodiscard]] net::task<std::optional<std::string>> find(cache::entry_name entry) override;
  void store(const cache::entry_name& entry, std::string bytes, std::chrono::milliseconds ttl) override;
  void erase(const cache::entry_name& entry) override;
  [[nodiscard]] net::task<result<std::uint64_t>> erase_where(cache::entry_filter filter) override;
  [[nodiscard]] net::task<result<std::uint64_t>> for_each(visitor visit) override;
  [[nodiscard]] cache::tier_stats stats() const override;

  /// Blocks until what was stored and erased before the call is on its way to disk.
  void flush() { queue_.flush(); }

private:
  struct tables {
    entry_table reads;
    entry_table writes;
  };
  cache_file(cache_file_options options, const clock_source& clock, tables opened);

  [[nodiscard]] static std::optional<tables> open_tables(const cache_file_options& options, std::string& why);
  static void set_aside(const cache_file_options& options, const std::string& reason, const clock_source& clock);

  [[nodiscard]] std::int64_t now_ms() const { return to_unix_ms(clock_.wall_now()); }
  [[nodiscard]] std::optional<std::string> read(const cache::entry_name& entry);
  void push(write_job job);
  void run();
  void write_group(std::vector<write_job>& jobs);
  /// What a group did, counted once it is on disk.
  struct group_counts {
    std::uint64_t stored = 0;
    std::uint64_t dropped = 0;
    std::uint64_t erased = 0;
    std::uint64_t evicted = 0;
    std::vector<std::uint64_t> asked = {}; ///< of erase_where jobs, in their order
  };
  [[nodiscard]] result<group_counts> write_all(std::vector<write_job>& jobs);
  [[nodiscard]] result<void> write_one(write_job& job, group_counts& counts);
  void recover(const std::string& reason);
  void note_totals();
  void warn(const std::string& what) const;

  const cache_file_options options_;
  const clock_source& clock_;
  std::mutex read_mutex_; ///< of reads_, and of the moment when both are exchanged
  std::optional<entry_table> reads_;
  std::optional<entry_table> writes_; ///< the writer's thread only
  write_queue queue_;
  std::atomic<std::size_t> reads_waiting_{0};
  std::atomic<bool> broken_{false}; ///< a read found the file corrupt; the writer sees to it
  std::atomic<bool> available_{true};
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};
  std::atomic<std::uint64_t> stored_{0};
  std::atomic<std::uint64_t> evicted_{0};
  std::atomic<std::uint64_t> erased_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> errors_{0};
  std::atomic<std::int64_t> entries_{0};
  std::atomic<std::int64_t> bytes_{0};
  boost::asio::thread_pool reader_{1};
  std::thread writer_;
};

} // namespace inferenceflow::store::cache_file
