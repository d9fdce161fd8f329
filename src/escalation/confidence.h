/// What an answer itself tells about whether to trust it: token probabilities, its ending, its form, refusals.
///
/// Role:      pipeline feeds the meter while an answer comes in, adds what the whole text tells, and asks trust.h.
/// Lifecycle: meter: construct → add()* → current() at any time. The rest are free functions.
/// Threading: none of its own; one answer belongs to one loop.
/// Bounds:    a handful of numbers per answer; k_alternatives_max alternatives are looked at, k_head_bytes of text.
/// Source:    margin and entropy as in Settles, "Active Learning Literature Survey" (2009), §3.1; Kadavath et al.,
///            arXiv 2207.05221, for why token probabilities tell anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace inferenceflow::escalation {

inline constexpr std::size_t k_alternatives_max = 20; ///< as many as OpenAI's top_logprobs
inline constexpr std::size_t k_head_bytes = 400;      ///< in which a refusal is sought

/// Everything that is known of one answer. What is not known is absent, which is no evidence either way.
struct signals {
  std::optional<double> logprob_mean = {}; ///< of the chosen tokens, natural logarithm, ≤ 0
  std::optional<double> logprob_min = {};  ///< of the least likely chosen token
  std::optional<double> margin = {};       ///< mean of p(first) − p(second), [0, 1]
  std::optional<double> entropy = {};      ///< mean over tokens, as a share of its greatest possible value, [0, 1]
  std::optional<double> agreement = {};    ///< share of the samples that say the same, (0, 1]
  std::optional<double> score = {};        ///< the model's own word on its confidence, if it gives one, [0, 1]
  /// Probability that it is right from the earlier, cheaper answers alone: 1 − P(wrong) of the best of them if it says
  /// the same, else at most its P(wrong), (0, 1).
  std::optional<double> support = {};
  std::optional<bool> format_valid = {}; ///< only where a format was asked for and could be judged
  bool refusal = false;                  ///< the model declined
  bool empty = false;                    ///< neither text nor tool calls
  bool cut = false;                      ///< ended by its token limit
  friend bool operator==(const signals&, const signals&) = default;
};

/// Sums up token probabilities; O(alternatives) per token, no allocation.
class token_meter {
public:
  /// One more token.
  /// @param logprob       natural logarithm of the chosen token's probability; a number above 0 counts as 0; a token
  ///                      with NaN or −∞ (a banned token that was forced) is left out.
  /// @param alternatives  log-probabilities of the likeliest tokens at this place, the chosen one included, in any
  ///                      order; fewer than two: margin and entropy of this token are not known.
  void add(double logprob, std::span<const double> alternatives = {});

  /// What the tokens so far say. Nothing is known before the first.
  [[nodiscard]] signals current() const;
  [[nodiscard]] std::uint64_t tokens() const { return tokens_; }

private:
  std::uint64_t tokens_ = 0;
  std::uint64_t compared_ = 0; ///< tokens with two alternatives or more
  double logprob_sum_ = 0;
  double logprob_min_ = 0;
  double margin_sum_ = 0;
  double entropy_sum_ = 0;
};

/// Why an answer ended, as far as trust goes.
enum class ending : std::uint8_t { stopped, cut, refused };

/// Adds to `into` what the text tells: empty, cut, refusal. Does not touch the rest.
/// @param text        of the answer so far, any bytes; only k_head_bytes of it are read.
/// @param tool_calls  the answer calls tools, so it needs no text.
/// @param end         the provider's word on how it ended; ending::stopped while it has not.
void judge_text(std::string_view text, bool tool_calls, ending end, signals& into);

/// Whether the text begins like an answer that declines to answer, in English, German, French, Spanish, Italian,
/// Portuguese, Dutch, Russian, Chinese or Japanese. A phrase counts near the beginning only: "I cannot" in the middle
/// of an answer is no refusal.
[[nodiscard]] bool reads_as_refusal(std::string_view text);

} // namespace inferenceflow::escalation
