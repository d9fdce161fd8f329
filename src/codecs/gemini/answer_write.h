/// An answer as a GenerateContentResponse.
///
/// Role:      codec::write_answer; stream_write shares the frame of a response.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as large as the answer.
/// Source:    Gemini API reference, "GenerateContentResponse"; recorded answers.
#pragma once

#include "codecs/gemini/citation.h"
#include "codecs/gemini/json_out.h"
#include "codecs/gemini/part_write.h"
#include "cost/usage.h"
#include "dialogue/answer.h"
#include "dialogue/codec.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace inferenceflow::codecs::gemini {

[[nodiscard]] dialogue::written_answer write_answer(const dialogue::answer& got, const dialogue::stream_wish& wish);

/// What every response and every event of a stream says behind its candidates.
struct response_frame {
  std::string_view id = {};
  std::string_view model = {};
  std::int64_t created_s = 0;
  std::string_view service_tier = {};
};
/// Appends usageMetadata, modelVersion, createTime and responseId.
void write_frame(json_out& out, const response_frame& frame, const std::optional<cost::token_usage>& usage);

/// Appends the member logprobsResult, unless there are none.
void write_logprobs(json_out& out, std::span<const dialogue::token_logprob> tokens);

/// Notes a citation of `words`, which begin at byte `base` of Gemini's part number `part`. One without a place is put
/// on all of the words.
void add_citation(grounding& into, dialogue::citation source, std::string_view words, std::size_t base,
                  std::size_t part);

/// Names what finishReason cannot tell.
void note_finish_losses(dialogue::finish reason, std::string_view stop_sequence, loss_list& losses);

} // namespace inferenceflow::codecs::gemini
