/// The ledger: one row per request, append-only, the only source of what was spent and saved.
///
/// Role:      pipeline/ appends at settle; api/ sums for /v1/metrics/cost.
/// Lifecycle: open_sqlite_ledger() → append()* / totals()* → destruction, which commits everything that was accepted.
/// Threading: append() from any thread; one writer thread owns the database connection.
/// Bounds:    options.queue_max rows are accepted and not yet on disk; beyond that append() reports false and the row
///            is counted as dropped (never silently); group commit every options.group_interval.
/// Source:    SQLite documentation: "Write-Ahead Logging", "PRAGMA synchronous".
#pragma once

#include "base/error.h"
#include "base/money.h"
#include "cost/usage.h"
#include "store/feedback.h"
#include "store/routed.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::store {

enum class durability : std::uint8_t {
  group, ///< commits at most group_interval apart: kill -9 loses at most that much, a power cut possibly more
  sync,  ///< commits at once and forces the disk: a row whose callback fired survives a power cut too
};

/// What a client asked, word for word.
struct kept_request {
  std::string path; ///< as routed, without query: "/v1/chat/completions"
  std::string body;
};

/// How many of them a ledger keeps.
struct request_limits {
  std::int64_t rows_max = 100'000;
  std::int64_t bytes_max = std::int64_t{256} << 20U; ///< as compressed
};

/// How many explanations of routing decisions it keeps.
struct decision_limits {
  std::int64_t rows_max = 200'000;
  std::int64_t bytes_max = std::int64_t{256} << 20U; ///< as compressed
};

/// One request, settled.
struct ledger_row {
  std::string request_id;       ///< may repeat, since clients may choose it: not the identity of the row
  std::string trace_id;         ///< empty if none
  std::int64_t finished_ms = 0; ///< Unix time
  std::string tenant;
  std::string user;
  std::string surface; ///< "chat", "completions", "embeddings", "inference", "generate"
  std::string model_requested;
  std::string model_served;
  std::string provider;   ///< "cache" never: the provider that (originally) answered
  std::string cache;      ///< "hit", "miss", "coalesced", "bypass", "semantic"
  int status = 0;         ///< HTTP status sent, 499 when the client went away
  std::string error_kind; ///< empty on success
  std::string finish_reason;
  bool streamed = false;
  cost::token_usage usage;
  cost::usage_source source = cost::usage_source::reported;
  bool ceiling_priced = false; ///< no price known: the configured ceiling was charged
  money cost;                  ///< what this request cost
  money direct;                ///< what the same request would have cost without the gateway
  std::int64_t latency_us = 0;
  std::int64_t first_byte_us = 0; ///< 0 when no byte was delivered
  bool batched = false;           ///< bought in a provider's batch, at its price
  /// To be kept and counted beside the row, for cache warming and replay; find() does not give it back.
  std::optional<kept_request> asked = {};
  std::optional<routed_part> routed = {}; ///< none when no router chose: one backend, or an answer of the cache
};

struct ledger_options {
  std::string path; ///< file, whose folder is created if absent; ":memory:" keeps nothing
  durability mode = durability::group;
  std::chrono::milliseconds group_interval{50}; ///< ≤ 100
  std::size_t queue_max = 65'536;
  std::size_t commit_rows_max = 4'096; ///< so many waiting rows are committed before group_interval is over
  request_limits requests = {};
  std::size_t requests_waiting_bytes_max = 32U << 20U; ///< bodies of rows in the queue; rows beyond go without theirs
  decision_limits decisions = {};
  std::size_t decisions_waiting_bytes_max = 8U << 20U; ///< likewise of explanations
  feedback_limits said = {};
  std::size_t feedback_waiting_max = 4'096;        ///< beyond that it is refused, so that rows have the queue
  std::chrono::milliseconds close_patience{5'000}; ///< how long closing retries a failing disk before it gives rows up
  /// Called on the writer thread, or by whoever calls totals()/find(), with what went wrong and what happens next.
  /// Must not call the ledger.
  std::function<void(const std::string& message)> on_error = {};
};

/// One line of a sum.
struct cost_total {
  std::string group; ///< value of the grouping column; the bucket's start as ISO 8601 for time
  std::int64_t requests = 0;
  std::int64_t cache_hits = 0; ///< semantic ones included
  std::int64_t coalesced = 0;
  std::int64_t errors = 0; ///< rows with an error_kind
  cost::token_usage usage;
  money cost;
  money direct;
  [[nodiscard]] money saved() const { return direct - cost; }
};

/// route: the name that clients asked for. model: what answered. role: main, canary or shadow where a route has chosen.
enum class cost_group : std::uint8_t { none, route, role, model, provider, user, tenant, hour, day };

struct cost_query {
  cost_group group = cost_group::none;
  std::int64_t from_ms = 0;          ///< inclusive
  std::int64_t until_ms = INT64_MAX; ///< exclusive
  std::string tenant = {};           ///< empty = all
  std::size_t rows_max = 1'000;      ///< most expensive first; of time buckets the latest, in order of time
};

/// What became of feedback.
struct feedback_receipt {
  feedback_outcome outcome = feedback_outcome::lost;
  ledger_row row = {}; ///< of the request, without body and explanation; empty when it is not known
};

class ledger {
public:
  virtual ~ledger() = default;

