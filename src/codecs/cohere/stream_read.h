/// Bytes of a Cohere chat stream → events.
///
/// Role:      codec::make_reader().
/// Lifecycle: one reader per stream: push()* → finish().
/// Threading: one loop.
/// Bounds:    event_bytes_max of an unfinished event, and the open text part: Cohere places citations by character, the
///            superset by byte.
/// Source:    Cohere API v2 reference, "Chat with streaming"; recorded streams, which end in message-end and then
///            "[DONE]".
///
/// What is repaired: a delta without its start, a block that is not ended, a block that ends before its citations come
/// (a text part is closed when the next one opens). What ends the stream in a failure: an event before message-start, a
/// second one, a tool call's delta without its call, no message-end.
#pragma once

#include "codecs/cohere/citation.h"
#include "dialogue/codec.h"
#include "dialogue/json_view.h"
#include "wire/sse/codec.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace inferenceflow::codecs::cohere {

class stream_reader final : public dialogue::event_reader {
public:
  explicit stream_reader(std::size_t event_bytes_max)
      : decoder_(event_bytes_max) {}

  void push(std::string_view bytes, const dialogue::event_handler& handle) override;
  void finish(const dialogue::event_handler& handle) override;

private:
  enum class open_kind : std::uint8_t { nothing, text, thinking, plan, call };

  void take(const wire::sse::event& received);
  void take_event(std::string_view type, const dialogue::json_view& root, const dialogue::json_document& document);
  void take_start(const dialogue::json_view& root);
  void take_content_start(const dialogue::json_view& root);
  void take_content_delta(const dialogue::json_view& root);
  void take_plan(const dialogue::json_view& root);
  void take_call_start(const dialogue::json_view& root);
  void take_call_delta(const dialogue::json_view& root);
  void take_citation(const dialogue::json_view& root);
  void take_end(const dialogue::json_view& root, const dialogue::json_document& document);

  void open(open_kind kind, const dialogue::event& begun, std::optional<std::int64_t> index);
  void close();
  void say(open_kind kind, std::string_view piece, std::span<const dialogue::token_logprob> logprobs);
  void emit(dialogue::event happened);
  void fail(const error& why);
  void fail(std::string_view message);

  wire::sse::decoder decoder_;
  const dialogue::event_handler* handle_ = nullptr; ///< while push() or finish() runs
  open_kind open_ = open_kind::nothing;
  std::optional<std::int64_t> open_index_; ///< Cohere's index of the open block or call
  std::uint32_t part_ = 0;
  text_places places_; ///< of the open text part
  bool begun_ = false;
  bool closed_ = false;
};

} // namespace inferenceflow::codecs::cohere
