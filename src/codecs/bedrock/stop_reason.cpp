#include "codecs/bedrock/stop_reason.h"

#include <algorithm>
#include <array>

namespace inferenceflow::codecs::bedrock {
namespace {

using dialogue::finish;

struct reason_name {
  std::string_view name;
  finish reason;
};

// The first row of a reason is what is written for it. `refusal` and `pause_turn` are Claude's own, which Converse does
// not list but passes on from models that are newer than the list.
constexpr std::array k_reasons{
    reason_name{"end_turn", finish::stop},
    reason_name{"stop_sequence", finish::stop_sequence},
    reason_name{"max_tokens", finish::length},
    reason_name{"model_context_window_exceeded", finish::length},
    reason_name{"tool_use", finish::tool_calls},
    reason_name{"content_filtered", finish::content_filter},
    reason_name{"guardrail_intervened", finish::content_filter},
    reason_name{"malformed_model_output", finish::failed},
    reason_name{"malformed_tool_use", finish::failed},
    reason_name{"refusal", finish::refusal},
    reason_name{"pause_turn", finish::paused},
};

} // namespace

finish finish_of(std::string_view stop_reason) noexcept {
  const auto is_it = [&](const reason_name& row) { return row.name == stop_reason; };
  const auto found = std::find_if(k_reasons.begin(), k_reasons.end(), is_it);
  return found == k_reasons.end() ? finish::other : found->reason;
}

std::string_view stop_reason_of(finish reason) noexcept {
  if (reason == finish::refusal) { // clients check against the list
    return "content_filtered";
  }
  const auto is_it = [&](const reason_name& row) { return row.reason == reason && reason != finish::paused; };
  const auto found = std::find_if(k_reasons.begin(), k_reasons.end(), is_it);
  return found == k_reasons.end() ? std::string_view{"end_turn"} : found->name;
}

} // namespace inferenceflow::codecs::bedrock
