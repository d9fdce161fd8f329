/// Watches an OpenAI event stream go by: usage, how each choice ended, what was delivered, whether it was whole.
///
/// Role:      pipeline/ feeds it the upstream's bytes as they arrive and sends on what push() gives back; at the end it
///            settles the call from facts().
/// Lifecycle: one per stream: push()* → finish().
/// Threading: not thread-safe.
/// Bounds:    options.event_bytes_max per event; k_choices_max choices are told apart.
/// Source:    OpenAI API reference, "Streaming"; stream_options.include_usage: the last chunk has choices [] and usage.
#pragma once

#include "base/error.h"
#include "cost/usage.h"
#include "wire/openai/answer_walk.h"
#include "wire/sse/block.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::wire::openai {

struct stream_facts {
  bool done = false;      ///< data: [DONE] was seen
  bool is_error = false;  ///< an error event was seen
  bool malformed = false; ///< a data line held no JSON object
  bool finished = false;  ///< at least one choice, and every choice seen gave a finish reason
  bool cacheable = false; ///< finished and done, well-formed, and every choice came to its natural end
  finish_reason finish = finish_reason::none; ///< of choice 0
  std::string model;                          ///< the upstream's name of it, from the first chunk that has one
  std::size_t events = 0;
  std::size_t text_deltas = 0; ///< deltas that carried text, about one a token
  std::size_t text_bytes = 0;  ///< decoded text delivered, for the bill of a client that left
  std::optional<cost::token_usage> usage;
  std::size_t counted_text_bytes = 0; ///< of text_bytes, what had come when the last usage did
};

struct stream_watch_options {
  /// Leave the usage-only chunk out: for a client that did not ask for the include_usage that we added.
  bool drop_usage_chunk = false;
  /// A larger event is an error.
  std::size_t event_bytes_max = std::size_t{4} << 20U;
};

class stream_watch {
public:
  explicit stream_watch(stream_watch_options options);

  /// Takes bytes as they came, cut anywhere.
  /// @returns the bytes to send on: `bytes` itself, or, when dropping, the whole events that are complete now.
  /// @returns upstream_failed  an event exceeds event_bytes_max; the stream must be given up.
  /// Lifetime: the views are valid until the next call, and while `bytes` lives.
  [[nodiscard]] result<std::span<const std::string_view>> push(std::string_view bytes);

  /// Call once when the upstream's body ended. An event whose blank line is missing counts.
  /// @returns the bytes still to be sent on, as push().
  [[nodiscard]] std::span<const std::string_view> finish();

  [[nodiscard]] const stream_facts& facts() const noexcept { return facts_; }

private:
  struct choice_end {
    std::int64_t index = 0;
    finish_reason finish = finish_reason::none;
  };

  void take(std::string_view block);
  /// @returns true if the block is to be dropped.
  [[nodiscard]] bool inspect(std::string_view block);
  void note(const document_facts& document);
  void note(const choice_facts& choice);
  void settle();

  stream_watch_options options_;
  sse::block_splitter splitter_;
  answer_walk walk_;
  std::string scratch_;
  stream_facts facts_;
  std::vector<choice_end> ends_;
  std::vector<std::string_view> forward_;
  bool dropped_last_ = false;
};

} // namespace inferenceflow::wire::openai
