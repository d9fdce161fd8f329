#include "providers/native/outflow.h"

#include "dialogue/scrub.h"

#include <string>

namespace inferenceflow::providers::native {

namespace {

/// The piece that holds a provider's error, less keys, addresses and names of accounts. Nothing where that cannot be
/// done in place: a frame of Bedrock's has a checksum.
std::optional<std::string> cleaned(std::string_view piece, dialogue::protocol speaks) {
  std::string clean = dialogue::scrubbed(piece, std::string::npos);
  if (speaks == dialogue::protocol::bedrock && clean != piece) {
    return std::nullopt;
  }
  return clean;
}

/// The error is the provider's own and stands in this piece, not one of the reader's about garbage. Compared up to what
/// may be spelt differently there: a quote, or what was taken out of the message.
bool says(std::string_view piece, std::string_view message) {
  const std::string_view beginning = message.substr(0, message.find_first_of("[(*\"\\"));
  return !beginning.empty() && piece.find(beginning) != std::string_view::npos;
}

} // namespace

outflow::outflow(event_sink& sink, const dialogue::codec& codec, std::size_t event_bytes_max)
    : sink_(sink)
    , speaks_(codec.speaks())
    , event_bytes_max_(event_bytes_max)
    , watch_(codec.make_reader(event_bytes_max)) {}

net::task<std::optional<error>> outflow::push(std::span<const std::string_view> pieces) {
  for (const std::string_view piece : pieces) {
    auto failure = co_await push_one(piece);
    if (failure) {
      co_return failure;
    }
  }
  co_return std::nullopt;
}

net::task<std::optional<error>> outflow::push_one(std::string_view piece) {
  const bool was_well = !watch_.failure();
  watch_.push(piece);
  std::optional<std::string> clean;
  if (was_well && watch_.failure()) {
    if (!watch_.content() && !opening_.over()) {
      co_return *watch_.failure(); // told instead of content: another backend can still be asked
    }
    clean = cleaned(piece, speaks_);
    told_ = clean && says(*clean, watch_.failure()->message);
    if (!told_) {
      co_return *watch_.failure(); // garbage, or what cannot be cleaned: the client is told in our words
    }
    piece = *clean;
  }
  const std::string_view ready = opening_.pass(piece, watch_.content());
  const bool wanted = ready.empty() || co_await sink_.write(ready);
  if (!wanted) {
    co_return make_error(error_kind::cancelled, "nobody reads the stream any more");
  }
  lost_bytes_ += watch_.failure() ? piece.size() : 0;
  if (lost_bytes_ > event_bytes_max_) { // an event without end, or no stream of this protocol
    co_return *watch_.failure();
  }
  co_return std::nullopt;
}

net::task<std::optional<error>> outflow::finish() {
  watch_.finish();
  if (watch_.failure() && !watch_.ended() && !delivered()) {
    co_return *watch_.failure();
  }
  const std::string_view unsent = opening_.rest();
  if (!unsent.empty()) {
    [[maybe_unused]] const bool wanted = co_await sink_.write(unsent);
  }
  if (watch_.failure() && watch_.reason() == dialogue::finish::none && !watch_.ended()) {
    co_return *watch_.failure();
  }
  co_return std::nullopt;
}

} // namespace inferenceflow::providers::native
