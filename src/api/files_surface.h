/// OpenAI's files, as far as batches need them.
///
/// Role:      router targets for /v1/files.
/// Lifecycle: free functions.
/// Threading: the exchange's loop; the store's work is done on its own thread.
/// Bounds:    batches.file_bytes_max, files_max and bytes_max; contents are sent a piece of batches::k_piece_bytes at a
///            time, as fast as the client takes them.
/// Source:    OpenAI API reference, "Files"; RFC 7578.
#pragma once

#include "api/call_context.h"
#include "api/service.h"

namespace inferenceflow::api {

inline constexpr std::size_t k_filename_bytes_max = 255;
inline constexpr std::size_t k_object_id_bytes_max = 64;

/// POST /v1/files: a form with `purpose` (batch), `file`, and `expires_after[anchor]` and `expires_after[seconds]` if
/// it shall go by itself.
[[nodiscard]] net::task<void> serve_file_upload(call_context& context, service& serving);
/// GET /v1/files?purpose=&limit=&after=&order=
[[nodiscard]] net::task<void> serve_files(call_context& context, service& serving);
/// GET /v1/files/{id} and /v1/files/{id}/content
[[nodiscard]] net::task<void> serve_file(call_context& context, service& serving);
/// DELETE /v1/files/{id}
[[nodiscard]] net::task<void> serve_file_delete(call_context& context, service& serving);

/// `limit` of a query. @returns invalid_request unless it is 1 to `most`.
[[nodiscard]] result<std::int64_t> limit_of(std::string_view query, std::int64_t otherwise, std::int64_t most);

/// 404 for an object that is not there, or another tenant's.
[[nodiscard]] net::task<void> send_missing(call_context& context, std::string_view kind, std::string_view id);

[[nodiscard]] batches::store_limits store_limits_of(const config::batch_settings& settings);

} // namespace inferenceflow::api
