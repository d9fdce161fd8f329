/// The commands of one connection: which wait to be written, which wait for their answer, and whose callers have left.
///
/// Role:      node writes what take() gives and passes on every reply; all decisions without a socket are here.
/// Lifecycle: add() → take() → answered(), expire(), abandon() or lost(); each call ends exactly once, or is abandoned.
/// Threading: one event loop; not thread-safe. on_done may call add(), and nothing else.
/// Bounds:    limits.
///
/// Redis answers in the order of the commands. So a call whose caller has left keeps its place once it is written, and
/// its late reply is thrown away; before it is written it simply goes.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "store/redis/command.h"
#include "store/redis/options.h"
#include "store/redis/reply.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace inferenceflow::redis {

/// One command on its way.
struct call {
  command what;
  bool asking = false;    ///< ASKING goes before it, and the answer to that is skipped
  bool fired = false;     ///< nobody waits for it
  steady_time deadline{}; ///< a caller waits until then; a fired one is not sent later
  /// Runs once with the outcome. Empty for a call whose caller has left, and for a fired one nobody listens to.
  std::function<void(result<reply>)> on_done = {};

  steady_time sent_at{};
  bool late = false; ///< its caller left after it was written
  bool asking_answered = false;
};
using call_ptr = std::shared_ptr<call>;

class pipeline {
public:
  /// @param limits, counts  outlive the pipeline.
  pipeline(const options& limits, statistics& counts)
      : limits_(limits)
      , counts_(counts) {}

  /// Queues a call. @returns false when there is no room for one of its kind.
  [[nodiscard]] bool add(call_ptr next);

  /// Its caller has left: on_done never runs.
  void abandon(call& left);

  /// Moves the oldest unwritten calls to `batch` and to those that wait for an answer, while `takes` says true. Fired
  /// calls past their deadline are dropped on the way.
  template <class Takes> void take(steady_time now, std::vector<call_ptr>& batch, Takes takes) {
    while (drop_stale(now), !unsent_.empty() && takes(*unsent_.front())) {
      batch.push_back(move_to_sent(now));
    }
  }

  /// The next reply of the connection has come.
  /// @returns false when nothing was asked: the peer does not speak the protocol.
  [[nodiscard]] bool answered(reply answer, steady_time now);

  /// Ends calls whose time is up with upstream_timeout; unwritten fired ones are dropped.
  /// @returns when to look again; nothing when there is nothing to wait for.
  [[nodiscard]] std::optional<steady_time> expire(steady_time now);

  /// A command was written answer_time_max ago and has no answer, or more than late_max late answers are owed.
  [[nodiscard]] bool stalled(steady_time now) const;

  /// The connection is gone: what was written ends with `why`. Unwritten calls stay.
  void lost(const error& why);

  /// No connection comes about: unwritten calls with a caller end with `why`. Fired ones stay.
  void refuse_unsent(const error& why);

  /// Everything ends with `why`; fired calls are dropped.
  void clear(const error& why);

  [[nodiscard]] bool has_unsent() const noexcept { return !unsent_.empty(); }
  [[nodiscard]] std::size_t waiting_for_reply() const noexcept { return sent_.size(); }
  [[nodiscard]] std::size_t late() const noexcept { return late_; }
  [[nodiscard]] std::size_t unsent_bytes() const noexcept { return bytes_[0] + bytes_[1]; }

private:
  [[nodiscard]] call_ptr move_to_sent(steady_time now);
  void drop_stale(steady_time now);
  void forget(const call& gone, bool unsent) noexcept;
  void finish(call& done, result<reply> outcome);

  const options& limits_;
  statistics& counts_;
  std::deque<call_ptr> unsent_;
  std::deque<call_ptr> sent_;
  std::size_t calls_[2] = {0, 0}; ///< [fired]: unwritten and unanswered
  std::size_t bytes_[2] = {0, 0}; ///< [fired]: unwritten
  std::size_t late_ = 0;          ///< of sent_
};

} // namespace inferenceflow::redis
