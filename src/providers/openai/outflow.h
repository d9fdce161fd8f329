/// What of an upstream's event stream goes on to the client, and when.
///
/// Role:      upstream_provider pushes each read through it. It holds the beginning back until content begins, leaves
/// out
///            the usage event that the client did not ask for, and watches what the stream says of itself.
/// Lifecycle: one per streamed call: push()* → finish().
/// Threading: one event loop.
/// Bounds:    those of stream_watch and of opening.
#pragma once

#include "dialogue/codec.h"
#include "net/task.h"
#include "providers/provider.h"
#include "providers/upstream/opening.h"
#include "wire/openai/stream_watch.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace inferenceflow::providers::openai {

class outflow {
public:
  /// @param hide_usage  the usage event is for the gateway alone. @param codec  of OpenAI's chat format.
  /// Lifetime: sink and codec must outlive it.
  outflow(event_sink& sink, bool hide_usage, const dialogue::codec& codec, std::size_t event_bytes_max);

  /// Takes the pieces of one read.
  /// @returns why the stream must be given up: an event too long, an error told instead of content, nobody reads.
  [[nodiscard]] net::task<std::optional<error>> push(std::span<const std::string_view> pieces);

  /// The upstream's body ended. @returns what is wrong with the stream as a whole, if anything.
  [[nodiscard]] net::task<std::optional<error>> finish();

  [[nodiscard]] const wire::openai::stream_facts& facts() const noexcept { return watch_.facts(); }
  /// data: [DONE] has been seen.
  [[nodiscard]] bool ended() const noexcept { return facts().done; }
  /// Content has gone to the sink: nobody else may be asked any more.
  [[nodiscard]] bool delivered() const noexcept { return delivered_; }

private:
  [[nodiscard]] error told_instead(std::string_view bytes);
  [[nodiscard]] net::task<bool> send(std::string_view bytes, std::span<const std::string_view> visible);

  event_sink& sink_;
  const dialogue::codec& codec_;
  std::size_t event_bytes_max_;
  bool hide_usage_;
  bool delivered_ = false;
  bool told_ = false; ///< the client has read the provider's own error
  wire::openai::stream_watch watch_;
  upstream::opening opening_;         ///< of all bytes
  upstream::opening visible_opening_; ///< of those that the client is to see
  std::string room_;
  std::string visible_room_;
};

} // namespace inferenceflow::providers::openai
