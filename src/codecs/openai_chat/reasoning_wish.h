/// How a request says how long the model shall think.
///
/// Role:      request_write; extras below a field that the superset reads partly ("thinking.clear_thinking").
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    dialect.h.
#pragma once

#include "codecs/openai_chat/dialect.h"
#include "codecs/openai_chat/json_out.h"
#include "dialogue/request.h"

#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::openai_chat {

/// Writes reasoning_effort, reasoning or thinking, as the dialect has it.
void write_reasoning_wish(json_out& out, const dialogue::request& asked, const dialect& of,
                          std::vector<std::string>& losses);

/// The request has extras whose name begins with `root` and a dot.
[[nodiscard]] bool has_nested(const dialogue::request& asked, std::string_view root);
/// Writes them as members of the object that is open.
void write_nested_members(json_out& out, const dialogue::request& asked, std::string_view root);

} // namespace inferenceflow::codecs::openai_chat
