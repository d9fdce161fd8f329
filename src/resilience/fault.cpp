#include "resilience/fault.h"

namespace inferenceflow::resilience {

std::string_view to_string(fault what) noexcept {
  switch (what) {
  case fault::connect_failed: return "connect_failed";
  case fault::no_first_byte: return "no_first_byte";
  case fault::broken: return "broken";
  case fault::request_timeout: return "request_timeout";
  case fault::rate_limited: return "rate_limited";
  case fault::overloaded: return "overloaded";
  case fault::server_error: return "server_error";
  case fault::key_refused: return "key_refused";
  case fault::key_forbidden: return "key_forbidden";
  case fault::quota_exhausted: return "quota_exhausted";
  case fault::model_missing: return "model_missing";
  case fault::context_too_long: return "context_too_long";
  case fault::content_filtered: return "content_filtered";
  case fault::unsupported: return "unsupported";
  case fault::client_fault: return "client_fault";
  case fault::cancelled: return "cancelled";
  }
  return "broken";
}

fault fault_of_status(int status) noexcept {
  switch (status) {
  case 401: return fault::key_refused;
  case 403: return fault::key_forbidden;
  case 402: return fault::quota_exhausted;
  case 404: return fault::model_missing;
  case 408: return fault::request_timeout;
  case 429: return fault::rate_limited;
  case 503:
  case 529: return fault::overloaded;
  default: return status >= 500 ? fault::server_error : fault::client_fault;
  }
}

fault fault_of_error(const error& failure) noexcept {
  switch (failure.kind) {
  case error_kind::invalid_request: return fault::unsupported;
  case error_kind::context_too_long: return fault::context_too_long;
  case error_kind::unauthorized: return fault::key_refused;
  case error_kind::forbidden: return fault::key_forbidden;
  case error_kind::model_not_found: return fault::model_missing;
  case error_kind::request_timeout: return fault::request_timeout;
  case error_kind::rate_limited: return fault::rate_limited;
  case error_kind::internal: return fault::server_error;
  case error_kind::upstream_failed: return fault::broken;
  case error_kind::unavailable: return fault::overloaded;
  case error_kind::upstream_timeout: return fault::no_first_byte;
  case error_kind::cancelled: return fault::cancelled;
  default: return fault::client_fault;
  }
}

} // namespace inferenceflow::resilience
