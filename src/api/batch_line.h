/// One line of a batch: its request as the pipeline takes it, its answer as the files show it.
///
/// Role:      batch_runner asks and writes lines through it.
/// Lifecycle: free functions.
/// Threading: the runner's loop.
/// Bounds:    those of request and answer.
/// Source:    OpenAI API reference: "The request input object", "The request output object".
#pragma once

#include "api/kept_reply.h"
#include "api/service.h"
#include "batches/batch.h"
#include "pipeline/request.h"

#include <string>
#include <string_view>

namespace inferenceflow::api {

/// Endpoints that lines may be sent to, for messages.
inline constexpr std::string_view k_batch_endpoints = "/v1/chat/completions, /v1/completions, /v1/embeddings, "
                                                      "/v1/responses";
[[nodiscard]] bool is_batch_endpoint(std::string_view endpoint) noexcept;

/// Who asks and where to; the body is not looked at. What sets lines apart from requests that somebody waits for is
/// said here and nowhere else.
[[nodiscard]] pipeline::request request_of(const batches::batch_record& batch, const clock_source& clock);

/// Reads the body of a line.
/// @param body  with http::k_body_padding_bytes of capacity behind its end; outlives the request.
/// @returns what is wrong with it; a stream cannot be asked for.
[[nodiscard]] result<void> read_line_body(service& serving, pipeline::request& asked, std::string_view body);

/// The line of the output file (status below 400) or the error file. An answer that is no JSON is one of status 502.
[[nodiscard]] batches::item_result result_of(std::string_view custom_id, std::string_view request_id,
                                             const kept_reply& reply);

} // namespace inferenceflow::api
