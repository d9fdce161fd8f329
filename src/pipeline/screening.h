/// A stream held back until its answer is trusted.
///
/// Role:      relay asks it about every piece while a model is on trial; ladder judges what it has seen.
/// Lifecycle: one per call: take()* → finish().
/// Threading: one event loop.
/// Bounds:    holds what hold_tokens_max tokens of the client's protocol take; the first piece beyond that, or after
///            `until`, is judged by what came so far. k_seen_bytes_max of the answer's text are kept for the judge.
///
/// The events are read and written anew, without the token probabilities that the client did not ask for.
#pragma once

#include "base/clock.h"
#include "dialogue/codec.h"
#include "escalation/confidence.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace inferenceflow::pipeline {

/// More of an answer is not looked at.
inline constexpr std::size_t k_seen_bytes_max = 256U << 10U;

/// What is known of an answer while it comes, or when it is whole.
struct sighting {
  escalation::token_meter tokens = {};
  std::string text = {}; ///< of choice 0
  bool tool_calls = false;
  bool whole = false;
  escalation::ending end = escalation::ending::stopped;
  std::uint64_t pieces = 0; ///< events with content, for streams without token probabilities

  /// Everything but format and agreement.
  [[nodiscard]] escalation::signals signals() const;
};

[[nodiscard]] sighting sighting_of(const dialogue::answer& got);

enum class screened : std::uint8_t { held, passed, rejected };

class screening {
public:
  struct limits {
    std::uint64_t tokens_max = 0; ///< 0: nothing is held
    steady_time until = steady_time::max();
  };
  /// @returns whether the answer may go to the client.
  using judge = std::function<bool(const sighting&)>;

  /// @param show_logprobs  the client has asked for them. Lifetime: codec and clock outlive it, and what wish refers
  /// to.
  screening(const dialogue::codec& codec, const dialogue::stream_wish& wish, std::size_t event_bytes_max,
            bool show_logprobs, limits held, judge trusts, const clock_source& clock);

  /// Bytes of the call's stream, any split.
  /// @returns passed: ready() is for the client; held; rejected: once for all.
  [[nodiscard]] screened take(std::string_view bytes);
  /// The time to hold is over although no piece has come. @returns held: nothing has come yet, or it was judged before;
  /// passed: ready() is for the client; rejected.
  [[nodiscard]] screened expire();
  /// The stream has ended well. @returns passed or rejected.
  [[nodiscard]] screened finish();
  /// What may go out now. Lifetime: until the next take().
  [[nodiscard]] std::string_view ready() const noexcept { return ready_; }
  /// It went out.
  void sent() noexcept { ready_.clear(); }

  [[nodiscard]] const sighting& seen() const noexcept { return seen_; }
  [[nodiscard]] bool passed() const noexcept { return state_ == screened::passed; }
  [[nodiscard]] bool rejected() const noexcept { return state_ == screened::rejected; }

private:
  void note(const dialogue::event& happened);
  [[nodiscard]] screened rule();

  bool show_logprobs_;
  limits limits_;
  judge trusts_;
  const clock_source& clock_;
  std::unique_ptr<dialogue::event_reader> reader_;
  std::unique_ptr<dialogue::event_writer> writer_;
  dialogue::event_handler handle_;
  sighting seen_;
  std::string ready_; ///< held, or to be sent
  screened state_ = screened::held;
};

} // namespace inferenceflow::pipeline
