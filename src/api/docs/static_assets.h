/// The OpenAPI description and the pages that show it (Swagger UI, Redoc), packed into the binary at build.
///
/// Role:      api/ serves them under /openapi.json, /docs and /redoc.
/// Lifecycle: constants of the binary.
/// Threading: constants; every function may be called from any thread.
/// Bounds:    about 1 MiB of read-only data, never copied to the heap but by unpack(); that is bounded by
///            k_unpacked_bytes_max.
/// Source:    RFC 1952 (gzip), W3C Content Security Policy Level 3; assets: npm swagger-ui-dist and redoc.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace inferenceflow::api::docs {

/// No asset unpacks to more.
inline constexpr std::size_t k_unpacked_bytes_max = 16U << 20U;

struct static_asset {
  std::string_view path; ///< e.g. "/docs/swagger-ui.css"
  std::string_view content_type;
  std::string_view body; ///< gzip; send with Content-Encoding: gzip and Vary: Accept-Encoding
  std::string_view etag; ///< weak, as the packed and the unpacked body are the same content
};

/// Header fields for every page and asset: nothing is loaded from, or sent to, any other host; no page may frame it.
/// Styles are inline in both tools, and Redoc searches in a worker that it builds from a blob.
inline constexpr std::string_view k_content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src data:; "
    "connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Ask again each time, with If-None-Match: a new binary may carry new pages.
inline constexpr std::string_view k_cache_control = "no-cache";

/// The asset at exactly this path; nullptr if there is none.
[[nodiscard]] const static_asset* find_asset(std::string_view path) noexcept;

/// Every asset.
[[nodiscard]] std::span<const static_asset> all_assets() noexcept;

/// The body for a client that does not accept gzip.
/// @returns internal when `gzip` is not one whole gzip member or unpacks to more than k_unpacked_bytes_max.
[[nodiscard]] result<std::string> unpack(std::string_view gzip);

} // namespace inferenceflow::api::docs
