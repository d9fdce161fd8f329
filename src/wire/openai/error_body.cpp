#include "wire/openai/error_body.h"

#include "wire/json/text.h"
#include "wire/sse/codec.h"

namespace inferenceflow::wire::openai {
namespace {

void append_string_or_null(std::string& out, std::string_view text) {
  if (text.empty()) {
    out += "null";
    return;
  }
  out.push_back('"');
  json::append_escaped(out, text);
  out.push_back('"');
}

std::string_view cut(std::string_view message) noexcept {
  if (message.size() <= k_error_message_bytes_max) {
    return message;
  }
  std::size_t end = k_error_message_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return message.substr(0, end);
}

} // namespace

int http_status(error_kind kind) noexcept {
  switch (kind) {
  case error_kind::invalid_request:
  case error_kind::context_too_long: return 400;
  case error_kind::unauthorized: return 401;
  case error_kind::forbidden: return 403;
  case error_kind::not_found:
  case error_kind::model_not_found: return 404;
  case error_kind::method_not_allowed: return 405;
  case error_kind::request_timeout: return 408;
  case error_kind::conflict: return 409;
  case error_kind::body_too_large: return 413;
  case error_kind::unsupported_media_type: return 415;
  case error_kind::rate_limited: return 429;
  case error_kind::headers_too_large: return 431;
  case error_kind::cancelled: return 499;
  case error_kind::internal: return 500;
  case error_kind::upstream_failed: return 502;
  case error_kind::unavailable: return 503;
  case error_kind::upstream_timeout: return 504;
  }
  return 500;
}

std::string_view error_type(error_kind kind) noexcept {
  if (kind == error_kind::rate_limited) {
    return "requests";
  }
  return http_status(kind) >= 500 ? "server_error" : "invalid_request_error";
}

std::string_view error_code(error_kind kind) noexcept {
  switch (kind) {
  case error_kind::invalid_request: return "";
  case error_kind::context_too_long: return "context_length_exceeded";
  case error_kind::unauthorized: return "invalid_api_key";
  case error_kind::forbidden: return "permission_denied";
  case error_kind::not_found: return "unknown_url";
  case error_kind::method_not_allowed: return "method_not_supported";
  case error_kind::rate_limited: return "rate_limit_exceeded";
  case error_kind::unavailable: return "service_unavailable";
  default: return to_string(kind);
  }
}

std::string error_body(const error& failure) {
  std::string_view message = cut(failure.message);
  if (message.empty()) {
    message = to_string(failure.kind);
  }
  std::string out = R"({"error":{"message":)";
  append_string_or_null(out, message);
  out += R"(,"type":)";
  append_string_or_null(out, error_type(failure.kind));
  out += R"(,"param":)";
  append_string_or_null(out, failure.param);
  out += R"(,"code":)";
  append_string_or_null(out, error_code(failure.kind));
  out += "}}";
  return out;
}

std::string error_event(const error& failure) {
  std::string out;
  sse::append_event(out, error_body(failure));
  return out;
}

} // namespace inferenceflow::wire::openai
