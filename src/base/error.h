/// Errors as values: what went wrong, whose fault it is, and whether trying again can help.
///
/// Role:      every fallible function of this project returns result<T>; api/ maps errors to wire formats.
/// Lifecycle: plain value.
/// Threading: value; no shared state.
/// Bounds:    message is cut to k_error_message_bytes_max by the api layer before it leaves the process.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace inferenceflow {

/// What went wrong. api/ maps each kind to one HTTP status, in one place.
enum class error_kind : std::uint8_t {
  invalid_request,        ///< 400: the caller's fault, message says what would be right
  context_too_long,       ///< 400: prompt does not fit, message names both token counts
  unauthorized,           ///< 401
  forbidden,              ///< 403
  not_found,              ///< 404: no such path
  model_not_found,        ///< 404: no such model
  method_not_allowed,     ///< 405
  request_timeout,        ///< 408: the client was too slow to send
  conflict,               ///< 409
  body_too_large,         ///< 413
  unsupported_media_type, ///< 415
  headers_too_large,      ///< 431
  rate_limited,           ///< 429: retry_after may be set
  internal,               ///< 500: our bug; never expected
  upstream_failed,        ///< 502: refused, closed early, answered garbage
  unavailable,            ///< 503: no model loaded, shutting down, queue full
  upstream_timeout,       ///< 504
  cancelled,              ///< 499: the client went away; never sent
};

/// Whose fault it is.
enum class error_source : std::uint8_t { client, upstream, internal };

/// One error. Construct with make_error() or an aggregate initialiser.
struct error {
  error_kind kind = error_kind::internal;
  error_source source = error_source::internal;
  bool retryable = false;                          ///< an identical request may succeed later
  std::string message;                             ///< for the caller: what, where, what would be right; no secrets
  std::string param;                               ///< request field at fault, e.g. "messages[0].role"; empty if none
  std::optional<std::chrono::seconds> retry_after; ///< to be passed on as Retry-After
};

/// Stable lower-case name, e.g. "invalid_request"; used in metrics, logs and the ledger.
[[nodiscard]] std::string_view to_string(error_kind kind) noexcept;
[[nodiscard]] std::string_view to_string(error_source source) noexcept;

/// Builds an error with the source and retryability that are usual for `kind`.
[[nodiscard]] error make_error(error_kind kind, std::string message, std::string param = {});

/// boost::system::result calls this when value() is taken from an error: a broken invariant, so it aborts.
[[noreturn]] void throw_exception_from_error(const error& failure, const boost::source_location& where);

template <class T> using result = boost::system::result<T, error>;

} // namespace inferenceflow
