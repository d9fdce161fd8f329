/// How much a model shall think: thinkingConfig ↔ reasoning_wish.
///
/// Role:      request_read, request_write.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    budgets are clamped to what the model's generation takes.
/// Source:    Gemini API "Thinking": Gemini 3 has levels, 2.5 has budgets, older models neither; the budgets for levels
/// are
///            those of Google's own OpenAI-compatible surface.
#pragma once

#include "codecs/gemini/json_out.h"
#include "codecs/gemini/part_write.h"
#include "dialogue/json_view.h"
#include "dialogue/request.h"

#include <cstdint>
#include <string_view>

namespace inferenceflow::codecs::gemini {

enum class thinking_style : std::uint8_t { none, budget, level };

/// By the model's name. A name that tells no generation ("gemini-flash-latest") is one of the newest.
[[nodiscard]] thinking_style thinking_style_of(std::string_view model) noexcept;

[[nodiscard]] dialogue::reasoning_wish read_thinking(const dialogue::json_view& config);

/// Appends the member thinkingConfig, unless nothing was wished. What the model's generation cannot do is named in
/// `losses`: "reasoning", "reasoning.level", "reasoning.budget_tokens".
void write_thinking(json_out& out, const dialogue::reasoning_wish& wish, std::string_view model, loss_list& losses);

} // namespace inferenceflow::codecs::gemini
