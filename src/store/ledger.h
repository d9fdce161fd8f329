/// The ledger: one row per request, append-only, the only source of what was spent and saved.
///
/// Role:      pipeline/ appends at settle; api/ sums for /v1/metrics/cost.
/// Lifecycle: open() → append()* / totals()* → close(), which commits everything that was accepted.
/// Threading: append() from any thread; one writer thread owns the database connection.
/// Bounds:    options.queue_max rows wait for the writer; beyond that append() reports false and the row is counted as
///            dropped in a metric (never silently); group commit every options.group_interval.
/// Source:    SQLite documentation: "Write-Ahead Logging", "PRAGMA synchronous".
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/money.h"
#include "cost/usage.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace inferenceflow::store {

enum class durability : std::uint8_t {
  group, ///< commits at most group_interval apart: kill -9 loses at most that much
  sync,  ///< the answer completes only after its row is on disk
};

/// One request, settled.
struct ledger_row {
  std::string request_id;
  std::string trace_id;        ///< empty if none
  std::int64_t finished_ms = 0; ///< Unix time
  std::string tenant;
  std::string user;
  std::string surface;         ///< "chat", "completions", "embeddings", "inference", "generate"
  std::string model_requested;
  std::string model_served;
  std::string provider;        ///< "cache" never: the provider that (originally) answered
  std::string cache;           ///< "hit", "miss", "coalesced", "bypass"
  int status = 0;              ///< HTTP status sent, 499 when the client went away
  std::string error_kind;      ///< empty on success
  std::string finish_reason;
  bool streamed = false;
  cost::token_usage usage;
  cost::usage_source source = cost::usage_source::reported;
  bool ceiling_priced = false; ///< no price known: the configured ceiling was charged
  money cost;                  ///< what this request cost
  money direct;                ///< what the same request would have cost without the gateway
  std::int64_t latency_us = 0;
  std::int64_t first_byte_us = 0; ///< 0 when no byte was delivered
};

struct ledger_options {
  std::string path;                                 ///< file; ":memory:" keeps nothing
  durability mode = durability::group;
  std::chrono::milliseconds group_interval{50};     ///< ≤ 100
  std::size_t queue_max = 65'536;
};

/// One line of a sum.
struct cost_total {
  std::string group;      ///< value of the grouping column; the bucket's start as ISO 8601 for time
  std::int64_t requests = 0;
  std::int64_t cache_hits = 0;
  cost::token_usage usage;
  money cost;
  money direct;
  [[nodiscard]] money saved() const { return direct - cost; }
};

enum class cost_group : std::uint8_t { none, model, provider, user, tenant, hour, day };

struct cost_query {
  cost_group group = cost_group::none;
  std::int64_t from_ms = 0;            ///< inclusive
  std::int64_t until_ms = INT64_MAX;   ///< exclusive
  std::string tenant;                  ///< empty = all
  std::size_t rows_max = 1'000;        ///< most expensive first; time buckets in order of time
};

class ledger {
public:
  virtual ~ledger() = default;

  /// Queues the row. `committed` (may be empty) is called on the writer thread once the row is on disk, or with false
  /// if it could not be written. @returns false when the queue is full: the row was not taken.
  [[nodiscard]] virtual bool append(ledger_row row, std::function<void(bool)> committed) = 0;

  /// Blocks until everything appended before the call is on disk. Not for event loops.
  virtual void flush() = 0;

  /// Sums committed rows. Blocking; not for event loops. @returns unavailable when the database cannot be read.
  [[nodiscard]] virtual result<std::vector<cost_total>> totals(const cost_query& query) = 0;

  /// Rows accepted, written and dropped since open.
  struct counters {
    std::uint64_t appended = 0;
    std::uint64_t written = 0;
    std::uint64_t dropped = 0;
    std::uint64_t write_errors = 0;
  };
  [[nodiscard]] virtual counters count() const = 0;
};

/// Opens (creating it if absent, migrating older schema versions) the SQLite ledger.
/// @returns unavailable naming the path and the reason: not a database, newer schema, read-only, disk full.
[[nodiscard]] result<std::unique_ptr<ledger>> open_sqlite_ledger(ledger_options options, const clock_source& clock);

} // namespace inferenceflow::store
