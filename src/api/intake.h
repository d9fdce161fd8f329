/// From an HTTP request to a request of the pipeline.
///
/// Role:      first step of every inference surface.
/// Lifecycle: free functions.
/// Threading: the exchange's loop.
/// Bounds:    tenant and user of at most k_identity_bytes_max.
/// Source:    RFC 9111 §5.2.1 for Cache-Control; docs/adr/ for identity without authentication.
#pragma once

#include "api/call_context.h"
#include "api/service.h"
#include "pipeline/request.h"

#include <string>
#include <string_view>

namespace inferenceflow::api {

inline constexpr std::size_t k_identity_bytes_max = 128;
inline constexpr std::string_view k_default_tenant = "default";

/// Ids, identity, lane, deadline and wishes of cache and routing from the headers; the body is not looked at.
/// @returns invalid_request naming the header when an identity is not made of visible ASCII, the lane is unknown, or a
///          number is none that is allowed.
[[nodiscard]] result<pipeline::request> read_headers(call_context& context, const config::settings& settings,
                                                     std::string_view surface);

/// What every surface with a JSON body looks at first: the headers, then the content type.
/// @param into  takes what is known of the request, also when it is refused.
/// @returns the errors of read_headers() and check_content_type().
[[nodiscard]] result<void> take_head(call_context& context, const config::settings& settings, std::string_view surface,
                                     pipeline::request& into);

/// Scans `body` into `into`, with the tenant as scope, and takes user and service_tier from it.
/// @param body  readable for wire::openai::k_body_padding_bytes past its end; must outlive the request.
/// @returns what the scan found wrong.
[[nodiscard]] result<void> read_body(service& serving, pipeline::request& into, wire::openai::operation op,
                                     std::string_view body);

/// @returns unsupported_media_type unless Content-Type is absent, application/json or text/plain (curl -d sends
///          application/x-www-form-urlencoded: accepted too, the bytes decide).
[[nodiscard]] result<void> check_content_type(const http::request_head& head);

/// A request of which nothing is known but that it came, for the books.
[[nodiscard]] pipeline::request bare_request(const call_context& context, std::string_view surface);

/// At most k_identity_bytes_max bytes, cut between characters, control characters replaced: it goes to reports and
/// logs.
[[nodiscard]] std::string printable(std::string_view text);

} // namespace inferenceflow::api
