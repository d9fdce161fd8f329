#include "codecs/gemini/error.h"

#include "codecs/gemini/json_out.h"
#include "codecs/gemini/scrub.h"
#include "dialogue/json_view.h"
#include "dialogue/scrub.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace inferenceflow::codecs::gemini {

using dialogue::json_view;

namespace {

constexpr std::int64_t k_retry_after_s_max = 86'400;

struct status {
  int code = 0;
  std::string_view name = {};
  std::string_view message = {};
  std::string_view reason = {}; ///< of ErrorInfo
  std::string_view field = {};  ///< of BadRequest
  std::optional<std::chrono::seconds> retry_after = {};
};

std::optional<std::chrono::seconds> seconds_from(std::string_view text) {
  if (!text.empty() && text.back() == 's') {
    text.remove_suffix(1);
  }
  double seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size() || !(seconds >= 0) ||
      seconds > static_cast<double>(k_retry_after_s_max)) {
    return std::nullopt;
  }
  return std::chrono::seconds{static_cast<std::int64_t>(std::ceil(seconds))};
}

void read_detail(const json_view& detail, status& into) {
  if (!detail.is_object()) {
    return;
  }
  if (const json_view reason = detail.member("reason"); reason.is_text()) {
    into.reason = reason.text();
  }
  if (const json_view delay = detail.member("retryDelay"); delay.is_text()) {
    into.retry_after = seconds_from(delay.text());
  }
  const json_view violations = detail.member("fieldViolations");
  if (violations.is_array() && violations.size() > 0 && violations.element(0).is_object()) {
    const json_view field = violations.element(0).member("field");
    into.field = field.is_text() ? field.text() : std::string_view{};
  }
}

/// What the document says; nothing of it need be there.
status read_document(const json_view& root) {
  status read;
  const json_view whole = root.is_array() && root.size() > 0 ? root.element(0) : root;
  if (!whole.is_object()) {
    return read;
  }
  const json_view failure = whole.member("error");
  if (failure.is_text()) { // OAuth's form
    const json_view words = whole.member("error_description");
    read.message = words.is_text() ? words.text() : failure.text();
    return read;
  }
  if (!failure.is_object()) {
    return read;
  }
  if (const json_view message = failure.member("message"); message.is_text()) {
    read.message = message.text();
  }
  if (const json_view name = failure.member("status"); name.is_text()) {
    read.name = name.text();
  }
  if (const json_view code = failure.member("code"); code.present() && !code.is_text() && !code.is_object()) {
    read.code = static_cast<int>(code.integer(0, 999).value_or(0));
  }
  if (const json_view details = failure.member("details"); details.is_array()) {
    details.each([&](const json_view& detail) { read_detail(detail, read); });
  }
  return read;
}

bool says(const status& told, std::string_view words) {
  return told.message.find(words) != std::string_view::npos;
}

/// The gateway's key, project or place is refused, whatever the number.
bool is_about_the_gateway(const status& told, int code) {
  return code == 401 || code == 403 || told.reason.substr(0, 8) == "API_KEY_" || says(told, "API key not valid") ||
         (told.name == "FAILED_PRECONDITION" && (says(told, "location") || says(told, "billing")));
}

error_kind kind_of(const status& told, int code) {
  if (is_about_the_gateway(told, code)) {
    return error_kind::forbidden;
  }
  switch (code) {
  case 404: return says(told, "odel") ? error_kind::model_not_found : error_kind::not_found;
  case 408:
  case 504: return error_kind::upstream_timeout;
  case 409: return error_kind::conflict;
  case 413: return error_kind::body_too_large;
  case 429: return error_kind::rate_limited;
  case 503:
  case 529: return error_kind::unavailable;
  default: break;
  }
  if (code == 499 || code < 400 || code >= 500) {
    return error_kind::upstream_failed;
  }
  return says(told, "token count") && says(told, "exceed") ? error_kind::context_too_long : error_kind::invalid_request;
}

bool is_callers_fault(error_kind kind) {
  return kind == error_kind::invalid_request || kind == error_kind::context_too_long ||
         kind == error_kind::model_not_found || kind == error_kind::not_found || kind == error_kind::body_too_large;
}

