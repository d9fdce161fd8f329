/// What steps cost lately: the figures behind estimates of waiting.
///
/// Role:      generator tells it every step and gives its pace to the scheduler; clock-free.
/// Lifecycle: observe()*, pace() at any time.
/// Threading: one thread.
/// Bounds:    constant memory.
#pragma once

#include "engine/demand.h"

#include <chrono>
#include <cstdint>

namespace inferenceflow::engine {

class pace_meter {
public:
  /// @param prompt_tokens  of the step. @param decodes  sequences that it decoded.
  void observe(std::chrono::nanoseconds took, std::uint32_t prompt_tokens, std::uint32_t decodes);

  [[nodiscard]] const step_pace& pace() const { return pace_; }

private:
  step_pace pace_;
};

} // namespace inferenceflow::engine
