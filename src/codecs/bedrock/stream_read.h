/// What ConverseStream answers with → events.
///
/// Role:      codec::make_reader.
/// Lifecycle: one per stream: push()* → finish().
/// Threading: one loop.
/// Bounds:    one unfinished message of event_bytes_max, and as much again of a block that the superset wants whole: a
///            signature, an image, a call of a tool that runs at the provider, its result.
/// Source:    Bedrock API reference, ConverseStreamOutput; recorded streams: text blocks come without
/// contentBlockStart,
///            empty deltas and the member "p" are padding, metadata comes last.
#pragma once

#include "codecs/bedrock/event_stream.h"
#include "dialogue/codec.h"
#include "dialogue/json_view.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::bedrock {

class stream_reader final : public dialogue::event_reader {
public:
  explicit stream_reader(std::size_t event_bytes_max)
      : decoder_(event_bytes_max)
      , held_bytes_max_(event_bytes_max) {}

  void push(std::string_view bytes, const dialogue::event_handler& handle) override;
  void finish(const dialogue::event_handler& handle) override;

private:
  /// What the current block turned out to be. The last three are handed on whole, when they end.
  enum class content : std::uint8_t { none, text, tool_call, reasoning, image, provider_call, provider_result };

  void take(const stream_message& message);
  void take_event(std::string_view type, const dialogue::json_view& root);
  void take_message_start();
  void take_block_start(const dialogue::json_view& root);
  void take_delta(const dialogue::json_view& root);
  void take_text(std::string_view text);
  void take_input(std::string_view input);
  void take_reasoning(const dialogue::json_view& delta);
  void take_provider_result(const dialogue::json_view& delta);
  void take_block_stop(const dialogue::json_view& root);
  void take_message_stop(const dialogue::json_view& root);
  void take_metadata(const dialogue::json_view& root);

  /// Makes the block of this event the current one. @returns false, and fails, when it cannot be.
  [[nodiscard]] bool enter_block(const dialogue::json_view& root);
  /// Opens a part for `kind`, unless it is open. @returns false, and fails, when the block is something else.
  [[nodiscard]] bool enter_part(content kind);
  void close_part();
  void hand_on_held();
  /// @returns false, and fails, when a block that is kept whole grows too large.
  [[nodiscard]] bool hold(std::string_view text);

  void emit(dialogue::event happened);
  void emit_text(dialogue::event_kind kind, std::string_view text);
  void fail(error why);
  void fail(std::string_view message);

  stream_decoder decoder_;
  std::size_t held_bytes_max_;
  const dialogue::event_handler* handle_ = nullptr; ///< of the call that runs
  std::int64_t block_ = -1;                         ///< the newest block's index
  bool block_ended_ = true;
  content content_ = content::none;
  std::uint32_t part_ = 0;
  std::string held_;  ///< signature, base64, input or results of the open part
  std::string id_;    ///< of a call or result at the provider
  std::string name_;  ///< its tool; the media type of an image
  std::string extra_; ///< `type` and `status` of a call or result at the provider, as JSON members
  bool begun_ = false;
  bool stopped_ = false; ///< messageStop came
  bool closed_ = false;  ///< `end` or `failure` was handed on
};

} // namespace inferenceflow::codecs::bedrock
