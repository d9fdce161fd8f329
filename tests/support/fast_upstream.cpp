/// A cheap OpenAI-compatible upstream for benchmarks: one thread, canned answers, keep-alive.
///
/// Role:      stands behind HAProxy and behind the gateway, so that only the proxy between is measured.
/// Lifecycle: `fast_upstream` prints its port and serves until killed.
/// Threading: one.
/// Bounds:    requests up to k_request_bytes_max; a longer one ends the connection.
#include <boost/asio.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t k_request_bytes_max = 1U << 20U;
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
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nopenai-processing-ms: 12\r\n\r\n" + body;
}

std::string chunk(const std::string& data) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", data.size());
  return size + data + "\r\n";
}

/// The head with the first event, then one piece per event: what arrives as separate writes.
std::vector<std::string> stream_answer() {
  const std::string head =
      R"(data: {"id":"chatcmpl-bench0001","object":"chat.completion.chunk","created":1755000000,"model":"bench",)"
      R"("service_tier":"default","system_fingerprint":"fp_bench","choices":[)";
  const std::string no_usage = R"(],"usage":null})"
                               "\n\n";
  const auto delta = [&](const std::string& inner, const std::string& finish) {
    return chunk(head + R"({"index":0,"delta":)" + inner + R"(,"logprobs":null,"finish_reason":)" + finish + "}" +
                 no_usage);
  };
  std::vector<std::string> pieces;
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

struct answers {
  std::string json = json_answer();
  std::vector<std::string> stream = stream_answer();
};

/// Content-Length of a request head; 0 when there is none. Header names in any case.
std::size_t content_length(std::string_view head) {
  constexpr std::string_view k_name = "content-length:";
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, k_name.size());
    bool same = line.size() == k_name.size();
    for (std::size_t i = 0; same && i < line.size(); ++i) {
      same = (line[i] | 0x20) == (k_name[i] | 0x20);
    }
    if (same) {
      return std::strtoull(head.data() + at + 2 + k_name.size(), nullptr, 10);
    }
  }
  return 0;
}

class session : public std::enable_shared_from_this<session> {
public:
  session(tcp::socket socket, const answers& canned)
      : socket_(std::move(socket))
      , canned_(canned) {
    socket_.set_option(tcp::no_delay(true));
  }
  void read() {
    socket_.async_read_some(asio::buffer(input_),
                            [self = shared_from_this()](const boost::system::error_code& failed, std::size_t count) {
                              if (!failed) {
                                self->pending_.append(self->input_.data(), count);
                                self->next();
                              }
                            });
  }

private:
  void next() {
    const std::size_t head_end = pending_.find("\r\n\r\n");
    if (head_end == std::string::npos || pending_.size() > k_request_bytes_max) {
      return pending_.size() > k_request_bytes_max ? void() : read();
    }
    const std::size_t whole = head_end + 4 + content_length(std::string_view(pending_).substr(0, head_end));
    if (pending_.size() < whole) {
      return read();
    }
    const std::string_view body = std::string_view(pending_).substr(head_end + 4, whole - head_end - 4);
    const bool streamed = body.find("\"stream\":true") != std::string_view::npos;
    pending_.erase(0, whole);
    if (streamed) {
      write_event(0);
    } else {
      write(canned_.json, [self = shared_from_this()] { self->again(); });
    }
  }
  void again() { pending_.empty() ? read() : next(); }
  void write_event(std::size_t index) {
    if (index == canned_.stream.size()) {
      return again();
    }
    write(canned_.stream[index], [self = shared_from_this(), index] { self->write_event(index + 1); });
  }
  template <class then> void write(const std::string& bytes, then next_step) {
    asio::async_write(socket_, asio::buffer(bytes),
                      [next_step = std::move(next_step)](const boost::system::error_code& failed, std::size_t) {
                        if (!failed) {
                          next_step();
                        }
                      });
  }

  tcp::socket socket_;
  const answers& canned_;
  std::array<char, 16384> input_{};
  std::string pending_;
};

void accept(tcp::acceptor& acceptor, const answers& canned) {
  acceptor.async_accept([&](const boost::system::error_code& failed, tcp::socket socket) {
    if (!failed) {
      std::make_shared<session>(std::move(socket), canned)->read();
    }
    accept(acceptor, canned);
  });
}

} // namespace

int main() {
  asio::io_context loop(1);
  tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  acceptor.listen(4096);
  const answers canned;
  std::printf("%u\n", static_cast<unsigned>(acceptor.local_endpoint().port()));
  std::fflush(stdout);
  accept(acceptor, canned);
  loop.run();
}
