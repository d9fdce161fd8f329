/// A Messages event stream, read into events.
///
/// Role:      codec::make_reader.
/// Lifecycle: one per stream: push()* → finish().
/// Threading: one loop.
/// Bounds:    event_bytes_max of an unfinished server-sent event, and as much again of a block that only Anthropic
///            knows, which is handed over whole at its end.
/// Source:    Claude API docs, "Streaming Messages", read 2026-11; recorded streams.
///
/// Blocks come one after the other, by rising index. A block that begins while another is open closes it. A delta
/// for a block that is not open, content behind the stop reason, and anything before message_start (pings apart) end
/// the stream in a failure. Unknown events and unknown deltas are skipped, as the provider asks clients to.
#pragma once

#include "codecs/anthropic/opaque_block.h"
#include "codecs/anthropic/usage_block.h"
#include "dialogue/codec.h"
#include "dialogue/json_view.h"
#include "wire/sse/codec.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::anthropic {

class stream_reader final : public dialogue::event_reader {
public:
  explicit stream_reader(std::size_t event_bytes_max);

  void push(std::string_view bytes, const dialogue::event_handler& handle) override;
  void finish(const dialogue::event_handler& handle) override;

private:
  enum class open_block : std::uint8_t { none, text, tool_call, reasoning, opaque };

  void take(std::string_view data);
  void take_event(std::string_view type, const dialogue::json_view& root);
  void take_start(const dialogue::json_view& message);
  void take_block_start(const dialogue::json_view& root);
  void open(const dialogue::json_view& block, std::string_view type);
  void open_text(const dialogue::json_view& block);
  void open_call(const dialogue::json_view& block);
  void open_thinking(const dialogue::json_view& block);
  void take_delta(const dialogue::json_view& root);
  void take_known_delta(const dialogue::json_view& delta, std::string_view type);
  void take_message_delta(const dialogue::json_view& root);
  void take_stop();

  /// Ends the open part, if there is one.
  void close_part();
  void tell(dialogue::event happened);
  /// A delta of the open part, unless it is empty.
  void tell_piece(dialogue::event_kind kind, std::string_view text);
  void tell_refusal(std::string_view why);
  void tell_usage();
  void fail(std::string message);
  void fail(const error& why);

  std::size_t event_bytes_max_;
  wire::sse::decoder decoder_;
  const dialogue::event_handler* handle_ = nullptr;   ///< inside push() and finish()
  const dialogue::json_document* document_ = nullptr; ///< of the event being taken
  open_block open_ = open_block::none;
  std::int64_t index_ = -1; ///< of the block that is or was open last
  std::uint32_t part_ = 0;
  std::string input_; ///< of a call whose input came whole with its start
  opaque_block opaque_;
  usage_counts usage_;
  bool begun_ = false;
  bool finished_ = false; ///< the stop reason came
  bool closed_ = false;   ///< end or failure was told
};

} // namespace inferenceflow::codecs::anthropic
