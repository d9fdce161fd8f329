/// Latency on one keep-alive connection: sends a request, waits for its whole answer, repeats, prints percentiles.
///
/// Usage:     bench_client PORT COUNT MODE MODEL   MODE: unique | same | bypass | stream
/// Output:    one JSON object: {"count":…, "p50_us":…, "p99_us":…, "first_p50_us":…, "first_p99_us":…}
///            first_*: until the first byte of the body (streams: of the first event).
/// Threading: one, blocking: no event loop between the wire and the clock.
#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::size_t k_body_bytes = 350;
constexpr int k_warm_up = 200;

struct sample {
  double whole_us = 0;
  double first_us = 0;
};

[[noreturn]] void fail(const char* what, std::string_view detail) {
  std::fprintf(stderr, "bench_client: %s: %.*s\n", what, static_cast<int>(std::min<std::size_t>(detail.size(), 300)),
               detail.data());
  std::exit(1);
}

int connect_to(unsigned short port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
    fail("cannot connect", std::to_string(port));
  }
  return fd;
}

/// A request of k_body_bytes; `id` makes the prompt unique.
std::string make_request(std::string_view mode, std::string_view model, long id) {
  std::string body = "{\"model\":\"" + std::string(model) + "\",";
  body += mode == "stream" ? "\"stream\":true,\"stream_options\":{\"include_usage\":true}," : "";
  body += mode == "bypass" || mode == "stream" ? "\"temperature\":0.7," : "\"temperature\":0,";
  body += "\"messages\":[{\"role\":\"user\",\"content\":\"request " + std::to_string(id) + " ";
  const std::string tail = "\"}]}";
  while (body.size() + tail.size() < k_body_bytes) {
    body += "abcdefghi "[body.size() % 10];
  }
  body += tail;
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// True once `data` is a whole answer; sets `body_at` to where the body starts when the head is complete.
bool whole_answer(const std::string& data, std::size_t& body_at) {
  const std::size_t head_end = data.find("\r\n\r\n");
  if (head_end == std::string::npos) {
    return false;
  }
  body_at = head_end + 4;
  std::string head = data.substr(0, head_end);
  std::transform(head.begin(), head.end(), head.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 32) : c; });
  const std::size_t length_at = head.find("\r\ncontent-length:");
  if (length_at != std::string::npos) {
    return data.size() >= body_at + std::strtoull(head.c_str() + length_at + 17, nullptr, 10);
  }
  // Chunked, perhaps with trailer fields: the last chunk, then an empty line at the very end.
  const std::size_t last = data.rfind("\r\n0\r\n");
  return last != std::string::npos && data.ends_with("\r\n\r\n") && data.size() >= last + 7;
}

sample exchange(int fd, const std::string& request) {
  using clock = std::chrono::steady_clock;
  const auto since = [](clock::time_point start) {
    return std::chrono::duration<double, std::micro>(clock::now() - start).count();
  };
  const auto start = clock::now();
  if (write(fd, request.data(), request.size()) != static_cast<ssize_t>(request.size())) {
    fail("cannot write", "");
  }
  sample taken;
  std::string data;
  char buffer[16384];
  for (std::size_t body_at = 0; !whole_answer(data, body_at);) {
    const ssize_t count = read(fd, buffer, sizeof buffer);
    if (count <= 0) {
      fail("connection closed after", data);
    }
    data.append(buffer, static_cast<std::size_t>(count));
    const std::size_t head_end = data.find("\r\n\r\n");
    if (taken.first_us == 0 && head_end != std::string::npos && data.size() > head_end + 4) {
      taken.first_us = since(start);
    }
  }
  taken.whole_us = since(start);
  if (!data.starts_with("HTTP/1.1 200")) {
    fail("answer is not 200", data);
  }
  return taken;
}

double percentile(std::vector<double> values, double part) {
  const auto rank = static_cast<std::size_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank), values.end());
  return values[rank];
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: bench_client PORT COUNT unique|same|bypass|stream MODEL\n");
    return 2;
  }
  const int count = std::atoi(argv[2]);
  const std::string_view mode = argv[3];
  const long first_id = static_cast<long>(std::chrono::system_clock::now().time_since_epoch().count() / 1000);
  const int fd = connect_to(static_cast<unsigned short>(std::atoi(argv[1])));
  std::vector<double> whole;
  std::vector<double> first;
  for (int i = -k_warm_up; i < count; ++i) {
    const sample taken = exchange(fd, make_request(mode, argv[4], mode == "same" ? 0 : first_id + i));
    if (i >= 0) {
      whole.push_back(taken.whole_us);
      first.push_back(taken.first_us);
    }
  }
  close(fd);
  std::printf("{\"count\": %d, \"p50_us\": %.2f, \"p99_us\": %.2f, \"first_p50_us\": %.2f, \"first_p99_us\": %.2f}\n",
              count, percentile(whole, 0.5), percentile(whole, 0.99), percentile(first, 0.5), percentile(first, 0.99));
}
