#include "codecs/cohere/error.h"

#include "codecs/cohere/json_out.h"
#include "dialogue/json_view.h"
#include "dialogue/scrub.h"
#include "wire/openai/error_body.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace inferenceflow::codecs::cohere {

namespace {

/// A day: a provider that asks for more is not worth waiting for, and larger numbers are garbage.
constexpr std::int64_t k_retry_after_max_s = 86'400;

constexpr std::string_view k_key_refused =
    "the provider does not accept the key that the gateway is configured with; this is not about the caller's key";

std::string message_of(std::string_view body) {
  dialogue::json_document document;
  const auto root = document.parse(body);
  if (!root.is_object() || document.failure()) {
    return {};
  }
  const auto message = root.member("message");
  return message.is_text() ? without_addresses(message.text()) : std::string{};
}

error_kind kind_of(int status, std::string_view message) {
  switch (status) {
  case 400:
  case 422:
    return message.find("too many tokens") != std::string_view::npos ||
                   message.find("prompt is too long") != std::string_view::npos
               ? error_kind::context_too_long
               : error_kind::invalid_request;
  case 401:
  case 402:
  case 403:
  case 498: return error_kind::forbidden;
  case 404: return error_kind::model_not_found;
  case 413: return error_kind::body_too_large;
  case 429: return error_kind::rate_limited;
  case 408:
  case 504: return error_kind::upstream_timeout;
  case 503: return error_kind::unavailable;
  default:
    return status >= 400 && status < 500 && status != 499 ? error_kind::invalid_request : error_kind::upstream_failed;
  }
}

bool is_the_callers(int status) {
  return status == 400 || status == 404 || status == 413 || status == 422;
}

std::optional<std::chrono::seconds> seconds_of(std::string_view retry_after) {
  std::int64_t seconds = 0;
  const char* const end = retry_after.data() + retry_after.size();
  const auto read = std::from_chars(retry_after.data(), end, seconds);
  if (retry_after.empty() || read.ec != std::errc{} || read.ptr != end || seconds < 0) {
    return std::nullopt;
  }
  return std::chrono::seconds{std::min(seconds, k_retry_after_max_s)};
}

bool is_address(std::string_view word) {
  return word.find("://") != std::string_view::npos || word.find('@') != std::string_view::npos ||
         word.find("www.") != std::string_view::npos || word.find("cohere.com") != std::string_view::npos;
}

/// A long run of letters and digits is a key, or the name of an account or of a request.
bool is_secret(std::string_view word) {
  constexpr std::size_t k_secret_bytes_min = 32;
  std::size_t run = 0;
  bool digit = false;
  for (const char c : word) {
    const bool is_digit = c >= '0' && c <= '9';
    if (is_digit || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_') {
      ++run;
      digit = digit || is_digit;
      if (run >= k_secret_bytes_min && digit) {
        return true;
      }
    } else {
      run = 0;
      digit = false;
    }
  }
  return false;
}

} // namespace

std::string without_addresses(std::string_view message) {
  std::string clean;
  while (!message.empty()) {
    const std::size_t end = std::min(message.find_first_of(" \t\r\n"), message.size());
    if (is_address(message.substr(0, end))) {
      clean += "[address]";
    } else if (is_secret(message.substr(0, end))) {
      clean += "[hidden]";
    } else {
      clean += message.substr(0, end);
    }
    message.remove_prefix(end);
    if (!message.empty()) {
      clean.push_back(message.front());
      message.remove_prefix(1);
    }
  }
  return std::string{dialogue::cut_at_character(dialogue::scrubbed(clean), k_message_bytes_max)};
}

error read_error(int status, std::string_view body, std::string_view retry_after) {
  std::string message = message_of(body);
  const error_kind kind = kind_of(status, message);
  if (status == 402) {
    message = "the provider's account behind the gateway has reached its billing limit";
  } else if (kind == error_kind::forbidden) {
    message = k_key_refused;
  } else if (message.empty()) {
    message = fmt::format("the provider answered with status {}", status);
  }
  error read = make_error(kind, std::move(message));
  read.source = is_the_callers(status) ? error_source::client : error_source::upstream;
  read.retryable = status == 408 || status == 429 || status == 499 || (status >= 500 && status != 501);
  read.retry_after = seconds_of(retry_after);
  return read;
}

dialogue::written_error write_error(const error& why) {
  dialogue::written_error written;
  written.status = wire::openai::http_status(why.kind); // Cohere's statuses are the usual ones
  if (why.retry_after) {
    written.headers.emplace_back("retry-after", fmt::format("{}", why.retry_after->count()));
  }
  json_out json{written.body};
  json.open_object();
  json.text_member("message", why.message.empty() ? to_string(why.kind)
                                                  : dialogue::cut_at_character(why.message, k_message_bytes_max));
  json.close_object();
  return written;
}

error broken_stream(std::string_view message, bool timed_out) {
  std::string text = without_addresses(message);
  if (text.empty()) {
    text = "the provider broke off its answer";
  }
  return make_error(timed_out ? error_kind::upstream_timeout : error_kind::upstream_failed, std::move(text));
}

error unreadable(const error& failure) {
  return make_error(error_kind::upstream_failed, "the provider's answer cannot be read: " + failure.message);
}

} // namespace inferenceflow::codecs::cohere
