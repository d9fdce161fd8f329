/// What a prediction of quality looks at.
///
/// Role:      pipeline and replay make one per request; the trainer one per row.
/// Lifecycle: views; they live as long as the request.
/// Threading: value.
/// Bounds:    those of the request.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace inferenceflow::quality {

struct prompt {
  std::string_view text = {};    ///< what is asked: the last user turn, else all text
  std::string_view context = {}; ///< system text and earlier turns; may be empty
  std::uint32_t turns = 1;
  std::uint32_t prompt_tokens = 0;
  bool tools = false;
  bool images = false;
  bool json = false;
  bool reasoning = false;
  std::span<const float> vector = {}; ///< unit length, in the predictor's space; empty = not embedded
};

} // namespace inferenceflow::quality