struct code_name {
  int code;
  std::string_view name;
};

code_name code_of(error_kind kind) {
  switch (kind) {
  case error_kind::invalid_request:
  case error_kind::context_too_long: return {400, "INVALID_ARGUMENT"};
  case error_kind::unauthorized: return {401, "UNAUTHENTICATED"};
  case error_kind::forbidden: return {403, "PERMISSION_DENIED"};
  case error_kind::not_found:
  case error_kind::model_not_found: return {404, "NOT_FOUND"};
  case error_kind::method_not_allowed: return {405, "UNIMPLEMENTED"};
  case error_kind::request_timeout: return {408, "DEADLINE_EXCEEDED"};
  case error_kind::conflict: return {409, "ABORTED"};
  case error_kind::body_too_large: return {413, "INVALID_ARGUMENT"};
  case error_kind::unsupported_media_type: return {415, "INVALID_ARGUMENT"};
  case error_kind::headers_too_large: return {431, "INVALID_ARGUMENT"};
  case error_kind::rate_limited: return {429, "RESOURCE_EXHAUSTED"};
  case error_kind::cancelled: return {499, "CANCELLED"};
  case error_kind::internal: return {500, "INTERNAL"};
  case error_kind::upstream_failed: return {502, "UNAVAILABLE"};
  case error_kind::unavailable: return {503, "UNAVAILABLE"};
  case error_kind::upstream_timeout: return {504, "DEADLINE_EXCEEDED"};
  }
  return {500, "INTERNAL"};
}

void write_details(json_out& out, const error& why) {
  if (why.param.empty() && !why.retry_after) {
    return;
  }
  out.key("details");
  out.open_array();
  if (!why.param.empty()) {
    out.open_object();
    out.member("@type", "type.googleapis.com/google.rpc.BadRequest");
    out.key("fieldViolations");
    out.open_array();
    out.open_object();
    out.member("field", why.param);
    out.member("description", dialogue::cut_at_character(why.message, k_message_bytes_max));
    out.close_object();
    out.close_array();
    out.close_object();
  }
  if (why.retry_after) {
    out.open_object();
    out.member("@type", "type.googleapis.com/google.rpc.RetryInfo");
    out.member("retryDelay", fmt::format("{}s", why.retry_after->count()));
    out.close_object();
  }
  out.close_array();
}

} // namespace

error read_error(int http_status, std::string_view body, std::string_view retry_after) {
  dialogue::json_document document;
  const status told = read_document(document.parse(body));
  const int code = http_status >= 400 ? http_status : told.code;
  const error_kind kind = kind_of(told, code);
  std::string message = dialogue::scrubbed(scrubbed(told.message));
  message.resize(dialogue::cut_at_character(message, k_message_bytes_max).size());
  error why = make_error(kind, std::move(message), std::string{told.field});
  why.source = is_callers_fault(kind) ? error_source::client : error_source::upstream;
  if (kind == error_kind::forbidden) {
    // Google's words name the project and the key's restrictions: the operator's business.
    why.message = "the provider does not accept the key that the gateway is configured with; this is not about the "
                  "caller's key";
    why.param.clear();
  } else if (why.message.empty()) {
    why.message = code >= 400 ? fmt::format("the provider answered with status {}", code)
                              : "the provider broke off with an error";
  }
  const auto header = seconds_from(retry_after);
  why.retry_after = header ? header : told.retry_after;
  return why;
}

std::string status_document(const error& why) {
  const code_name code = code_of(why.kind);
  std::string text;
  json_out out{text};
  out.open_object();
  out.key("error");
  out.open_object();
  out.member("code", std::int64_t{code.code});
  out.member("message",
             why.message.empty() ? to_string(why.kind) : dialogue::cut_at_character(why.message, k_message_bytes_max));
  out.member("status", code.name);
  write_details(out, why);
  out.close_object();
  out.close_object();
  return text;
}

dialogue::written_error write_error(const error& why) {
  dialogue::written_error written{.status = code_of(why.kind).code, .body = status_document(why)};
  if (why.retry_after) {
    written.headers.emplace_back("Retry-After", fmt::format("{}", why.retry_after->count()));
  }
  return written;
}

} // namespace inferenceflow::codecs::gemini
