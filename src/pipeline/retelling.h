/// A stream told again event by event, so that another backend can go on in the middle of it.
///
/// Role:      stands between the calls of a delivery and its relay where the route continues broken streams elsewhere.
///            Both calls write the client's protocol; it is read and written anew by one writer, which knows how far
///            the answer is.
/// Lifecycle: one per delivery: write()* [→ take_over() → write()*]* → finish().
/// Threading: one event loop.
/// Bounds:    keeps the answer's text, at most k_text_bytes_max; a longer one is not continued.
#pragma once

#include "cost/usage.h"
#include "dialogue/codec.h"
#include "net/task.h"
#include "pipeline/relay.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::pipeline {

class retelling {
public:
  static constexpr std::size_t k_text_bytes_max = 1U << 20U;

  /// @param codec  of the client's protocol. @param model  what the client asked for. Lifetime: all outlive it.
  retelling(const dialogue::codec& codec, const dialogue::stream_wish& wish, std::size_t event_bytes_max, relay& out);

  /// Bytes of the call's stream, in the client's protocol. @returns false when nobody reads any more.
  [[nodiscard]] net::task<bool> write(std::string_view bytes);
  /// The last call's stream has ended well: what its reader still holds.
  [[nodiscard]] net::task<bool> finish();

  /// Whether another backend could go on: one answer, of text alone, begun and not ended.
  [[nodiscard]] bool can_go_on() const noexcept;
  /// The text so far.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  /// What follows comes from another backend. @param so_far  what the calls before it used.
  void take_over(const cost::token_usage& so_far);
  /// A stream told its own end in an error: kept from the client, who is told once.
  [[nodiscard]] const std::optional<error>& failure() const noexcept { return failure_; }

private:
  void take(const dialogue::event& happened);
  void take_part(dialogue::event happened);
  [[nodiscard]] net::task<bool> send();

  const dialogue::codec& codec_;
  std::size_t event_bytes_max_;
  relay& out_;
  std::unique_ptr<dialogue::event_reader> reader_;
  std::unique_ptr<dialogue::event_writer> writer_;
  dialogue::event_handler handle_;
  std::string ready_;
  std::string text_;
  std::optional<error> failure_;
  cost::token_usage before_;     ///< of the calls before the one that speaks now
  std::uint32_t parts_ = 0;      ///< begun so far, for the client
  std::uint32_t first_part_ = 0; ///< number that the speaking call's part 0 has for the client
  bool begun_ = false;
  bool open_ = false;    ///< a text part is open
  bool joining_ = false; ///< the next text part goes on with the open one
  bool plain_ = true;    ///< nothing but text so far, in one answer
  bool ended_ = false;
};

} // namespace inferenceflow::pipeline
