/// What a complete JSON answer says: usage, how it ended, whether it may be kept.
///
/// Role:      pipeline/ settles a non-streamed call with it: usage → cost, cacheable → cache.
/// Lifecycle: answer_reader is reused for answer after answer.
/// Threading: not thread-safe; one per event loop.
/// Bounds:    memory: the token index of one answer, a few MiB of it kept.
/// Source:    see usage_block.h and answer_walk.h.
#pragma once

#include "cost/usage.h"
#include "wire/openai/answer_walk.h"
#include "wire/openai/request_scan.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace inferenceflow::wire::openai {

struct answer_facts {
  bool well_formed = false;                   ///< one JSON object, nothing behind it
  bool is_error = false;                      ///< holds an error
  bool complete = false;                      ///< no error, and every choice ended (embedding: holds vectors)
  bool cacheable = false;                     ///< complete, and no choice was cut off or filtered
  std::string_view model;                     ///< the upstream's name of it
  finish_reason finish = finish_reason::none; ///< of the first choice
  std::size_t choices = 0;
  std::size_t text_bytes = 0; ///< decoded text of all choices, for estimates where usage is absent
  std::optional<cost::token_usage> usage;
};

class answer_reader {
public:
  /// Never fails: what cannot be read is simply not well_formed.
  /// Lifetime: `model` is valid while `body` lives and until the next read().
  [[nodiscard]] answer_facts read(operation op, std::string_view body);

private:
  answer_walk walk_;
};

} // namespace inferenceflow::wire::openai
