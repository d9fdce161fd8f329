/// The upstream's body: the client's bytes, with the model's name and include_usage changed where they stand.
///
/// Role:      providers/openai sends the pieces as one gather-write; no byte of the prompt is copied.
/// Lifecycle: made per attempt; value, movable.
/// Threading: value.
/// Bounds:    at most k_pieces_max pieces; allocates only for a model name that needs escapes.
/// Source:    OpenAI API reference, stream_options.include_usage.
#pragma once

#include "wire/openai/request_scan.h"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace inferenceflow::wire::openai {

class request_edit {
public:
  static constexpr std::size_t k_pieces_max = 5;

  /// @param body   the scanned body; `facts` are what its scan found.
  /// @param model  the upstream's name of the model; empty = leave as it is.
  /// @param include_usage  ask a stream to report its usage (stream_options.include_usage: true).
  /// Lifetime: body and model must outlive the edit.
  request_edit(std::string_view body, const request_facts& facts, std::string_view model, bool include_usage);

  /// The bytes to send, in order; one piece, the body itself, when nothing changes.
  [[nodiscard]] std::span<const std::string_view> pieces() const noexcept { return {pieces_.data(), count_}; }
  /// Sum of the pieces' bytes.
  [[nodiscard]] std::size_t size_bytes() const noexcept { return size_bytes_; }
  [[nodiscard]] bool changed() const noexcept { return changed_; }
  /// include_usage was not in the client's request and was added, so its usage chunk is not the client's to see.
  [[nodiscard]] bool added_include_usage() const noexcept { return added_include_usage_; }
  /// The pieces in one string.
  [[nodiscard]] std::string joined() const;

private:
  struct replacement {
    std::size_t offset = 0;
    std::size_t length = 0;
    std::string_view text;
  };
  [[nodiscard]] replacement model_edit(const request_facts& facts, std::string_view model);
  void apply(std::string_view body, std::span<const replacement> edits);
  void add(std::string_view piece);

  std::array<std::string_view, k_pieces_max> pieces_{};
  std::size_t count_ = 0;
  std::size_t size_bytes_ = 0;
  bool changed_ = false;
  bool added_include_usage_ = false;
  std::unique_ptr<std::string> escaped_model_; ///< on the heap: the pieces point into it when the edit is moved
};

} // namespace inferenceflow::wire::openai
