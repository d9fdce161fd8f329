/// What of an answer must survive its translation: its words, its tool calls, how it ended, what it used.
///
/// Role:      answers before and after a translation are compared by these.
/// Lifecycle: free functions over values.
/// Threading: reentrant.
/// Bounds:    as large as the answer.
/// Source:    the tables of losses in the README of each folder of src/codecs.
#pragma once

#include "cost/usage.h"
#include "dialogue/answer.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::bench {

struct aspects {
  std::string text;                                       ///< of choice 0, refusals included
  std::vector<std::pair<std::string, std::string>> calls; ///< name and arguments, these by value
  dialogue::finish reason = dialogue::finish::none;
  cost::token_usage usage; ///< zeros where none was said
};

/// @param seen_by  what that protocol cannot say is folded as its table of losses documents: a cache write into the
///                 prompt, reasoning into the output, a reason without a word into the nearest.
[[nodiscard]] aspects aspects_of(const dialogue::answer& got, dialogue::protocol seen_by);

/// Names of the aspects that differ, with both values, for people; empty if none.
[[nodiscard]] std::string disagreement(const aspects& meant, const aspects& arrived);

/// What was folded, as names of losses.
[[nodiscard]] std::vector<std::string> folded(const dialogue::answer& got, dialogue::protocol seen_by);

} // namespace inferenceflow::bench
