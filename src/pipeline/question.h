/// A request as those see it who choose its model: what it needs, what is asked, which conversation it goes on with.
///
/// Role:      route_choice makes one; predictors and choose() read it.
/// Lifecycle: value that owns its texts.
/// Threading: value.
/// Bounds:    k_context_bytes_max of context; the last turn is kept whole, as the request bounds it.
#pragma once

#include "dialogue/codec_set.h"
#include "dialogue/request.h"
#include "pipeline/request.h"
#include "quality/prompt.h"
#include "routing/choice/candidate.h"
#include "wire/openai/request_scan.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace inferenceflow::pipeline {

/// More of what was said before tells a predictor nothing.
inline constexpr std::size_t k_context_bytes_max = 8U << 10U;

struct question {
  routing::wishes wishes = {};
  std::string text = {};    ///< of the last user turn
  std::string context = {}; ///< the end of what was said before
  std::uint32_t turns = 0;
  bool json = false;
  bool media = false;             ///< images, sound, files
  bool tool_loop = false;         ///< a tool's result is in it: an agent is at work
  std::uint64_t conversation = 0; ///< 0 = none

  /// As predictors take it. Lifetime: of this object.
  [[nodiscard]] quality::prompt prompt() const noexcept;
};

/// @param read  `asked`, in the superset. Lifetime: the wishes view `asked`.
[[nodiscard]] question question_of(const request& asked, const dialogue::request& read);
/// The same of a request in its own protocol; of text completions and embeddings by their text, which may be empty.
/// @param scanner  of the caller's thread. @returns what is wrong with a body that cannot be read.
[[nodiscard]] result<question> read_question(const request& asked, const dialogue::codec_set& codecs,
                                             wire::openai::request_scanner& scanner);

} // namespace inferenceflow::pipeline
