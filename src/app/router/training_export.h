/// Training lines out of a ledger: what was asked, and how good whose answer was.
///
/// Role:      `inferenceflow router export`; `router train` reads the lines.
/// Lifecycle: one call.
/// Threading: one thread; blocking.
/// Bounds:    k_prompts_max different requests are gathered, a few hundred bytes each; one body at a time.
/// Source:    docs: README.md of this folder (the format).
///
/// Requests with the same body are one line with the mean score and length of each model that answered it, so that what
/// several models made of one prompt stands together. The prompt is cut as the gateway cuts it for its predictors.
#pragma once

#include "base/error.h"
#include "dialogue/codec_set.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace inferenceflow::app::router {

inline constexpr std::size_t k_prompts_max = 1'000'000;

struct export_wish {
  std::int64_t from_ms = 0;          ///< Unix time, inclusive
  std::int64_t until_ms = INT64_MAX; ///< exclusive
  std::string tenant = {};           ///< empty = all
  bool qualified = false;            ///< names of models as "provider/model"
};

/// What became of the requests that somebody judged.
struct export_counts {
  std::uint64_t judged = 0;         ///< requests of which something was said, of that tenant
  std::uint64_t prompts = 0;        ///< lines that were written
  std::uint64_t scores = 0;         ///< judged requests in them
  std::uint64_t without_score = 0;  ///< only labels that have none
  std::uint64_t body_not_kept = 0;  ///< ledger.requests was off, or the body too long
  std::uint64_t body_dropped = 0;   ///< there were too many since
  std::uint64_t not_a_dialogue = 0; ///< embeddings, text completions
  std::uint64_t unreadable = 0;     ///< the body is not what its path says
  std::uint64_t without_text = 0;   ///< the user said nothing in words
  std::uint64_t beyond_bound = 0;   ///< k_prompts_max
};

/// @param ledger  its file; a gateway may be writing to it.
/// @param write   takes a line without its end; false = it cannot be written.
/// @returns unavailable when the ledger cannot be read; internal when `write` failed.
[[nodiscard]] result<export_counts> export_training(const std::string& ledger, const export_wish& wish,
                                                    const dialogue::codec_set& codecs,
                                                    const std::function<bool(std::string_view line)>& write);

} // namespace inferenceflow::app::router
