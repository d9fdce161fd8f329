#include "codecs/bedrock/error.h"

#include "codecs/bedrock/json_out.h"
#include "dialogue/json_view.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <optional>

namespace inferenceflow::codecs::bedrock {
namespace {

struct type_name {
  std::string_view name; ///< lower case, without "Exception"
  error_kind kind;
};

constexpr std::array k_types{
    type_name{"validation", error_kind::invalid_request},
    type_name{"modelerror", error_kind::upstream_failed},
    type_name{"modelstreamerror", error_kind::upstream_failed},
    type_name{"modeltimeout", error_kind::upstream_timeout},
    type_name{"modelnotready", error_kind::unavailable},
    type_name{"throttling", error_kind::rate_limited},
    type_name{"toomanyrequests", error_kind::rate_limited},
    type_name{"servicequotaexceeded", error_kind::rate_limited},
    type_name{"internalserver", error_kind::upstream_failed},
    type_name{"internalfailure", error_kind::upstream_failed},
    type_name{"serviceunavailable", error_kind::unavailable},
    type_name{"resourcenotfound", error_kind::model_not_found},
    type_name{"accessdenied", error_kind::forbidden},
    type_name{"notauthorized", error_kind::forbidden},
    type_name{"optinrequired", error_kind::forbidden},
    type_name{"unrecognizedclient", error_kind::unauthorized},
    type_name{"expiredtoken", error_kind::unauthorized},
    type_name{"invalidsignature", error_kind::unauthorized},
    type_name{"incompletesignature", error_kind::unauthorized},
    type_name{"missingauthenticationtoken", error_kind::unauthorized},
    type_name{"invalidclienttokenid", error_kind::unauthorized},
    type_name{"requestexpired", error_kind::unauthorized},
    type_name{"requestentitytoolarge", error_kind::body_too_large},
};

/// "com.amazonaws#ThrottlingException:http://…" → "throttling"
std::string bare_type(std::string_view type) {
  type = type.substr(0, type.find(':'));
  type = type.substr(type.rfind('#') + 1); // npos + 1 = 0
  std::string bare;
  for (const char byte : type) {
    bare.push_back(byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte);
  }
  for (const std::string_view ending : {"exception", "error"}) {
    if (bare.size() > ending.size() && bare.ends_with(ending) && bare != "modelerror" && bare != "modelstreamerror") {
      bare.resize(bare.size() - ending.size());
    }
  }
  return bare;
}

std::optional<error_kind> kind_of_type(std::string_view type) {
  const std::string bare = bare_type(type);
  const auto is_it = [&](const type_name& row) { return row.name == bare; };
  const auto found = std::find_if(k_types.begin(), k_types.end(), is_it);
  return found == k_types.end() ? std::nullopt : std::optional{found->kind};
}

error_kind kind_of_status(int status) {
  switch (status) {
  case 401: return error_kind::unauthorized;
  case 403: return error_kind::forbidden;
  case 404: return error_kind::model_not_found;
  case 408: return error_kind::upstream_timeout;
  case 413: return error_kind::body_too_large;
  case 429: return error_kind::rate_limited;
  case 503: return error_kind::unavailable;
  case 504: return error_kind::upstream_timeout;
  default: break;
  }
  return status == 400 || status == 422 ? error_kind::invalid_request : error_kind::upstream_failed;
}

/// Bedrock says with one and the same ValidationException what callers must tell apart.
error_kind refined(error_kind kind, std::string_view message) {
  if (kind != error_kind::invalid_request) {
    return kind;
  }
  const auto says = [&](std::string_view words) { return message.find(words) != std::string_view::npos; };
  if (says("model identifier")) {
    return error_kind::model_not_found;
  }
  if (says("too long") || says("maximum context length") || says("Input Tokens Exceeded") ||
      says("exceeds the maximum number of input tokens") || says("exceed context limit")) {
    return error_kind::context_too_long;
  }
  return kind;
}

bool is_callers_fault(error_kind kind) {
  switch (kind) {
  case error_kind::invalid_request:
  case error_kind::context_too_long:
  case error_kind::model_not_found:
  case error_kind::body_too_large: return true;
  default: return false;
  }
}

error made(error_kind kind, std::string_view message) {
  if (kind == error_kind::unauthorized) { // the caller has shown this key to nobody: 401 would send it looking for one
    kind = error_kind::forbidden;
    message =
        "the provider does not accept the key that the gateway is configured with; this is not about the caller's "
        "key";
  }
  error why = make_error(kind, without_secrets(message));
  why.source = is_callers_fault(kind) ? error_source::client : error_source::upstream;
  return why;
}

struct error_document {
  std::string type;
  std::string message;
};

std::string first_text(const dialogue::json_view& root, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto found = root.member(name); found.is_text()) {
      return std::string{found.text()};
    }
  }
  return {};
}

