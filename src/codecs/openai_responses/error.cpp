#include "codecs/openai_responses/error.h"

#include "wire/openai/error_body.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::codecs::openai_responses {

namespace {

struct verdict {
  error_kind kind;
  error_source source;
  bool retryable;
};

constexpr verdict k_callers_fault{error_kind::invalid_request, error_source::client, false};
/// The gateway's: a caller that is told 401 would look for a fault of its own key.
constexpr verdict k_bad_key{error_kind::forbidden, error_source::upstream, false};
constexpr verdict k_broke{error_kind::upstream_failed, error_source::upstream, true};

verdict verdict_of_status(int status) {
  switch (status) {
  case 400:
  case 422: return k_callers_fault;
  case 401: return k_bad_key;
  case 402:
  case 403: return {error_kind::forbidden, error_source::upstream, false};
  case 404: return {error_kind::not_found, error_source::client, false};
  case 408:
  case 504: return {error_kind::upstream_timeout, error_source::upstream, true};
  case 409: return {error_kind::conflict, error_source::upstream, true};
  case 413: return {error_kind::body_too_large, error_source::client, false};
  case 415: return {error_kind::unsupported_media_type, error_source::client, false};
  case 429: return {error_kind::rate_limited, error_source::upstream, true};
  case 503:
  case 529: return {error_kind::unavailable, error_source::upstream, true};
  default: return {error_kind::upstream_failed, error_source::upstream, status >= 500};
  }
}

/// What the code says better than the status does.
verdict verdict_of_code(std::string_view code, verdict otherwise) {
  struct row {
    std::string_view code;
    verdict means;
  };
  constexpr std::array k_rows{
      row{"context_length_exceeded", {error_kind::context_too_long, error_source::client, false}},
      row{"model_not_found", {error_kind::model_not_found, error_source::client, false}},
      row{"rate_limit_exceeded", {error_kind::rate_limited, error_source::upstream, true}},
      row{"insufficient_quota", {error_kind::rate_limited, error_source::upstream, false}},
      row{"billing_hard_limit_reached", {error_kind::rate_limited, error_source::upstream, false}},
      row{"invalid_api_key", k_bad_key},
      row{"server_error", k_broke},
      row{"server_is_overloaded", {error_kind::unavailable, error_source::upstream, true}},
      row{"slow_down", {error_kind::rate_limited, error_source::upstream, true}},
      row{"vector_store_timeout", {error_kind::upstream_timeout, error_source::upstream, true}},
      row{"invalid_prompt", k_callers_fault},
      row{"invalid_request_error", k_callers_fault},
      row{"bio_policy", k_callers_fault},
      row{"image_too_large", k_callers_fault},
      row{"image_too_small", k_callers_fault},
      row{"image_parse_error", k_callers_fault},
      row{"image_content_policy_violation", k_callers_fault},
      row{"image_file_too_large", k_callers_fault},
      row{"unsupported_image_media_type", k_callers_fault},
      row{"empty_image_file", k_callers_fault},
      row{"failed_to_download_image", k_callers_fault},
      row{"image_file_not_found", k_callers_fault},
  };
  for (const row& known : k_rows) {
    if (known.code == code) {
      return known.means;
    }
  }
  constexpr std::string_view k_invalid = "invalid_";
  return code.substr(0, k_invalid.size()) == k_invalid ? k_callers_fault : otherwise;
}

bool is_link(std::string_view word) {
  return word.find("://") != std::string_view::npos || word.substr(0, 4) == "www." ||
         word.find(".com/") != std::string_view::npos;
}

bool is_key(std::string_view word) {
  return word.substr(0, 3) == "sk-" || word.substr(0, 5) == "sess-" || word.substr(0, 4) == "AKIA";
}

bool is_account(std::string_view word) {
  const std::size_t at = word.find('@');
  return word.substr(0, 4) == "org-" || word.substr(0, 5) == "proj_" || word.substr(0, 5) == "user-" ||
         (at != std::string_view::npos && at != 0 && word.find('.', at) != std::string_view::npos);
}

void append_word(std::string& out, std::string_view word) {
  constexpr std::string_view k_around = "\"'`()[]{}<>,.;:!?";
  const std::size_t begin = word.find_first_not_of(k_around);
  const std::size_t end = begin == std::string_view::npos ? begin : word.find_last_not_of(k_around) + 1;
  const std::string_view core = begin == std::string_view::npos ? word : word.substr(begin, end - begin);
  const char* stead = is_link(core) ? "[link]" : is_key(core) ? "[key]" : is_account(core) ? "[account]" : nullptr;
  if (stead == nullptr) {
    out.append(word);
  } else {
    out.append(word.substr(0, begin)).append(stead).append(word.substr(end));
  }
}

/// The member that holds the error in the documents of OpenAI and of servers that imitate it.
struct told {
  std::string_view message = {};
  std::string_view code = {};
  std::string_view param = {};
};

told tell(dialogue::json_view failure) {
  const auto text_of = [&](std::string_view name) {
    const dialogue::json_view member = failure.member(name);
    return member.is_text() ? member.text() : std::string_view{};
  };
  if (failure.is_text()) {
    return {.message = failure.text()};
  }
  if (!failure.is_object()) {
    return {};
  }
  told read{.message = text_of("message"), .code = text_of("code"), .param = text_of("param")};
  if (read.message.empty()) {
    read.message = text_of("detail");
  }
  if (read.code.empty()) {
    read.code = text_of("type");
  }
  return read;
}

error made(const told& what, verdict judged, std::string otherwise) {
  error why = make_error(judged.kind, what.message.empty() ? std::move(otherwise) : without_secrets(what.message));
  why.source = judged.source;
  why.retryable = judged.retryable;
  if (judged.source == error_source::client) {
    why.param = what.param;
  }
  return why;
}

} // namespace

