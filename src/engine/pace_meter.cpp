#include "engine/pace_meter.h"

#include <algorithm>

namespace inferenceflow::engine {
namespace {

constexpr double k_newest = 0.1;        // weight of the newest step in the gap
constexpr double k_correction = 0.2;    // share of a step's error that is corrected at once
constexpr double k_chunk_tokens = 64.0; // prompt tokens are counted in these, to weigh about as much as a whole step

} // namespace

// Normalised least mean squares on: time = step_s + prompt_token_s · prompt tokens. Where all steps are alike the two
// cannot be told apart, but then their sum is right, and nobody asks for more.
void pace_meter::observe(std::chrono::nanoseconds took, std::uint32_t prompt_tokens, std::uint32_t decodes) {
  const double seconds = std::chrono::duration<double>(took).count();
  if (decodes > 0) {
    pace_.gap_s = pace_.gap_s == 0 ? seconds : pace_.gap_s + k_newest * (seconds - pace_.gap_s);
  }
  if (pace_.step_s == 0 && prompt_tokens == 0) {
    pace_.step_s = seconds;
  } else if (pace_.prompt_token_s == 0 && prompt_tokens > 0) {
    pace_.prompt_token_s = std::max(seconds - pace_.step_s, 0.0) / prompt_tokens;
  }
  const double chunks = prompt_tokens / k_chunk_tokens;
  const double error_s = seconds - pace_.step_s - pace_.prompt_token_s * prompt_tokens;
  const double correction = k_correction * error_s / (1 + chunks * chunks);
  pace_.step_s = std::max(pace_.step_s + correction, 0.0);
  pace_.prompt_token_s = std::max(pace_.prompt_token_s + correction * chunks / k_chunk_tokens, 0.0);
}

} // namespace inferenceflow::engine
