#include "codecs/anthropic/error.h"

#include "codecs/anthropic/error_text.h"
#include "codecs/anthropic/json_text.h"
#include "dialogue/scrub.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace inferenceflow::codecs::anthropic {

namespace {

struct typed_status {
  std::string_view type;
  int status;
};

/// The first of a status is the one that is written.
constexpr std::array k_types{
    typed_status{"invalid_request_error", 400},
    typed_status{"authentication_error", 401},
    typed_status{"billing_error", 402},
    typed_status{"permission_error", 403},
    typed_status{"not_found_error", 404},
    typed_status{"conflict_error", 409},
    typed_status{"request_too_large", 413},
    typed_status{"rate_limit_error", 429},
    typed_status{"api_error", 500},
    typed_status{"timeout_error", 504},
    typed_status{"overloaded_error", 529},
};

int status_of(std::string_view type, int otherwise) noexcept {
  const auto known =
      std::find_if(k_types.begin(), k_types.end(), [&](const typed_status& each) { return each.type == type; });
  return known == k_types.end() ? otherwise : known->status;
}

bool contains(std::string_view text, std::string_view piece) noexcept {
  return text.find(piece) != std::string_view::npos;
}

/// 400 has these too, though no change to the request would help.
bool concerns_account(std::string_view message) noexcept {
  return contains(message, "credit balance") || contains(message, "usage limits") || contains(message, "spend limit");
}

bool concerns_length(std::string_view message) noexcept {
  return contains(message, "prompt is too long") || contains(message, "exceed context limit") ||
         contains(message, "context window");
}

error upstream(error_kind kind, bool retryable, std::string message) {
  error made = make_error(kind, std::move(message));
  made.source = error_source::upstream;
  made.retryable = retryable;
  return made;
}

error from_status(int status, std::string_view message) {
  const std::string said = cleaned_message(message, k_error_message_bytes_max);
  const auto words = [&](std::string_view otherwise) { return said.empty() ? std::string{otherwise} : said; };
  switch (status) {
  case 400:
  case 422:
    if (concerns_account(message)) {
      return upstream(error_kind::forbidden, false, "the provider refuses the gateway's account for now");
    }
    return make_error(concerns_length(message) ? error_kind::context_too_long : error_kind::invalid_request,
                      words("the provider refuses the request"));
  case 401:
  case 403:
    return upstream(error_kind::forbidden, false,
                    "the provider does not accept the key that the gateway is configured with; this is not about the "
                    "caller's key");
  case 402: return upstream(error_kind::forbidden, false, "the provider refuses the gateway's account for now");
  case 404:
    return make_error(contains(message, "model") ? error_kind::model_not_found : error_kind::not_found,
                      words("the provider does not know what was asked for"));
  case 409: return upstream(error_kind::conflict, false, words("the provider reports a conflict"));
  case 413: return make_error(error_kind::body_too_large, words("the request is too large for the provider"));
  case 429: return upstream(error_kind::rate_limited, true, words("the provider's rate limit is reached"));
  case 408:
  case 504: return upstream(error_kind::upstream_timeout, true, words("the provider took too long"));
  case 503:
  case 529: return upstream(error_kind::unavailable, true, words("the provider is overloaded"));
  default:
    return upstream(error_kind::upstream_failed, status >= 500,
                    words(fmt::format("the provider answered with status {}", status)));
  }
}

std::optional<std::chrono::seconds> read_seconds(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (fault != std::errc{} || end != text.data() + text.size() || seconds < 0) {
    return std::nullopt;
  }
  return std::chrono::seconds{std::min(seconds, k_retry_after_s_max)};
}

struct named_error {
  int status;
  std::string_view type;
};

named_error named(error_kind kind) noexcept {
  switch (kind) {
  case error_kind::invalid_request:
  case error_kind::context_too_long: return {400, "invalid_request_error"};
  case error_kind::unauthorized: return {401, "authentication_error"};
  case error_kind::forbidden: return {403, "permission_error"};
  case error_kind::not_found:
  case error_kind::model_not_found: return {404, "not_found_error"};
  case error_kind::method_not_allowed: return {405, "invalid_request_error"};
  case error_kind::request_timeout: return {408, "timeout_error"};
  case error_kind::conflict: return {409, "conflict_error"};
  case error_kind::body_too_large: return {413, "request_too_large"};
  case error_kind::unsupported_media_type: return {415, "invalid_request_error"};
  case error_kind::headers_too_large: return {431, "invalid_request_error"};
  case error_kind::rate_limited: return {429, "rate_limit_error"};
  case error_kind::cancelled: return {499, "api_error"};
  case error_kind::internal: return {500, "api_error"};
  case error_kind::upstream_failed: return {502, "api_error"};
  case error_kind::unavailable: return {529, "overloaded_error"};
  case error_kind::upstream_timeout: return {504, "timeout_error"};
  }
  return {500, "api_error"};
}

std::string_view text_or_nothing(const dialogue::json_view& value) {
  return value.is_text() ? value.text() : std::string_view{};
}

} // namespace

error read_error_object(const dialogue::json_view& object) {
  if (!object.is_object()) {
    return from_status(500, text_or_nothing(object));
  }
  const std::string_view type = text_or_nothing(object.member("type"));
  return from_status(status_of(type, 500), text_or_nothing(object.member("message")));
}

error read_error_document(int status, std::string_view body, std::string_view retry_after) {
  dialogue::json_document document;
  const dialogue::json_view root = document.parse(body);
  const dialogue::json_view object = root.is_object() ? root.member("error") : root;
  const bool own = root.is_object() && object.is_object();
  const std::string_view type = own ? text_or_nothing(object.member("type")) : std::string_view{};
  const std::string_view message = own ? text_or_nothing(object.member("message")) : std::string_view{};
  error read = from_status(status < 400 ? 502 : status_of(type, status), message);
  read.retry_after = read_seconds(retry_after);
  return read;
}

std::string error_body(const error& why) {
  std::string_view message = dialogue::cut_at_character(why.message, k_error_message_bytes_max);
  std::string made;
  json_writer out{made};
  out.begin_object();
  out.text("type", "error");
  out.key("error");
  out.begin_object();
  out.text("type", named(why.kind).type);
  out.text("message", message.empty() ? to_string(why.kind) : message);
  out.end_object();
  out.end_object();
  return made;
}

dialogue::written_error write_error_document(const error& why) {
  dialogue::written_error made;
  made.status = named(why.kind).status;
  made.body = error_body(why);
  if (why.retry_after) {
    made.headers.emplace_back("retry-after", fmt::format("{}", why.retry_after->count()));
  }
  return made;
}

} // namespace inferenceflow::codecs::anthropic
