/// What of a native backend's stream goes on to the client, and when.
///
/// Role:      native_provider pushes each read through it. It holds the beginning back until content begins, cleans an
///            error of the provider's, and watches what the stream says of itself.
/// Lifecycle: one per streamed call: push()* → finish().
/// Threading: one event loop.
/// Bounds:    those of the codec's reader and of opening; event_bytes_max after the stream failed.
#pragma once

#include "dialogue/codec.h"
#include "net/task.h"
#include "providers/native/answer_watch.h"
#include "providers/provider.h"
#include "providers/upstream/opening.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace inferenceflow::providers::native {

class outflow {
public:
  /// @param codec  of the backend's protocol. Lifetime: both must outlive it.
  outflow(event_sink& sink, const dialogue::codec& codec, std::size_t event_bytes_max);

  /// Takes the pieces of one read.
  /// @returns why the stream must be given up: an error told instead of content, one that cannot be passed on, bytes
  ///          without end after it, nobody reads.
  [[nodiscard]] net::task<std::optional<error>> push(std::span<const std::string_view> pieces);

  /// The backend's body ended. @returns what is wrong with the stream as a whole, if anything.
  [[nodiscard]] net::task<std::optional<error>> finish();

  [[nodiscard]] const answer_watch& watch() const noexcept { return watch_; }
  [[nodiscard]] bool ended() const noexcept { return watch_.ended(); }
  /// Content has gone to the sink: nobody else may be asked any more.
  [[nodiscard]] bool delivered() const noexcept { return opening_.over(); }
  /// The client has read the provider's own error.
  [[nodiscard]] bool told() const noexcept { return told_; }

private:
  [[nodiscard]] net::task<std::optional<error>> push_one(std::string_view piece);

  event_sink& sink_;
  dialogue::protocol speaks_;
  std::size_t event_bytes_max_;
  answer_watch watch_;
  upstream::opening opening_;
  std::size_t lost_bytes_ = 0; ///< since the stream failed: nobody understands them any more
  bool told_ = false;
};

} // namespace inferenceflow::providers::native
