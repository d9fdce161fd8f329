/// How many tokens one step may compute: as many as keep the time between two tokens within its target.
///
/// Role:      generator asks it before every step and tells it what the step took; clock-free.
/// Lifecycle: tokens() → observe() per step, for the model's life.
/// Threading: one thread.
/// Bounds:    constant memory; tokens() stays within the settings' bounds.
/// Source:    the budget per step: Agrawal et al., "Taming Throughput-Latency Tradeoff in LLM Inference with
///            Sarathi-Serve", OSDI 2024 (arXiv 2403.02310). Additive increase, multiplicative decrease: Chiu and Jain
///            1989.
///
/// Steps with prompt tokens are judged in windows of k_window_steps, of which one in twenty may be late: the 95th
/// percentile. One late step more, and the budget shrinks at once. A window that passes lets it grow, if it was the
/// budget that held prompts back and fewer than one in twenty were late in the long run, too. Steps that only decode
/// are none of its business: no budget would make them shorter.
#pragma once

#include <chrono>
#include <cstdint>

namespace inferenceflow::engine {

struct token_budget_settings {
  std::uint32_t tokens_min = 16; ///< prompts advance by this much even where the target cannot be met
  std::uint32_t tokens_max = 512;
  std::uint32_t tokens_start = 128;
  std::chrono::nanoseconds gap_target{std::chrono::milliseconds{40}}; ///< p95 of the time between two tokens
};

class token_budget {
public:
  static constexpr std::uint32_t k_window_steps = 20;
  static constexpr std::uint32_t k_late_max = 1; ///< of a window
  static constexpr std::uint32_t k_increase_tokens = 8;
  static constexpr double k_decrease = 0.7;
  static constexpr double k_late_share_max = 0.05;

  explicit token_budget(const token_budget_settings& settings);

  /// For the next step, decodes and prompt tokens together.
  [[nodiscard]] std::uint32_t tokens() const { return tokens_; }

  /// @param took            the step's time.
  /// @param prompt_tokens   how many it held; a step without any is ignored.
  /// @param prompts_waited  there were more prompt tokens than the budget let through.
  void observe(std::chrono::nanoseconds took, std::uint32_t prompt_tokens, bool prompts_waited);

private:
  void start_window();

  token_budget_settings settings_;
  std::uint32_t tokens_;
  std::uint32_t steps_ = 0;
  std::uint32_t late_ = 0;
  double late_share_ = 0;       ///< smoothed over about 100 steps
  std::uint32_t held_back_ = 0; ///< steps of the window in which prompts waited
};

} // namespace inferenceflow::engine
