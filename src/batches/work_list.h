/// Which line of which batch is asked next, and when a batch is over: decisions only.
///
/// Role:      the runner tells it what happened and does what next() says.
/// Lifecycle: one per process: add() → next()* with what comes of it.
/// Threading: one event loop; no I/O, no clock of its own.
/// Bounds:    limits.parallel_max lines in flight; those set aside are counted only; of each batch k_page_items in
/// memory beside those, and fewer than
///            twice as many and parallel_max that wait for another attempt: then no more are read.
///
/// Among tenants the one with the fewest lines in flight comes first; of its batches the one whose window ends first.
#pragma once

#include "base/clock.h"
#include "batches/batch.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace inferenceflow::batches {

struct work_limits {
  std::size_t parallel_max = 16;
  unsigned attempts_max = 5;
  std::chrono::milliseconds pause_min{1'000}; ///< before the second attempt; doubles
  std::chrono::milliseconds pause_max{60'000};
};

/// An answer with this status may be another one later: 408, 409, 429 and 5xx but 501.
[[nodiscard]] bool is_worth_again(int status) noexcept;

class work_list {
public:
  /// What to do now. Each is said once; the answer to it comes through the functions below.
  struct start { ///< ask this line → settled(), again() or given_back()
    std::int64_t batch = 0;
    batch_item item;
  };
  struct fetch { ///< read the next lines → fed()
    std::int64_t batch = 0;
    std::int64_t after = 0; ///< lines up to this one were read
  };
  struct finish { ///< nothing of it is in flight or aside: write its end → the batch is forgotten
    std::int64_t batch = 0;
    batch_status end = {}; ///< completed, expired or cancelled
  };
  struct wait { ///< nothing until then, or until something is told
    wall_time until;
  };
  using step = std::variant<start, fetch, finish, wait>;

  explicit work_list(work_limits limits)
      : limits_(limits) {}

  /// A batch whose lines can be asked. @param expires  end of its window. One that is there already is left alone.
  /// @param aside  lines of it that are set aside already.
  void add(std::int64_t batch, std::string tenant, wall_time expires, std::size_t aside = 0);
  /// Nothing more of it is asked.
  void cancel(std::int64_t batch);
  /// Limits hold from the next decision on.
  void set_limits(const work_limits& limits) { limits_ = limits; }

  [[nodiscard]] step next(wall_time now);

  /// @param items  at most k_page_items, by line, behind `after`; fewer than asked for means there are no more.
  void fed(std::int64_t batch, std::vector<batch_item> items, bool more);
  /// The line is written down.
  void settled(std::int64_t batch);
  /// Whether an answer of `status` to `item` is its last.
  [[nodiscard]] bool is_final(const batch_item& item, int status) const noexcept;
  /// It was answered with something that may be better later. @param retry_after  0 = as the pauses say.
  /// @param spread  0 to 1, random: how much of half the pause is added, so that lines do not come back at once.
  void again(std::int64_t batch, batch_item item, std::chrono::seconds retry_after, double spread, wall_time now);
  /// It was not asked after all (shutdown); it stays as it is on disk.
  void given_back(std::int64_t batch);
  /// A line that was started waits elsewhere: it is not in flight, and its batch does not end without it.
  void set_aside(std::int64_t batch);
  /// A line that was set aside is to be asked as any other.
  void brought_back(std::int64_t batch, batch_item item);
  /// A line that was set aside is written down, or gone.
  void aside_settled(std::int64_t batch);

  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
  [[nodiscard]] std::size_t batches() const noexcept { return batches_.size(); }

private:
  struct entry {
    std::string tenant;
    wall_time expires;
    std::deque<batch_item> ready;
    std::multimap<wall_time, batch_item> later;
    std::int64_t read_until = 0;
    std::size_t in_flight = 0;
    std::size_t aside = 0;
    bool fetching = false;
    bool more = true; ///< on disk
    bool cancelled = false;
    [[nodiscard]] bool done() const { return ready.empty() && later.empty() && !more && !fetching && aside == 0; }
  };
  using entry_map = std::map<std::int64_t, entry>;

  void wake_due(entry& one, wall_time now);
  [[nodiscard]] entry_map::iterator best_to_start();
  [[nodiscard]] std::size_t in_flight_of(const std::string& tenant) const;
  void landed(std::int64_t batch);

  work_limits limits_;
  entry_map batches_;
  std::map<std::string, std::size_t, std::less<>> by_tenant_;
  std::size_t in_flight_ = 0;
};

} // namespace inferenceflow::batches
