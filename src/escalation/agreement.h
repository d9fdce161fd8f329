/// How far several answers to one question agree.
///
/// Role:      pipeline, where a route samples more than once; the share of the largest class is a signal of trust.
/// Lifecycle: free functions over texts that the caller keeps.
/// Threading: reentrant.
/// Bounds:    k_samples_max answers, further ones are not looked at; each read up to turn::k_answer_bytes_max.
/// Source:    self-consistency: Wang et al., ICLR 2023 (arXiv 2203.11171); as a signal to escalate: Yue et al., ICLR
/// 2024.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace inferenceflow::escalation {

inline constexpr std::size_t k_samples_max = 64;

/// What makes two answers the same.
enum class sameness : std::uint8_t {
  whole, ///< the whole text, as turn::normalised() spells it
  last,  ///< what final_answer() finds: for questions with one short answer after a way to it
};

struct agreement {
  double share = 0;         ///< of the largest class among all answers, blank ones included; 0 without answers
  std::size_t majority = 0; ///< index of that class's first answer; of the earlier class if two are as large
  std::size_t classes = 0;  ///< distinct answers, blank ones not counted
  std::size_t answered = 0; ///< answers that are not blank
};

/// @param answers  texts, in the order in which they came.
[[nodiscard]] agreement agreement_of(std::span<const std::string_view> answers, sameness by);

/// What an answer comes to: what stands in the last `\boxed{}`, behind the last `####`, behind the last "answer is" or
/// "answer:", else the last number, else the whole. In one spelling (turn::normalised()); "$18.00" and "18" are the
/// same.
/// @param text  any bytes; of more than turn::k_answer_bytes_max only the end is read.
[[nodiscard]] std::string final_answer(std::string_view text);

} // namespace inferenceflow::escalation