error_document parse_document(std::string_view body) {
  dialogue::json_document document;
  const auto root = document.parse(body);
  if (!root.is_object()) {
    return {};
  }
  return {first_text(root, {"__type", "code"}), first_text(root, {"message", "Message", "originalMessage"})};
}

/// The exception's name, and its status where that is not the kind's own.
struct wire_error {
  std::string_view type;
  int status;
};

wire_error wire_error_of(const error& why) {
  switch (why.kind) {
  case error_kind::invalid_request:
  case error_kind::context_too_long: return {"ValidationException", 400};
  case error_kind::unauthorized: return {"UnrecognizedClientException", 403};
  case error_kind::forbidden: return {"AccessDeniedException", 403};
  case error_kind::not_found: return {"UnknownOperationException", 404};
  case error_kind::model_not_found: return {"ResourceNotFoundException", 404};
  case error_kind::method_not_allowed: return {"UnknownOperationException", 405};
  case error_kind::request_timeout: return {"RequestTimeoutException", 408};
  case error_kind::conflict: return {"ConflictException", 409};
  case error_kind::body_too_large: return {"RequestEntityTooLargeException", 413};
  case error_kind::unsupported_media_type: return {"ValidationException", 415};
  case error_kind::headers_too_large: return {"ValidationException", 431};
  case error_kind::rate_limited: return {"ThrottlingException", 429};
  case error_kind::cancelled: return {"ValidationException", 499};
  case error_kind::internal: return {"InternalServerException", 500};
  // 424 tells clients not to try again, 500 to do so.
  case error_kind::upstream_failed:
    return why.retryable ? wire_error{"InternalServerException", 500} : wire_error{"ModelErrorException", 424};
  case error_kind::unavailable: return {"ServiceUnavailableException", 503};
  case error_kind::upstream_timeout: return {"ModelTimeoutException", 408};
  }
  return {"InternalServerException", 500};
}

std::optional<std::chrono::seconds> seconds_of(std::string_view retry_after) {
  constexpr std::int64_t k_seconds_max = 86'400;
  std::int64_t seconds = 0;
  const auto [end, fault] = std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), seconds);
  if (fault != std::errc{} || end != retry_after.data() + retry_after.size() || seconds < 0) {
    return std::nullopt;
  }
  return std::chrono::seconds{std::min(seconds, k_seconds_max)};
}

} // namespace

error read_error(int status, std::string_view body, std::string_view retry_after) {
  const error_document document = parse_document(body);
  const error_kind kind = refined(kind_of_type(document.type).value_or(kind_of_status(status)), document.message);
  error why = document.message.empty() ? made(kind, fmt::format("the upstream answered with status {}", status))
                                       : made(kind, document.message);
  why.retry_after = seconds_of(retry_after);
  return why;
}

error read_exception(std::string_view type, std::string_view body) {
  const error_document document = parse_document(body);
  const error_kind kind = refined(kind_of_type(type).value_or(error_kind::upstream_failed), document.message);
  return document.message.empty() ? made(kind, fmt::format("the upstream broke the stream off: {}", type))
                                  : made(kind, document.message);
}

std::string message_body(const error& why) {
  std::string body;
  json_out{body}
      .open_object()
      .key("message")
      .text(why.message.empty() ? to_string(why.kind) : std::string_view{why.message})
      .close_object();
  return body;
}

dialogue::written_error write_error(const error& why) {
  const wire_error as = wire_error_of(why);
  dialogue::written_error written{.status = as.status};
  written.headers.emplace_back("x-amzn-errortype", as.type);
  if (why.retry_after) {
    written.headers.emplace_back("Retry-After", fmt::format("{}", why.retry_after->count()));
  }
  written.body = message_body(why);
  return written;
}

std::string_view stream_exception_of(const error& why) noexcept {
  switch (why.kind) {
  case error_kind::rate_limited: return "throttlingException";
  case error_kind::unavailable: return "serviceUnavailableException";
  case error_kind::upstream_failed:
  case error_kind::upstream_timeout: return "modelStreamErrorException";
  default: break;
  }
  return is_callers_fault(why.kind) ? "validationException" : "internalServerException";
}

} // namespace inferenceflow::codecs::bedrock
