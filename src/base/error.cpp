#include "base/error.h"

#include <cstdio>
#include <cstdlib>

namespace inferenceflow {

std::string_view to_string(error_kind kind) noexcept {
  switch (kind) {
  case error_kind::invalid_request: return "invalid_request";
  case error_kind::context_too_long: return "context_too_long";
  case error_kind::unauthorized: return "unauthorized";
  case error_kind::forbidden: return "forbidden";
  case error_kind::not_found: return "not_found";
  case error_kind::model_not_found: return "model_not_found";
  case error_kind::method_not_allowed: return "method_not_allowed";
  case error_kind::request_timeout: return "request_timeout";
  case error_kind::conflict: return "conflict";
  case error_kind::body_too_large: return "body_too_large";
  case error_kind::unsupported_media_type: return "unsupported_media_type";
  case error_kind::headers_too_large: return "headers_too_large";
  case error_kind::rate_limited: return "rate_limited";
  case error_kind::internal: return "internal";
  case error_kind::upstream_failed: return "upstream_failed";
  case error_kind::unavailable: return "unavailable";
  case error_kind::upstream_timeout: return "upstream_timeout";
  case error_kind::cancelled: return "cancelled";
  }
  return "internal";
}

std::string_view to_string(error_source source) noexcept {
  switch (source) {
  case error_source::client: return "client";
  case error_source::upstream: return "upstream";
  case error_source::internal: return "internal";
  }
  return "internal";
}

namespace {

error_source usual_source(error_kind kind) {
  switch (kind) {
  case error_kind::upstream_failed:
  case error_kind::upstream_timeout: return error_source::upstream;
  case error_kind::internal:
  case error_kind::unavailable: return error_source::internal;
  default: return error_source::client;
  }
}

bool usually_retryable(error_kind kind) {
  switch (kind) {
  case error_kind::request_timeout:
  case error_kind::rate_limited:
  case error_kind::upstream_failed:
  case error_kind::unavailable:
  case error_kind::upstream_timeout: return true;
  default: return false;
  }
}

} // namespace

error make_error(error_kind kind, std::string message, std::string param) {
  return error{.kind = kind,
               .source = usual_source(kind),
               .retryable = usually_retryable(kind),
               .message = std::move(message),
               .param = std::move(param),
               .retry_after = std::nullopt};
}

void throw_exception_from_error(const error& failure, const boost::source_location& where) {
  std::fprintf(stderr, "%s:%u: value() taken from an error: %s\n", where.file_name(),
               static_cast<unsigned>(where.line()), failure.message.c_str());
  std::abort();
}

} // namespace inferenceflow
