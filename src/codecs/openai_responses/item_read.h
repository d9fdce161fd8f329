/// What a response is made of, as events: output items, their content, how it ended, what it cost.
///
/// Role:      answer_read plays every item of a document; stream_read plays what the stream did not spell out.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    none beyond the document's.
/// Source:    OpenAI API reference, "Responses: the response object"; SDK types ResponseOutputItem, Annotation; read
///            2026-11. Offsets of annotations count characters (recorded: text[start:end] is the link's markup).
#pragma once

#include "codecs/openai_responses/part_emitter.h"
#include "cost/usage.h"
#include "dialogue/answer.h"
#include "dialogue/json_view.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::openai_responses {

enum class item_kind : std::uint8_t {
  message,
  function_call,
  custom_call,
  reasoning,
  image, ///< image_generation_call
  other, ///< a hosted tool's: carried as it is
};

[[nodiscard]] item_kind item_kind_of(std::string_view type) noexcept;

/// Plays `item`: all of it when no part is open, else what the open part, which is of this item, has not said.
/// @param content_from  a message's content before this index was played already.
void play_item(part_emitter& to, dialogue::json_view item, std::size_t content_from = 0);

/// Plays one element of a message's content in the same way, and ends its part.
void play_content(part_emitter& to, dialogue::json_view part);

/// Ends the open text part with `annotation`s from number state().cited on.
void play_annotations(part_emitter& to, dialogue::json_view annotations);

[[nodiscard]] dialogue::citation read_annotation(dialogue::json_view annotation, std::string_view text);
[[nodiscard]] std::vector<dialogue::token_logprob> read_logprobs(dialogue::json_view tokens);

/// Begins a call's part. @returns false, and begins nothing, where its name is not known yet.
[[nodiscard]] bool open_call(part_emitter& to, dialogue::json_view item, item_kind kind);

/// A reasoning item's summary, or its full text where it has no summary; paragraphs between the pieces.
struct thought {
  std::string text = {};
  bool summary = false;
};
[[nodiscard]] thought read_thought(dialogue::json_view item);
/// One of the two alone.
[[nodiscard]] std::string joined_texts(dialogue::json_view pieces);

/// Why `response` ended. Calls and refusals show in its parts only.
[[nodiscard]] dialogue::finish finish_of(dialogue::json_view response, const emitted& parts);
/// @returns nothing if the response does not say.
[[nodiscard]] std::optional<cost::token_usage> read_usage(dialogue::json_view response);
/// Unix seconds of created_at, which some backends write with a fraction; 0 if absent.
[[nodiscard]] std::int64_t created_s_of(dialogue::json_view response);

} // namespace inferenceflow::codecs::openai_responses
