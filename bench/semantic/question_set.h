/// Recorded questions with what is known of which mean the same.
///
/// Role:      main reads them, streams are made of them.
/// Lifecycle: plain values.
/// Threading: values; no shared state.
/// Bounds:    files of k_file_bytes_max unpacked.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

namespace inferenceflow::bench {

inline constexpr std::size_t k_file_bytes_max = std::size_t{256} << 20U;

/// What a set says about two of its questions.
enum class relation : std::uint8_t { same, different, unknown };

/// One file, as the questions in the order in which they are asked; each distinct text once.
struct question_set {
  std::string name; ///< of the file, without ending
  std::vector<std::string> texts;
  std::vector<std::uint32_t> groups; ///< questions of one group have one answer
  bool complete = true;              ///< different groups are different; else only those in `apart` are known to be
  std::unordered_set<std::uint64_t> apart; ///< pairs of groups, as pair_of()
  std::size_t known = 0;                   ///< the first questions are put into the cache beforehand, not asked
  /// Pairs of questions that look alike and are known to differ: positions in texts.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> unlike;

  [[nodiscard]] relation between(std::uint32_t one, std::uint32_t other) const;
  [[nodiscard]] static std::uint64_t pair_of(std::uint32_t one_group, std::uint32_t other_group);
};

/// Every file of `folder`, or of its semantic_cache/, whose columns are known: (a, b, dup), (a, b, score 0 to 5),
/// (text, intent), (origin, similar); .jsonl or .jsonl.gz. By name.
/// @returns invalid_request that names what is missing, or file and line at fault.
[[nodiscard]] result<std::vector<question_set>> read_question_sets(const std::string& folder);

} // namespace inferenceflow::bench