  /// Queues the row. `committed` (may be empty) is called on the writer thread once the row is on disk, or with false
  /// if it could not be written. It must not block and must not call the ledger.
  /// Each accepted row is one row on disk, billed once: also when its request_id is there already, and also when a
  /// group is written again because its commit failed in a way that leaves open whether it is on disk.
  /// Takes well under a microsecond; wakes the writer once per group, not once per row.
  /// @returns false when the queue is full: the row was not taken, and `committed` will not be called.
  [[nodiscard]] virtual bool append(ledger_row row, std::function<void(bool)> committed) = 0;

  /// Queues what somebody says of a request, behind all rows appended before, so that it finds theirs. `settled` is
  /// called once on the writer thread when that is on disk or has come to nothing. It must not block and must not call
  /// the ledger.
  /// @param said  about the newest row of its tenant with that request_id, shadows left out.
  /// @returns false when too much waits: it was not taken, and `settled` will not be called.
  [[nodiscard]] virtual bool append_feedback(feedback said, std::function<void(const feedback_receipt&)> settled) = 0;

  /// Blocks until everything appended before the call is on disk or given up. Not for event loops.
  virtual void flush() = 0;

  /// Sums committed rows. Blocking; not for event loops. @returns unavailable when the database cannot be read.
  [[nodiscard]] virtual result<std::vector<cost_total>> totals(const cost_query& query) = 0;

  /// The newest committed row with this request_id, shadows left out. Blocking; not for event loops.
  /// @param tenant  whose it must be; empty = anybody's.
  /// @returns nullopt when there is none; unavailable when the database cannot be read.
  [[nodiscard]] virtual result<std::optional<ledger_row>> find(std::string_view request_id,
                                                               std::string_view tenant = {}) = 0;

  /// All that is kept of what was said of the row that find() gives, oldest first. Blocking; not for event loops.
  /// @returns unavailable when the database cannot be read.
  [[nodiscard]] virtual result<std::vector<feedback>> feedback_on(std::string_view request_id,
                                                                  std::string_view tenant = {}) = 0;

  /// Sums since open; appended = written + duplicates + given up + still waiting.
  struct counters {
    std::uint64_t appended = 0;          ///< rows accepted
    std::uint64_t written = 0;           ///< rows on disk, but for those counted as duplicates
    std::uint64_t duplicates = 0;        ///< rows that an attempt to write them again found on disk, and skipped
    std::uint64_t dropped = 0;           ///< rows refused because the queue was full, or given up after write errors
    std::uint64_t write_errors = 0;      ///< failed attempts to commit, each retried
    std::uint64_t requests_dropped = 0;  ///< bodies that were not kept because too many waited; their rows were
    std::uint64_t decisions_dropped = 0; ///< likewise explanations, and those beyond k_explanation_bytes_max
    std::uint64_t feedback_written = 0;
    std::uint64_t feedback_dropped = 0; ///< refused because too much waited, or given up after write errors
  };
  [[nodiscard]] virtual counters count() const = 0;
};

/// Opens (creating it and its folder if absent, migrating older schema versions) the SQLite ledger.
/// Destroying it commits everything that was accepted.
/// @returns unavailable naming the path and the reason: not a database, another program's database, newer schema,
///          read-only, disk full.
/// @returns invalid_request for options out of bounds.
[[nodiscard]] result<std::unique_ptr<ledger>> open_sqlite_ledger(ledger_options options);

} // namespace inferenceflow::store
