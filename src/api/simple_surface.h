/// POST /v1/inference and POST /v1/generate.
///
/// Role:      router targets.
/// Lifecycle: free functions.
/// Threading: the exchange's loop.
/// Bounds:    those of the HTTP edge.
/// Source:    docs: openapi.json.
#pragma once

#include "api/call_context.h"
#include "api/service.h"
#include "api/simple_request.h"

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace inferenceflow::api {

[[nodiscard]] net::task<void> serve_inference(call_context& context, service& serving);
[[nodiscard]] net::task<void> serve_generate(call_context& context, service& serving);

/// Makes of a simple body the chat request that it stands for. Without a model it is the first local chat model's.
/// @param into  takes the wishes and the chat body's facts. @param chat  takes that body; outlives `into`.
/// @returns the metadata that comes back with the answer; invalid_request naming the member at fault.
[[nodiscard]] result<boost::json::object> take_simple(service& serving, simple_kind kind, std::string_view text,
                                                      pipeline::request& into, std::string& chat);

/// read_body() of a chat body that was just made. @param body  gets the room that scanning needs; outlives `into`.
[[nodiscard]] result<void> read_chat(service& serving, pipeline::request& into, std::string& body);

/// What `use_cache` says, on top of what the headers said.
void read_cache_wish(const simple_request& asked, pipeline::cache_wish& into);

} // namespace inferenceflow::api
