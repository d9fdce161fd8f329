#include "codecs/tgi/error.h"

#include "dialogue/scrub.h"
#include "wire/json/text.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace inferenceflow::codecs::tgi {

using dialogue::json_view;

namespace {

constexpr std::int64_t k_retry_after_max_s = 86'400; ///< larger numbers are garbage

/// The text without web addresses: they would name the operator's hosts.
std::string without_addresses(std::string_view message) {
  std::string clean;
  while (!message.empty()) {
    const std::size_t end = std::min(message.find_first_of(" \t\r\n"), message.size());
    const std::string_view word = message.substr(0, end);
    clean += word.find("://") == std::string_view::npos ? word : std::string_view{"[address]"};
    message.remove_prefix(end);
    if (!message.empty()) {
      clean.push_back(message.front());
      message.remove_prefix(1);
    }
  }
  return std::string{dialogue::cut_at_character(dialogue::scrubbed(clean), k_message_bytes_max)};
}

bool is_about_length(std::string_view message) {
  return message.find("`inputs` must have less than") != std::string_view::npos ||
         message.find("`inputs` tokens + `max_new_tokens` must be") != std::string_view::npos;
}

struct said {
  std::string message = {};
  std::string type = {};
};

said read_document(const json_view& root) {
  said read;
  if (!root.is_object()) {
    return read;
  }
  // A proxy before TGI may send {"error":["…"]}.
  const json_view given = root.member("error");
  const json_view message = given.is_array() && given.size() > 0 ? given.element(0) : given;
  if (message.is_text()) {
    read.message = without_addresses(message.text());
  }
  if (const json_view type = root.member("error_type"); type.is_text()) {
    read.type = type.text();
  }
  return read;
}

error_kind kind_of(int status, std::string_view message) {
  switch (status) {
  case 400:
  case 422: return is_about_length(message) ? error_kind::context_too_long : error_kind::invalid_request;
  case 401:
  case 403: return error_kind::forbidden;
  case 404: return error_kind::model_not_found;
  case 413: return error_kind::body_too_large;
  case 429: return error_kind::rate_limited;
  case 503: return error_kind::unavailable;
  case 408:
  case 504: return error_kind::upstream_timeout;
  default:
    return status >= 400 && status < 500 && status != 424 ? error_kind::invalid_request : error_kind::upstream_failed;
  }
}

error error_of(error_kind kind, bool is_the_callers, bool retryable, std::string message) {
  error made = make_error(kind, std::move(message));
  made.source = is_the_callers ? error_source::client : error_source::upstream;
  made.retryable = retryable;
  return made;
}

std::string_view type_of(error_kind kind) noexcept {
  switch (kind) {
  case error_kind::rate_limited:
  case error_kind::unavailable: return "overloaded";
  case error_kind::upstream_failed:
  case error_kind::upstream_timeout:
  case error_kind::internal: return "generation";
  default: return "validation";
  }
}

int status_of(std::string_view type) noexcept {
  return type == "overloaded" ? 429 : type == "generation" ? 424 : 422;
}

} // namespace

error read_error(int status, std::string_view body, std::string_view retry_after) {
  dialogue::json_document document;
  said read = read_document(document.parse(body));
  const error_kind kind = kind_of(status, read.message);
  if (kind == error_kind::forbidden) {
    read.message = "the provider does not accept the key that the gateway is configured with; this is not about the "
                   "caller's key";
  } else if (read.message.empty()) {
    read.message = fmt::format("the provider answered with status {}", status);
  }
  const bool is_the_callers = status == 400 || status == 404 || status == 413 || status == 422;
  const bool retryable = status == 408 || status == 424 || status == 429 || status >= 500;
  error made = error_of(kind, is_the_callers, retryable, std::move(read.message));
  std::int64_t seconds = 0;
  const char* const end = retry_after.data() + retry_after.size();
  const auto number = std::from_chars(retry_after.data(), end, seconds);
  if (!retry_after.empty() && number.ec == std::errc{} && number.ptr == end && seconds >= 0) {
    made.retry_after = std::chrono::seconds{std::min(seconds, k_retry_after_max_s)};
  }
  return made;
}

error error_in_stream(const json_view& event) {
  said read = read_document(event);
  if (read.message.empty()) {
    read.message = "the provider broke off its answer";
  }
  if (read.type == "overloaded") {
    return error_of(error_kind::rate_limited, false, true, std::move(read.message));
  }
  if (read.type == "validation") {
    const auto kind = is_about_length(read.message) ? error_kind::context_too_long : error_kind::invalid_request;
    return error_of(kind, true, false, std::move(read.message));
  }
  return error_of(error_kind::upstream_failed, false, true, std::move(read.message));
}

dialogue::written_error write_error(const error& why) {
  dialogue::written_error written;
  const std::string_view type = type_of(why.kind);
  written.status = status_of(type);
  if (why.retry_after) {
    written.headers.emplace_back("retry-after", fmt::format("{}", why.retry_after->count()));
  }
  written.body = R"({"error":")";
  wire::json::append_escaped(written.body, why.message.empty()
                                               ? to_string(why.kind)
                                               : dialogue::cut_at_character(why.message, k_message_bytes_max));
  written.body += R"(","error_type":")";
  written.body += type;
  written.body += "\"}";
  return written;
}

error unreadable(const error& failure) {
  return make_error(error_kind::upstream_failed, "the provider's answer cannot be read: " + failure.message);
}

} // namespace inferenceflow::codecs::tgi
