#include "codecs/anthropic/count_tokens.h"

#include "codecs/anthropic/json_text.h"
#include "codecs/anthropic/request_read.h"
#include "codecs/anthropic/request_write.h"
#include "codecs/anthropic/vocabulary.h"
#include "dialogue/json_view.h"

#include <algorithm>
#include <array>
#include <utility>

namespace inferenceflow::codecs::anthropic {

result<dialogue::request> read_count_request(std::string_view body) {
  return read_messages_request(body, body_kind::count_tokens);
}

result<dialogue::written_request> write_count_request(const dialogue::request& asked, std::string_view model) {
  // max_tokens, sampling, stream and the like are refused there.
  constexpr std::array<std::string_view, 9> k_taken{"model",         "system",        "messages",
                                                    "tools",         "tool_choice",   "thinking",
                                                    "output_config", "cache_control", "mcp_servers"};
  auto written = write_messages_request(asked, model);
  if (!written) {
    return written;
  }
  dialogue::json_document document;
  std::string body;
  json_writer out{body};
  out.begin_object();
  document.parse(written->body).members([&](std::string_view name, const dialogue::json_view& value) {
    if (std::find(k_taken.begin(), k_taken.end(), name) != k_taken.end()) {
      out.raw(name, value.json());
    }
  });
  out.end_object();
  written->path.append(k_count_suffix);
  written->body = std::move(body);
  return written;
}

result<std::int64_t> read_count_answer(std::string_view body) {
  dialogue::json_document document;
  const auto tokens = document.parse(body).member("input_tokens").integer(0);
  if (document.failure() || !tokens) {
    return make_error(error_kind::upstream_failed, "the upstream's answer holds no count of tokens");
  }
  return *tokens;
}

std::string write_count_answer(std::int64_t input_tokens) {
  std::string made;
  json_writer out{made};
  out.begin_object();
  out.number("input_tokens", input_tokens);
  out.end_object();
  return made;
}

} // namespace inferenceflow::codecs::anthropic
