/// Reads along while a backend's stream passes: what it cost, how it ended, whether it is whole.
///
/// Role:      native_provider feeds it the bytes that it forwards.
/// Lifecycle: one per streamed call: push()*, then finish().
/// Threading: one event loop.
/// Bounds:    one unfinished event.
#pragma once

#include "cost/usage.h"
#include "dialogue/codec.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace inferenceflow::providers::native {

class answer_watch {
public:
  explicit answer_watch(std::unique_ptr<dialogue::event_reader> reader);

  void push(std::string_view bytes) { reader_->push(bytes, handle_); }
  /// The stream is over.
  void finish() { reader_->finish(handle_); }

  [[nodiscard]] const std::optional<cost::token_usage>& usage() const noexcept { return usage_; }
  /// Of choice 0.
  [[nodiscard]] dialogue::finish reason() const noexcept { return reason_; }
  /// Something that the client asked for has come: text, a tool call, an end; a head or a ping is none.
  [[nodiscard]] bool content() const noexcept { return content_; }
  /// The protocol's own end has been seen.
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// The stream said that it failed, or is none of this protocol.
  [[nodiscard]] const std::optional<error>& failure() const noexcept { return failure_; }
  /// Text, arguments and thoughts so far, for estimates.
  [[nodiscard]] std::size_t text_bytes() const noexcept { return text_bytes_; }
  [[nodiscard]] std::size_t deltas() const noexcept { return deltas_; }
  /// More of it came after the counts that were reported last.
  [[nodiscard]] bool text_behind_count() const noexcept { return text_bytes_ != counted_bytes_; }

private:
  void take(const dialogue::event& happened);

  std::unique_ptr<dialogue::event_reader> reader_;
  dialogue::event_handler handle_;
  std::optional<cost::token_usage> usage_;
  std::optional<error> failure_;
  dialogue::finish reason_ = dialogue::finish::none;
  std::size_t text_bytes_ = 0;
  std::size_t deltas_ = 0;
  bool content_ = false;
  std::size_t counted_bytes_ = 0; ///< of text_bytes_, when the last usage came
  bool ended_ = false;
};

/// OpenAI's word for it, which metrics, ledger and cache go by.
[[nodiscard]] std::string_view finish_word(dialogue::finish reason) noexcept;

/// The answer ended by itself: it may be kept.
[[nodiscard]] bool is_natural_end(dialogue::finish reason) noexcept;

} // namespace inferenceflow::providers::native
