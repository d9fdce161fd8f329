/// Writes chat and completion answers in OpenAI wire format: one document, or server-sent events.
///
/// Role:      local_provider; sans-IO.
/// Lifecycle: pure functions over plain values.
/// Threading: any.
/// Bounds:    one event's or one answer's text.
/// Source:    OpenAI API reference: chat.completion, chat.completion.chunk, text_completion; WHATWG HTML §9.2 for the
///            event stream.
#pragma once

#include "engine/request.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::providers::local {

inline constexpr std::string_view k_done_event = "data: [DONE]\n\n";

/// What every part of one answer repeats.
struct answer_head {
  bool chat = true;
  std::string id;
  std::int64_t created_s = 0; ///< seconds since the Unix epoch
  std::string model;          ///< as the client named it
  std::string fingerprint;
  bool usage_fields = false; ///< stream_options.include_usage: every event carries `usage`, null but in the last
};

/// One choice of an answer that is not streamed.
struct collected_choice {
  std::string text;
  std::vector<engine::token_logprob> logprobs;
  engine::end_reason reason = engine::end_reason::stop;
};

/// "stop" or "length".
[[nodiscard]] std::string_view to_string(engine::end_reason reason) noexcept;

/// The whole answer. @param logprobs  the caller asked for them.
[[nodiscard]] std::string render_document(const answer_head& head, const std::vector<collected_choice>& choices,
                                          bool logprobs, const engine::token_counts& counts);

/// The first event of a chat choice, with its role. Empty for completions, which have none.
[[nodiscard]] std::string render_start(const answer_head& head, std::uint32_t choice);

/// New text. @param text_offset  characters of this choice that went before.
[[nodiscard]] std::string render_delta(const answer_head& head, std::uint32_t choice, const engine::text_delta& delta,
                                       bool logprobs, std::size_t text_offset);

[[nodiscard]] std::string render_end(const answer_head& head, std::uint32_t choice, engine::end_reason reason);

/// The event without choices that carries the usage, whether or not the client asked for it.
[[nodiscard]] std::string render_usage(const answer_head& head, const engine::token_counts& counts);

/// Characters (not bytes) of well-formed UTF-8.
[[nodiscard]] std::size_t characters_of(std::string_view text) noexcept;

} // namespace inferenceflow::providers::local
