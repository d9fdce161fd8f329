#include "store/redis/reply.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace inferenceflow::redis {

namespace {

constexpr std::size_t k_failure_bytes_max = 200;

// The server is up, and says that it cannot do its work for anybody.
constexpr std::array<std::string_view, 6> k_unwell{"LOADING", "CLUSTERDOWN", "MASTERDOWN", "NOAUTH", "DENIED", "BUSY"};
// It can answer reads, but this it cannot do at the moment.
constexpr std::array<std::string_view, 5> k_not_now{"OOM", "READONLY", "MISCONF", "NOREPLICAS", "TRYAGAIN"};

template <std::size_t N> bool holds(const std::array<std::string_view, N>& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

} // namespace

std::string_view failure_code(std::string_view text) noexcept {
  const std::string_view word = text.substr(0, text.find(' '));
  const bool capitals = std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return capitals ? word : std::string_view{};
}

bool server_is_unwell(std::string_view failure_text) noexcept {
  return holds(k_unwell, failure_code(failure_text));
}

error error_of_failure(std::string_view text) {
  const std::string_view code = failure_code(text);
  const bool later = holds(k_unwell, code) || holds(k_not_now, code);
  // "ERR unknown command 'x', with args beginning with: …" and its like quote what was sent.
  std::string line{text.substr(0, std::min(text.find_first_of("'`\"\r\n"), k_failure_bytes_max))};
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  return make_error(later ? error_kind::unavailable : error_kind::upstream_failed,
                    fmt::format("Redis answered: {}", line));
}

} // namespace inferenceflow::redis
