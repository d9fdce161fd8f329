// The HTTP edge: however the bytes are cut, the same requests come out, and none that a second parser could read
// differently.
#include "http/request_parser.h"
#include "property.h"

#include <string>
#include <vector>

namespace {

namespace fuzz = inferenceflow::fuzz;
namespace http = inferenceflow::http;

constexpr http::parser_limits k_limits{.header_bytes_max = 4U << 10U, .body_bytes_max = 16U << 10U};

struct outcome {
  std::vector<std::string> requests;
  bool failed = false;
  bool in_body = false;
};

bool is_token(std::string_view name) {
  constexpr std::string_view k_marks = "!#$%&'*+-.^_`|~";
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && k_marks.find(c) == std::string_view::npos) {
      return false;
    }
  }
  return !name.empty();
}

void check_fields(const http::request_head& head, std::size_t body_bytes) {
  std::size_t lengths = 0;
  std::size_t hosts = 0;
  std::size_t bytes = 0;
  bool chunked = false;
  for (const auto& field : head.fields) {
    fuzz::require(is_token(field.name), "a field's name is a token");
    fuzz::require(field.value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos,
                  "a field's value holds no line break and no NUL");
    hosts += field.id == http::field::host ? 1 : 0;
    if (field.id == http::field::content_length) {
      ++lengths;
      fuzz::require(std::stoull(std::string{field.value}) == body_bytes, "the body is as long as Content-Length says");
    }
    if (field.id == http::field::transfer_encoding) {
      ++lengths;
      chunked = true;
    }
    bytes += field.name.size() + field.value.size();
  }
  fuzz::require(lengths <= 1, "one framing only");
  fuzz::require(lengths == 1 || body_bytes == 0, "no body without framing");
  fuzz::require(!chunked || head.version == 11, "chunked needs HTTP/1.1");
  fuzz::require(hosts == 1 || (hosts == 0 && head.version == 10), "one Host");
  fuzz::require(head.fields.size() <= http::k_fields_max, "fields are bounded");
  fuzz::require(bytes <= k_limits.header_bytes_max, "the head is bounded");
  fuzz::require(is_token(head.method_name), "the method is a token");
  fuzz::require(head.target.find_first_of(" \t\r\n") == std::string_view::npos, "the target holds no white space");
}

std::string written_out(const http::request_head& head, std::string_view body) {
  std::string text;
  text.append(head.method_name).append(" ").append(head.target).append(" ").append(std::to_string(head.version));
  text.append(head.keep_alive ? " keep" : " close").append(head.expects_continue ? " expect\n" : "\n");
  for (const auto& field : head.fields) {
    text.append(field.name).append("=").append(field.value).append("\n");
  }
  return text.append("\n").append(body);
}

/// Feeds like a connection: what was not consumed comes again with more behind it.
outcome read_all(std::string_view bytes, std::uint64_t cut_seed) {
  outcome seen;
  http::request_parser parser{k_limits};
  fuzz::cutter cut{cut_seed};
  std::string waiting;
  while (!bytes.empty() && !seen.failed) {
    waiting += cut_seed == 0 ? std::exchange(bytes, {}) : cut.take(bytes);
    while (!waiting.empty()) {
      const auto used = parser.feed(waiting);
      if (!used) {
        seen.failed = true;
        break;
      }
      fuzz::require(*used <= waiting.size(), "no more is consumed than was given");
      waiting.erase(0, *used);
      fuzz::require(parser.body().size() <= k_limits.body_bytes_max, "the body is bounded");
      if (!parser.done()) {
        break;
      }
      check_fields(parser.head(), parser.body().size());
      fuzz::require(parser.body().capacity() >= parser.body().size() + http::k_body_padding_bytes,
                    "the body is padded");
      seen.requests.push_back(written_out(parser.head(), parser.body()));
      parser.reset();
    }
  }
  seen.in_body = !seen.failed && parser.head_done();
  return seen;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::view_of(data, size);
  const outcome whole = read_all(bytes, 0);
  const outcome cut = read_all(bytes, fuzz::seed_of(bytes));
  if (size > k_limits.header_bytes_max / 2) {
    return 0; // near the limit it depends on what arrived together whether it is exceeded
  }
  fuzz::require(whole.requests == cut.requests, "any split of the bytes gives the same requests");
  // A malformed head that is not complete may be refused at once or when the rest comes.
  fuzz::require(whole.failed == cut.failed || !(whole.failed ? cut : whole).in_body, "any split is refused alike");
  fuzz::require(whole.failed || cut.failed || whole.in_body == cut.in_body, "any split leaves off in the same place");
  return 0;
}
