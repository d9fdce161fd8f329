/// Messages → the `input` items of a request.
///
/// Role:      request_write writes the prompt with it.
/// Lifecycle: one input_writer per request.
/// Threading: one thread.
/// Bounds:    none of its own.
/// Source:    SDK type ResponseInputItemParam.
#pragma once

#include "base/error.h"
#include "codecs/openai_responses/json_out.h"
#include "dialogue/request.h"

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::openai_responses {

class input_writer {
public:
  /// @param marks   cache marks are written: the request's own fields say that this model knows them.
  /// @param losses  what is dropped is added here.
  input_writer(json_out& to, bool marks, std::vector<std::string>& losses)
      : to_(to)
      , marks_(marks)
      , losses_(losses) {}

  /// Appends the items of message number `index`.
  void write(const dialogue::message& said, std::size_t index);

  /// The first thing that this protocol cannot carry and must not drop.
  [[nodiscard]] const std::optional<error>& refusal() const noexcept { return refusal_; }

private:
  void write_part(const dialogue::part& one);
  /// A message item of parts [begin, end), all of them content.
  void write_content(const dialogue::message& said, std::size_t begin, std::size_t end);
  void write_content_part(const dialogue::part& one, bool assistant);
  void write_text(const dialogue::text_part& words, std::string_view type);
  void write_media(const dialogue::media_part& media);
  void write_image(const dialogue::media_part& media);
  void write_file(const dialogue::media_part& media);
  void write_audio(const dialogue::media_part& media);
  void write_data(const dialogue::media_part& media);
  void write_call(const dialogue::tool_call_part& call);
  void write_result(const dialogue::tool_result_part& result);
  void write_reasoning(const dialogue::reasoning_part& thought);
  void write_opaque(const dialogue::opaque_part& block);
  void write_mark(const std::optional<dialogue::cache_life>& mark);
  void drop_mark(const std::optional<dialogue::cache_life>& mark);

  void lose(std::string_view field);
  void refuse(std::string_view why);

  json_out& to_;
  bool marks_;
  std::vector<std::string>& losses_;
  std::optional<error> refusal_;
  std::set<std::string, std::less<>> custom_calls_; ///< ids: their results have an item type of their own
  std::string place_;                               ///< "messages[2].parts[0]"
};

/// The text of a system message that fits the `instructions` field; null if it needs an item.
[[nodiscard]] const dialogue::text_part* as_instructions(const dialogue::message& said) noexcept;

} // namespace inferenceflow::codecs::openai_responses
