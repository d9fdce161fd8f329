/// A Chat Completions answer, into the superset.
///
/// Role:      codec::read_answer; the pieces that a stream has too.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as large as the body.
/// Source:    OpenAI API reference, "The chat completion object"; recorded answers of the hosts that dialect.h names.
#pragma once

#include "base/error.h"
#include "dialogue/answer.h"
#include "dialogue/json_view.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::openai_chat {

/// More choices than OpenAI offers: a larger index is a fault.
inline constexpr std::int64_t k_choices_max = 128;

/// @returns upstream_failed when it is no answer; the provider's error, mapped, when it holds one.
[[nodiscard]] result<dialogue::answer> read_answer(std::string_view body);

/// logprobs.content of a choice, appended.
void read_logprobs(const dialogue::json_view& choice, std::vector<dialogue::token_logprob>& into);

/// `created` in Unix seconds; 0 if it is absent or no time at all.
[[nodiscard]] std::int64_t read_created(const dialogue::json_view& document);

/// A fault of the document, which here is the provider's.
[[nodiscard]] error upstream_fault(const error& fault);

} // namespace inferenceflow::codecs::openai_chat
