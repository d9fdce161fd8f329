/// When lines that can wait are bought in a provider's own batch, and when they are asked as normal calls after all.
///
/// Role:      decisions only: who runs it sends, polls and collects as next() says, and tells what came of it.
/// Lifecycle: one per process: restore()* → offer()*, next()* and what comes of it.
/// Threading: one event loop; no I/O, no clock of its own.
/// Bounds:    limits.lines_max and bytes_max per batch, pooled_max lines in all, open_max batches at providers.
/// Source:    OpenAI "Batch", Anthropic "Message Batches", Gemini "Batch Mode": half the price within 24 h, cancel at
/// any
///            time, results per line, lines without result after cancel or expiry.
///
/// Every line that was offered and taken ends exactly once: it is among those that collected() gives back, to be
/// settled at the batch price, or in one promote step, to be asked and settled as a normal call. Whoever runs the pool
/// writes down, in this order: the batch with its lines before it is sent, its remote id after; so that restore() can
/// say after kill -9 what was there, and look_for finds what was sent and not written down.
#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace inferenceflow::batches {

struct pool_limits {
  std::size_t lines_min = 10; ///< fewer are asked as normal calls: a batch is not worth its round trips
  std::size_t lines_max = 10'000;
  std::size_t bytes_max = 32U << 20U;
  std::size_t pooled_max = 100'000;
  std::size_t open_max = 16;
  unsigned sends_max = 3;                     ///< attempts to hand a batch over
  std::chrono::seconds gather{60};            ///< how long the first line waits for company
  std::chrono::seconds slack_min{2 * 3'600};  ///< lines whose deadline is nearer are not taken
  std::chrono::seconds spread_max{3'600};     ///< between the deadlines of one batch
  std::chrono::seconds give_up_before{1'800}; ///< the deadline: then what is not done is called back
  std::chrono::seconds promote_before{900};   ///< the deadline: then it is asked, called back or not
  std::chrono::seconds poll_min{15};          ///< after sending; then pauses grow by half
  std::chrono::seconds poll_max{300};
};

struct pool_line {
  std::int64_t id = 0;
  std::string target = {}; ///< provider, model and endpoint: what one batch can hold
  std::size_t bytes = 0;
  wall_time deadline{};
  bool tool_loop = false; ///< its answer is waited for by a next step: never pooled
};

/// What a provider's batch says of one line.
enum class line_fate : std::uint8_t {
  answered, ///< paid for
  refused,  ///< an error that would be the same again; not paid for
  undone,   ///< called back, expired, or lost on the way
};

class discount_pool {
public:
  struct submit { ///< → sent() or send_failed()
    std::int64_t batch;
    std::string target;
    std::vector<std::int64_t> lines;
  };
  struct look_for { ///< was it sent before the process ended? → found()
    std::int64_t batch;
    std::string target;
  };
  struct poll { ///< → polled() or poll_failed()
    std::int64_t batch;
    std::string remote;
  };
  struct call_back { ///< cancel it at the provider; what has an answer keeps it. Nothing is told back: polls go on.
    std::int64_t batch;
    std::string remote;
  };
  struct collect { ///< → collected(), or poll_failed() to try again
    std::int64_t batch;
    std::string remote;
  };
  struct promote { ///< ask each as a normal call; the pool has forgotten them
    std::vector<std::int64_t> lines;
  };
  struct wait {
    wall_time until;
  };
  using step = std::variant<submit, look_for, poll, call_back, collect, promote, wait>;

  explicit discount_pool(const pool_limits& limits)
      : limits_(limits) {}

  /// @returns false when the line shall be asked as a normal call: too near its deadline, part of a tool loop, too
  /// large, or
  ///          the pool is full.
  [[nodiscard]] bool offer(const pool_line& line, wall_time now);
  /// A batch that an earlier process had sent, or was about to. @param remote  empty when that was not written down.
  void restore(std::int64_t batch, std::string remote, const std::vector<pool_line>& lines, wall_time now);

  [[nodiscard]] step next(wall_time now);

  void sent(std::int64_t batch, std::string remote, wall_time now);
  /// @param retryable  whether another attempt may do.
  void send_failed(std::int64_t batch, bool retryable, wall_time now);
  /// It is not known whether the provider has taken it: it is looked for before it is sent again.
  void send_unclear(std::int64_t batch, wall_time now);
  /// @param remote  nothing when the provider has no such batch: it is sent now, or promoted after sends_max attempts.
  void found(std::int64_t batch, std::optional<std::string> remote, wall_time now);
  /// Whether it was sent cannot be told yet.
  void look_failed(std::int64_t batch, wall_time now);
  void polled(std::int64_t batch, bool ended, wall_time now);
  void poll_failed(std::int64_t batch, wall_time now);
  /// @returns lines to be settled at the batch's price, each once ever; the others are promoted by the next steps.
  [[nodiscard]] std::vector<std::int64_t> collected(std::int64_t batch,
                                                    const std::vector<std::pair<std::int64_t, line_fate>>& results);

  /// Nobody wants the answers to lines that `is_unwanted` says. Those that are not at a provider leave the pool at
  /// once; a batch at a provider is called back once nothing in it is wanted, else they stay in it.
  /// @returns the lines that have left.
  [[nodiscard]] std::vector<std::int64_t> drop(const std::function<bool(std::int64_t line)>& is_unwanted);

  [[nodiscard]] std::size_t pooled() const noexcept { return pooled_; }
  /// Batches at providers, or on their way.
  [[nodiscard]] std::size_t open() const;

private:
  enum class phase : std::uint8_t { gathering, lost, busy, running, ended };
  struct entry {
    std::string target;
    std::vector<std::int64_t> lines;
    std::size_t bytes = 0;
    wall_time first_deadline{};
    wall_time last_deadline{};
    wall_time due{}; ///< next send, search or poll
    std::string remote;
    std::chrono::seconds pause{0};
    unsigned sends = 0;
    phase now = phase::gathering;
    bool closed = false;      ///< takes no further line
    bool called_back = false; ///< nothing is hoped for any more
    bool unwanted = false;    ///< nobody waits for any of its lines
  };
  using entry_map = std::map<std::int64_t, entry>;

  [[nodiscard]] entry_map::iterator room_for(const pool_line& line);
  [[nodiscard]] std::optional<step> step_for(entry_map::iterator at, wall_time now);
  [[nodiscard]] std::optional<step> step_of_gathering(std::int64_t batch, entry& one, wall_time now);
  [[nodiscard]] step give_up(entry_map::iterator at);
  void promote_all(std::int64_t batch, const entry& one);
  [[nodiscard]] wall_time due_of(const entry& one) const;
  entry* known(std::int64_t batch);

  pool_limits limits_;
  entry_map batches_;
  std::vector<std::int64_t> promoted_; ///< not yet told
  std::int64_t next_batch_ = 1;
  std::size_t pooled_ = 0;
};

} // namespace inferenceflow::batches
