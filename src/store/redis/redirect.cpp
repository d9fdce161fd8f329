#include "store/redis/redirect.h"

#include "store/redis/slot.h"

#include <charconv>

namespace inferenceflow::redis {

namespace {
template <class T> std::optional<T> number(std::string_view digits) {
  T value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, failure] = std::from_chars(digits.data(), end, value);
  return failure == std::errc{} && stopped == end ? std::optional<T>{value} : std::nullopt;
}
} // namespace

std::optional<redirect> parse_redirect(std::string_view failure_text, const node_name& from) {
  redirect read;
  if (failure_text.starts_with("ASK ")) {
    read.ask = true;
    failure_text.remove_prefix(4);
  } else if (failure_text.starts_with("MOVED ")) {
    failure_text.remove_prefix(6);
  } else {
    return std::nullopt;
  }
  const std::size_t space = failure_text.find(' ');
  if (space == std::string_view::npos) {
    return std::nullopt;
  }
  const auto slot = number<std::uint16_t>(failure_text.substr(0, space));
  const std::string_view where = failure_text.substr(space + 1);
  const std::size_t colon = where.rfind(':'); // an IPv6 address comes without brackets
  if (!slot || *slot >= k_slots || colon == std::string_view::npos) {
    return std::nullopt;
  }
  const auto port = number<std::uint16_t>(where.substr(colon + 1));
  const std::string_view host = where.substr(0, colon);
  if (!port || *port == 0 || host == "?" || host.find_first_of(" \r\n") != std::string_view::npos) {
    return std::nullopt;
  }
  read.slot = *slot;
  read.to = node_name{.host = host.empty() ? from.host : std::string{host}, .port = *port};
  return read;
}

} // namespace inferenceflow::redis
