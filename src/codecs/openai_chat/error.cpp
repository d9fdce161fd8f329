#include "codecs/openai_chat/error.h"

#include "dialogue/scrub.h"
#include "wire/openai/error_body.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <fmt/format.h>

namespace inferenceflow::codecs::openai_chat {

using dialogue::json_view;

namespace {

constexpr std::size_t k_raw_bytes_max = 512;
constexpr std::int64_t k_retry_after_max_s = 86'400;

/// What an error document says, in any of its shapes.
struct told {
  std::string message;
  std::string type;
  std::string code;
  std::string param;
  int status = 0; ///< in the document; 0 = none
};

std::string words_of(const json_view& value) {
  return value.is_text() ? std::string{value.text()} : value.json();
}

/// FastAPI: {"detail": "…"} or {"detail": [{"msg", "loc"}]}.
void read_detail(const json_view& detail, told& into) {
  if (!detail.is_array() || detail.size() == 0 || !detail.element(0).is_object()) {
    into.message = words_of(detail);
    return;
  }
  const auto first = detail.element(0);
  into.message = words_of(first.member("msg"));
  if (const auto place = first.member("loc"); place.is_array()) {
    place.each([&](const json_view& step) {
      if (const std::string name = words_of(step); name != "body") {
        into.param.append(into.param.empty() ? "" : ".").append(name);
      }
    });
  }
  if (!into.param.empty()) {
    into.message = fmt::format("{}: {}", into.param, into.message);
  }
}

void read_members(const json_view& object, told& into) {
  if (const auto message = object.member("message"); message.is_object() && message.member("detail").present()) {
    read_detail(message.member("detail"), into); // Mistral
  } else if (message.present()) {
    into.message = words_of(message);
  }
  into.type = words_of(object.member("type"));
  into.code = words_of(object.member("code"));
  into.param = object.member("param").is_text() ? std::string{object.member("param").text()} : into.param;
  int number = 0;
  if (std::from_chars(into.code.data(), into.code.data() + into.code.size(), number).ec == std::errc{} &&
      number >= 400 && number < 600) {
    into.status = number;
  }
  // OpenRouter says "Provider returned error" and what the provider said beside it.
  if (const auto metadata = object.member("metadata"); metadata.is_object() && metadata.member("raw").is_text()) {
    into.message += fmt::format(": {}", metadata.member("raw").text().substr(0, k_raw_bytes_max));
  }
}

/// vLLM: {"object": "error", "message": …}
bool is_error_object(const json_view& document) {
  const auto kind = document.member("object");
  return kind.is_text() && kind.text() == "error";
}

std::optional<told> read_told(const json_view& document) {
  json_view root = document;
  if (root.is_array() && root.size() > 0) { // Google's compatible host wraps it
    root = root.element(0);
  }
  if (!root.is_object()) {
    return std::nullopt;
  }
  told got;
  if (const auto inner = root.member("error"); inner.is_object()) {
    read_members(inner, got);
  } else if (inner.is_text() && !inner.text().empty()) {
    read_members(root, got);
    got.message = inner.text();
  } else if (is_error_object(root) || (root.member("message").present() && !root.member("choices").present())) {
    read_members(root, got);
  } else if (root.member("detail").present()) {
    read_detail(root.member("detail"), got);
  } else {
    return std::nullopt;
  }
  return got;
}

bool mentions(std::string_view text, std::string_view words) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(text.begin(), text.end(), words.begin(), words.end(), same) != text.end();
}

bool is_too_long(const told& said) {
  if (said.code == "context_length_exceeded" || said.type == "exceed_context_size_error") {
    return true;
  }
  constexpr std::array<std::string_view, 6> k_phrases{"maximum context length", "context length exceeded",
                                                      "exceeds the context",    "exceed the context",
                                                      "available context size", "prompt is too long"};
  return std::any_of(k_phrases.begin(), k_phrases.end(),
                     [&](std::string_view phrase) { return mentions(said.message, phrase); });
}

bool is_spent(const told& said) {
  return said.code == "insufficient_quota" || said.type == "insufficient_quota" || mentions(said.code, "billing") ||
         mentions(said.message, "insufficient balance");
}

/// The status that a code or type stands for, where only those are said.
int status_of(const told& said) {
  if (said.status != 0) {
    return said.status;
  }
  const std::string both = said.code + ' ' + said.type;
  if (is_too_long(said) || mentions(both, "invalid_request") || mentions(both, "content_filter")) {
    return 400;
  }
  if (mentions(both, "rate_limit") || mentions(both, "quota") || said.type == "requests" || said.type == "tokens") {
    return 429;
  }
  return mentions(both, "overloaded") || mentions(both, "unavailable") ? 503 : 502;
}

error upstream(error_kind kind, bool retryable, std::string message) {
  error failure = make_error(kind, std::move(message));
  failure.source = error_source::upstream;
  failure.retryable = retryable;
  return failure;
}

error mapped(int status, const told& said) {
  std::string message = said.message.empty() ? fmt::format("the provider answered with status {}", status)
                                             : dialogue::scrubbed(said.message);
  switch (status) {
  case 401:
  case 403:
    return upstream(error_kind::forbidden, false,
                    "the provider does not accept the key that the gateway is configured with; this is not about the "
                    "caller's key");
  case 402: return upstream(error_kind::upstream_failed, false, "the gateway's account with the provider is spent");
  case 404: {
    const bool model = mentions(said.code, "model") || mentions(said.code, "deployment") ||
                       mentions(said.message, "model") || mentions(said.message, "deployment");
    return make_error(model ? error_kind::model_not_found : error_kind::not_found, std::move(message), said.param);
  }
  case 405:
  case 501: return upstream(error_kind::upstream_failed, false, std::move(message));
  case 408:
  case 504:
  case 522:
  case 524: return upstream(error_kind::upstream_timeout, true, std::move(message));
  case 409: return upstream(error_kind::conflict, true, std::move(message));
  case 413: return make_error(error_kind::body_too_large, std::move(message), said.param);
  case 415: return make_error(error_kind::unsupported_media_type, std::move(message), said.param);
  case 429: return upstream(error_kind::rate_limited, !is_spent(said), std::move(message));
  case 498: // Groq: no flex capacity
  case 503:
  case 529: return upstream(error_kind::unavailable, true, std::move(message));
  default: break;
  }
  if (status >= 400 && status < 500) {
    return make_error(is_too_long(said) ? error_kind::context_too_long : error_kind::invalid_request,
                      std::move(message), said.param);
  }
  return upstream(error_kind::upstream_failed, true, std::move(message));
}

/// Whole seconds, upwards; nothing for a date, which no provider of this format sends.
std::optional<std::chrono::seconds> seconds_of(std::string_view text) {
  double seconds = -1;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || !(seconds >= 0)) {
    return std::nullopt;
  }
  const auto bounded = std::min(seconds, static_cast<double>(k_retry_after_max_s));
  const auto whole = static_cast<std::int64_t>(bounded);
  return std::chrono::seconds{whole + (static_cast<double>(whole) < bounded ? 1 : 0)};
}

} // namespace

error read_error(int status, std::string_view body, std::string_view retry_after) {
  dialogue::json_document document;
  const json_view root = document.parse(body);
  const auto said = document.failure() ? std::nullopt : read_told(root);
  error failure = mapped(status, said.value_or(told{}));
  failure.retry_after = seconds_of(retry_after);
  return failure;
}

std::optional<error> read_told_error(const json_view& document) {
  const auto inner = document.member("error");
  const bool is_error = inner.is_object() || (inner.is_text() && !inner.text().empty()) || is_error_object(document);
  if (!is_error) {
    return std::nullopt;
  }
  const auto said = read_told(document);
  return said ? std::optional{mapped(status_of(*said), *said)} : std::nullopt;
}

dialogue::written_error write_error(const error& why) {
  dialogue::written_error written;
  written.status = wire::openai::http_status(why.kind);
  if (why.retry_after) {
    written.headers.emplace_back("Retry-After", fmt::format("{}", why.retry_after->count()));
  }
  written.body = wire::openai::error_body(why);
  return written;
}

} // namespace inferenceflow::codecs::openai_chat
