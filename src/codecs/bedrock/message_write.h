/// Messages of the superset → `system` and `messages` of Converse.
///
/// Role:      the part of request_write that walks the conversation.
/// Lifecycle: one writer per request.
/// Threading: one thread.
/// Bounds:    about as large as the messages.
/// Source:    Bedrock API reference, Message and SystemContentBlock: roles take turns, so that neighbours of one role
/// share
///            a message; a blank text is refused, so that empty ones are left out.
#pragma once

#include "base/error.h"
#include "codecs/bedrock/json_out.h"
#include "dialogue/request.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::bedrock {

class message_writer {
public:
  /// @param unsigned_thoughts  the model takes back reasoning that nobody signed.
  message_writer(const dialogue::request& asked, bool unsigned_thoughts, json_out& out,
                 std::vector<std::string>& losses)
      : asked_(asked)
      , unsigned_thoughts_(unsigned_thoughts)
      , out_(out)
      , losses_(losses) {}

  void write_system();
  void write_messages();

  /// The first part that Converse cannot carry and that must not be dropped.
  [[nodiscard]] const std::optional<error>& fault() const noexcept { return fault_; }

private:
  void write_part(const dialogue::text_part& words);
  void write_part(const dialogue::media_part& media);
  void write_part(const dialogue::tool_call_part& call);
  void write_part(const dialogue::tool_result_part& result);
  void write_part(const dialogue::reasoning_part& thought);
  void write_part(const dialogue::refusal_part& refusal);
  void write_part(const dialogue::opaque_part& block);
  void write_result_content(const dialogue::tool_result_part& result);
  void write_mark(const std::optional<dialogue::cache_life>& mark);
  /// Refuses media that Converse does not take. @returns whether it does.
  [[nodiscard]] bool takes(const dialogue::media_part& media);
  [[nodiscard]] std::string next_document_name(const dialogue::media_part& media);
  /// Opens the message of the next block, unless one of its role is open.
  void turn_to(std::string_view role);

  [[nodiscard]] std::string place(std::string_view field = {}) const;
  void refuse(std::string_view field, std::string_view message);
  void lose(std::string_view field) { losses_.push_back(place(field)); }

  const dialogue::request& asked_;
  bool unsigned_thoughts_;
  json_out& out_;
  std::vector<std::string>& losses_;
  std::optional<error> fault_;
  std::string_view wanted_role_; ///< of the part that is written; empty in `system`, which has no turns
  std::string_view open_role_;   ///< of the message that is open; empty = none
  std::size_t message_ = 0;      ///< where the part stands, for faults and losses
  std::size_t part_ = 0;
  std::vector<std::string> documents_; ///< names given so far
  bool wrote_block_ = false;           ///< something stands before a cachePoint
};

} // namespace inferenceflow::codecs::bedrock
