/// How one surface answers: OpenAI's format in, the client's format out.
///
/// Role:      pipeline/ calls it in order; api/ implements it for /v1/* (bytes as they are), /v1/inference and
///            /v1/generate (translated).
/// Lifecycle: one per exchange: either document(), or begin_events() → events()* → end_events() | break_events(), or
///            refuse().
/// Threading: its exchange's event loop.
/// Bounds:    the exchange's.
#pragma once

#include "base/error.h"
#include "base/money.h"
#include "net/task.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::pipeline {

/// semantic: the answer to another question that means the same.
enum class cache_state : std::uint8_t { bypass, miss, hit, coalesced, semantic };
/// "bypass", "miss", "hit", "coalesced", "semantic".
[[nodiscard]] std::string_view to_string(cache_state state) noexcept;

/// What every answer carries about itself.
struct answer_note {
  cache_state cache = cache_state::bypass;
  std::string_view model;    ///< backend's name of the model; empty before a route is known
  std::string_view provider; ///< empty before a route is known
  money cost;
  money saved;
  std::string_view dropped;              ///< fields that the backend's protocol could not carry, "a, b"; mostly empty
  float similarity = 0;                  ///< of the question whose answer this is; 0 unless it was asked in other words
  std::size_t attempts = 0;              ///< calls to backends that this answer took; 0 = none, it came from a cache
  std::string_view tier = {};            ///< of the model that answered; empty = it is in none
  std::string_view route = {};           ///< how it was chosen, routing::decision_header(); empty = it was not
  std::optional<double> confidence = {}; ///< in this answer, 0 … 1; none = not estimated
  std::optional<std::uint32_t> escalations = {}; ///< answers that were not trusted before this one; none = not watched
  bool settled = false; ///< cost and saving are final; at the head of a live stream they are not
};

class reply {
public:
  virtual ~reply() = default;
  // All of these complete with false when the client is gone; none throws for that.

  /// A whole answer. @param content_type  of `body`, from the backend. @param retry_after  empty = none.
  [[nodiscard]] virtual net::task<bool> document(int status, std::string_view content_type, std::string_view body,
                                                 std::string_view retry_after, const answer_note& note) = 0;
  /// A whole event stream that is already known (a cache hit).
  [[nodiscard]] virtual net::task<bool> whole_stream(std::string_view events, const answer_note& note) = 0;
  /// Head of a live stream; `note` is not settled.
  [[nodiscard]] virtual net::task<bool> begin_events(const answer_note& note) = 0;
  /// Bytes of the event stream, any split.
  [[nodiscard]] virtual net::task<bool> events(std::string_view bytes) = 0;
  /// End of the stream, with the settled note.
  [[nodiscard]] virtual net::task<bool> end_events(const answer_note& note) = 0;
  /// The stream ends early: says why in an error event.
  [[nodiscard]] virtual net::task<bool> break_events(const error& why, const answer_note& note) = 0;
  /// An error before anything was sent.
  [[nodiscard]] virtual net::task<bool> refuse(const error& why, const answer_note& note) = 0;
  /// Status that was sent; 0 before.
  [[nodiscard]] virtual int status() const noexcept = 0;
};

} // namespace inferenceflow::pipeline
