/// A request's messages as systemInstruction and contents.
///
/// Role:      request_write.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    as large as the messages.
/// Source:    Gemini API reference, "Content"; function results answer in one turn what was called in one turn.
#pragma once

#include "base/error.h"
#include "codecs/gemini/json_out.h"
#include "codecs/gemini/part_write.h"
#include "dialogue/request.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::gemini {

/// What a writer of requests keeps beside its text.
struct write_notes {
  loss_list losses = {};
  std::optional<error> fault = {}; ///< the first

  /// Notes that `field` can be neither carried nor dropped.
  void refuse(std::string field, std::string_view why);
};

/// Appends the members systemInstruction and contents. System messages at the front make the instruction; one that
/// comes later becomes a user turn, in its place. Messages of tool results that follow each other become one turn.
void write_messages(json_out& out, const std::vector<dialogue::message>& messages, std::string_view model,
                    write_notes& notes);

} // namespace inferenceflow::codecs::gemini
