/// One GenerateContentResponse: a whole answer, or one piece of a stream.
///
/// Role:      answer_read makes an answer of one, stream_read events of many; both read the same way.
/// Lifecycle: plain values; they own their text.
/// Threading: reentrant.
/// Bounds:    k_choices_max candidates.
/// Source:    Gemini API reference, "GenerateContentResponse", "Candidate", "LogprobsResult".
#pragma once

#include "base/error.h"
#include "codecs/gemini/call_ids.h"
#include "codecs/gemini/citation.h"
#include "cost/usage.h"
#include "dialogue/answer.h"
#include "dialogue/json_view.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::gemini {

/// Gemini offers eight; a larger index is a broken answer's.
inline constexpr std::size_t k_choices_max = 128;

struct numbered_part {
  std::size_t number = 0; ///< among the piece's parts, those that say nothing included
  dialogue::part what = {};
};

struct candidate {
  std::size_t index = 0;
  std::vector<numbered_part> parts = {};
  std::vector<placed_citation> citations = {};
  std::vector<dialogue::token_logprob> logprobs = {};
  dialogue::finish reason = dialogue::finish::none;
};

struct chunk {
  bool is_gemini = false; ///< holds at least one field of this format
  bool blocked = false;   ///< the prompt was refused; there are no candidates then
  std::string id = {};
  std::string model = {};
  std::int64_t created_s = 0;
  std::string service_tier = {};
  std::vector<candidate> candidates = {};
  std::optional<cost::token_usage> usage = {};
};

/// Made ids of tool calls, by choice; they count on through a stream.
class chunk_reader {
public:
  /// Reads an object. Faults are noted in its document; what was read is then of no use.
  [[nodiscard]] chunk read(const dialogue::json_view& root);

private:
  [[nodiscard]] candidate read_candidate(const dialogue::json_view& given, std::size_t place,
                                         std::string_view answer_id);

  std::vector<std::optional<call_ids>> ids_;
};

/// An upstream_failed that says where an answer breaks Gemini's format.
[[nodiscard]] error not_gemini(const error& fault);

/// Unix seconds of an RFC 3339 time in UTC; 0 when it is none.
[[nodiscard]] std::int64_t unix_seconds(std::string_view time);

} // namespace inferenceflow::codecs::gemini
