/// What the three wires share; private to providers/batching.
///
/// Role:      openai_wire, anthropic_wire, gemini_wire.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    none.
#pragma once

#include "providers/batching/errand.h"
#include "providers/batching/json_pick.h"

#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::providers::batching {

[[nodiscard]] const batch_wire& openai_wire() noexcept;
[[nodiscard]] const batch_wire& anthropic_wire() noexcept;
[[nodiscard]] const batch_wire& gemini_wire() noexcept;

/// Nothing for a 2xx; else what was refused. No word of the provider's is repeated: it may name accounts.
[[nodiscard]] std::optional<error> refusal_of(const side_answer& got);
[[nodiscard]] error unreadable(std::string_view what);
/// The document of a good answer. @returns refusal_of(), or upstream_failed when it is no object.
[[nodiscard]] result<json_object> document_of(const side_answer& got);
/// An id that can stand in a path as it is. @param id  as the provider said it.
[[nodiscard]] bool is_plain_id(std::string_view id) noexcept;
/// @returns findings.remote from the member `name` of the answer.
[[nodiscard]] result<bool> take_remote(errand& self, const side_answer& got, std::string_view name);
/// Asks for what stands at `path`. @param has_ended  reads it. A batch that is not there has ended.
[[nodiscard]] errand_ptr poll_of(std::string path, std::function<result<bool>(const json_object&)> has_ended);
/// For cancelling: 4xx says that there is nothing to cancel, but for 429.
[[nodiscard]] result<bool> take_cancelled(const side_answer& got);

/// An answer with this status is the last word on a line; answered below 400.
[[nodiscard]] line_verdict verdict_of(int status) noexcept;
/// Calls `each` for every line of JSON that is an object; others are passed over.
void for_each_line(std::string_view jsonl, const std::function<void(const json_object&)>& each);

} // namespace inferenceflow::providers::batching
