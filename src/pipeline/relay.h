/// Carries a live event stream from the provider to whoever reads it: the client, followers, the cache.
///
/// Role:      event_sink of the request that leads the call. Its client is written to first, so a leader that reads
///            slowly slows the provider and with it every follower; a slow follower slows nobody.
/// Lifecycle: one per attempt; after the call, end() or break_off().
/// Threading: one event loop (followers are reached through the shared answer).
/// Bounds:    keeps at most entry_bytes_max for the cache, then none; holds back one piece in `sync` durability.
#pragma once

#include "base/clock.h"
#include "cache/inflight_table.h"
#include "http/exchange.h"
#include "net/wake_event.h"
#include "pipeline/end_gate.h"
#include "pipeline/reply.h"
#include "pipeline/screening.h"
#include "providers/provider.h"
#include "routing/route_table.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace inferenceflow::pipeline {

struct relay_options {
  answer_note head_note; ///< sent with the first byte
  bool keep = false;     ///< the answer may go into the cache
  std::size_t keep_bytes_max = 0;
  bool hold_end = false; ///< the end reaches the client only after settling
};

class relay final : public providers::event_sink {
public:
  /// Lifetime: all references must outlive the relay.
  relay(reply& client, net::cancel_scope& client_scope, cache::inflight_leader& leader, const clock_source& clock,
        relay_options options);

  [[nodiscard]] net::task<bool> write(std::string_view bytes) override;
  [[nodiscard]] net::task<bool> write_split(std::string_view bytes, std::span<const std::string_view> visible) override;
  void dropped(std::span<const std::string> fields) override;

  /// Who answers, for the head of the stream; before the first write. @param attempts  calls made so far.
  /// Lifetime: the target outlives the relay.
  void answered_by(const routing::route& target, std::size_t attempts) noexcept;
  /// How it came to that, where a stream was judged before it began. @param route  routing::decision_header()
  void chosen_by(std::string route, std::uint32_t escalations);

  /// What follows comes from a model on trial: it goes out only as the screen lets it. Null ends this. While nothing
  /// has begun. Lifetime: the screen outlives the writes.
  void screen_by(screening* screen) noexcept { screen_ = screen; }
  /// Sends what the screen has let pass; what is written meanwhile waits.
  [[nodiscard]] net::task<bool> release();

  /// Sends what was held back and ends the stream.
  [[nodiscard]] net::task<bool> end(const answer_note& settled);
  /// Ends the stream with an error event.
  [[nodiscard]] net::task<bool> break_off(const error& why, const answer_note& settled);

  [[nodiscard]] bool begun() const noexcept { return first_byte_at_.has_value(); }
  [[nodiscard]] std::optional<steady_time> first_byte_at() const noexcept { return first_byte_at_; }
  /// Everything written, if it was kept whole.
  [[nodiscard]] std::optional<std::string_view> kept() const;

private:
  [[nodiscard]] net::task<void> begin();
  [[nodiscard]] net::task<bool> pass(std::string_view bytes);
  [[nodiscard]] net::task<void> to_client(std::string_view bytes);
  void keep(std::string_view bytes);
  [[nodiscard]] bool wanted() const;

  reply& client_;
  net::cancel_scope& client_scope_;
  cache::inflight_leader& leader_;
  const clock_source& clock_;
  std::string dropped_; ///< backs the head note
  std::string route_;   ///< likewise
  relay_options options_;
  std::optional<steady_time> first_byte_at_;
  std::string kept_;
  bool overflowed_ = false;
  screening* screen_ = nullptr;
  bool releasing_ = false;
  net::wake_event released_; ///< a write waits for it while releasing_
  end_gate gate_;
};

} // namespace inferenceflow::pipeline
