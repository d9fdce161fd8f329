/// A cheap OpenAI-compatible upstream for benchmarks: one thread, canned answers, keep-alive.
///
/// Role:      stands behind HAProxy and behind the gateway, so that only the proxy between is measured.
/// Lifecycle: `fast_upstream` prints its port and serves until killed.
/// Threading: one.
/// Bounds:    canned_server.h.
#include "canned_server.h"

#include <string>
#include <string_view>

namespace {

using canned::chunk;

constexpr int k_stream_events = 8;

/// Whole response, 550-byte JSON body.
std::string json_answer() {
  std::string head = R"({"id":"chatcmpl-bench0001","object":"chat.completion","created":1755000000,"model":"bench",)"
                     R"("choices":[{"index":0,"message":{"role":"assistant","content":")";
  const std::string tail =
      R"(","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],)"
      R"("usage":{"prompt_tokens":60,"completion_tokens":24,"total_tokens":84,)"
      R"("prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":)"
      R"({"reasoning_tokens":0,"audio_tokens":0}},"service_tier":"default","system_fingerprint":"fp_bench"})";
  constexpr std::size_t k_body_bytes = 550;
  while (head.size() + tail.size() < k_body_bytes) {
    head += 'w';
  }
  const std::string body = head + tail;
  return canned::json_head(body.size()) + body;
}

/// The head with the first event, then one piece per event: what arrives as separate writes.
canned::pieces stream_answer() {
  const std::string head =
      R"(data: {"id":"chatcmpl-bench0001","object":"chat.completion.chunk","created":1755000000,"model":"bench",)"
      R"("service_tier":"default","system_fingerprint":"fp_bench","choices":[)";
  const std::string no_usage = R"(],"usage":null})"
                               "\n\n";
  const auto delta = [&](const std::string& inner, const std::string& finish) {
    return chunk(head + R"({"index":0,"delta":)" + inner + R"(,"logprobs":null,"finish_reason":)" + finish + "}" +
                 no_usage);
  };
  canned::pieces pieces;
  pieces.push_back("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n" +
                   delta(R"({"role":"assistant","content":""})", "null"));
  for (int i = 0; i < k_stream_events; ++i) {
    pieces.push_back(delta(R"({"content":" word"})", "null"));
  }
  const std::string usage = head + R"(],"usage":{"prompt_tokens":60,"completion_tokens":8,"total_tokens":68}})"
                                   "\n\n";
  pieces.push_back(delta("{}", R"("stop")") + chunk(usage) + chunk("data: [DONE]\n\n") + "0\r\n\r\n");
  return pieces;
}

} // namespace

int main() {
  const canned::pieces document{json_answer()};
  const canned::pieces stream = stream_answer();
  canned::serve([&](std::string_view, std::string_view body) -> const canned::pieces& {
    return body.find("\"stream\":true") != std::string_view::npos ? stream : document;
  });
}