std::string without_secrets(std::string_view message) {
  constexpr std::string_view k_space = " \t\r\n";
  std::string out;
  out.reserve(message.size());
  while (!message.empty()) {
    const std::size_t begin = std::min(message.find_first_not_of(k_space), message.size());
    out.append(message.substr(0, begin));
    message.remove_prefix(begin);
    const std::size_t end = std::min(message.find_first_of(k_space), message.size());
    append_word(out, message.substr(0, end));
    message.remove_prefix(end);
  }
  return out;
}

error read_error(int status, std::string_view body, std::string_view retry_after) {
  dialogue::json_document document;
  const dialogue::json_view root = document.parse(body);
  const dialogue::json_view inner = root.is_object() ? root.member("error") : root;
  const told what = tell(inner.present() ? inner : root);
  // The status of a server's own failure says more than a code that any failure bears.
  const verdict by_status = verdict_of_status(status);
  const verdict judged = status >= 500 ? by_status : verdict_of_code(what.code, by_status);
  error why = made(what, judged, fmt::format("the provider answered with status {}", status));
  if (status != 402 && judged.kind == error_kind::forbidden) {
    why.message = "the provider does not accept the key that the gateway is configured with; this is not about the "
                  "caller's key";
  }
  std::int64_t seconds = 0;
  const char* const end = retry_after.data() + retry_after.size();
  const auto parsed = std::from_chars(retry_after.data(), end, seconds);
  if (parsed.ec == std::errc{} && seconds >= 0 && (parsed.ptr == end || *parsed.ptr == '.')) {
    why.retry_after = std::chrono::seconds{seconds};
  }
  return why;
}

error read_inner_error(dialogue::json_view failure) {
  const told what = tell(failure);
  return made(what, verdict_of_code(what.code, k_broke), "the provider broke off without saying why");
}

dialogue::written_error write_error(const error& why) {
  dialogue::written_error written;
  written.status = wire::openai::http_status(why.kind);
  written.body = wire::openai::error_body(why);
  if (why.retry_after) {
    written.headers.emplace_back("retry-after", std::to_string(why.retry_after->count()));
  }
  return written;
}

std::string_view response_error_code(error_kind kind) noexcept {
  switch (kind) {
  case error_kind::rate_limited: return "rate_limit_exceeded";
  case error_kind::invalid_request:
  case error_kind::context_too_long:
  case error_kind::body_too_large: return "invalid_prompt";
  default: return "server_error";
  }
}

} // namespace inferenceflow::codecs::openai_responses
