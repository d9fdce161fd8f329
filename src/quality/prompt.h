/// What a prediction of quality looks at.
///
/// Role:      the pipeline fills one per request; predictors and features read it.
/// Lifecycle: plain value; its views live as long as the request.
/// Threading: value.
/// Bounds:    k_scan_bytes_max of the text are looked at, half of it from either end; of the context only its length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace inferenceflow::quality {

inline constexpr std::size_t k_scan_bytes_max = 4'096;

struct prompt {
  std::string_view text = {};      ///< what is asked: the last user turn, else all text; UTF-8
  std::string_view context = {};   ///< system text and earlier turns, may be empty
  std::uint32_t turns = 1;         ///< of the user
  std::uint32_t prompt_tokens = 0; ///< 0 = not counted
  bool tools = false;              ///< may be called
  bool images = false;
  bool json = false; ///< an answer in JSON is asked for
  bool reasoning = false;
  std::span<const float> vector = {}; ///< unit length, in the predictor's space; empty = not embedded
};

} // namespace inferenceflow::quality
