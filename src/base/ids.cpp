#include "base/ids.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>

namespace inferenceflow {

namespace {

std::mt19937_64& generator() {
  // Random device is a syscall: seed once per thread.
  thread_local std::mt19937_64 engine = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64{seed};
  }();
  return engine;
}

constexpr auto k_hex_pairs = [] {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t byte = 0; byte < pairs.size(); ++byte) {
    pairs[byte] = {digits[byte / 16], digits[byte % 16]};
  }
  return pairs;
}();

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

} // namespace

std::string make_request_id(wall_time now) {
  const auto unix_ms = static_cast<std::uint64_t>(to_unix_ms(now));
  const std::uint64_t random_a = generator()();
  const std::uint64_t random_b = generator()();
  std::array<std::uint64_t, 2> halves{};
  halves[0] = (unix_ms << 16U) | 0x7000U | (random_a & 0x0fffU);
  halves[1] = (random_b & 0x3fffffffffffffffU) | 0x8000000000000000U;
  std::string id(36, '-');
  constexpr std::array<std::size_t, 16> k_places{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
  for (std::size_t byte = 0; byte < 16; ++byte) {
    const auto& pair = k_hex_pairs[(halves[byte / 8] >> (56U - 8U * (byte % 8U))) & 0xffU];
    id[k_places[byte]] = pair[0];
    id[k_places[byte] + 1] = pair[1];
  }
  return id;
}

std::string make_answer_id(std::string_view prefix) {
  static constexpr std::string_view k_base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string id{prefix};
  std::uint64_t bits = 0;
  for (int i = 0; i < 24; ++i) {
    if (i % 8 == 0) {
      bits = generator()();
    }
    id.push_back(k_base62[bits % k_base62.size()]);
    bits /= k_base62.size();
  }
  return id;
}

bool is_valid_request_id(std::string_view id) noexcept {
  if (id.empty() || id.size() > k_request_id_bytes_max) {
    return false;
  }
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view{"._:/+=@-"}.find(c) != std::string_view::npos;
  });
}

std::string_view trace_id_of(std::string_view traceparent) noexcept {
  // version "-" trace-id "-" parent-id "-" flags: 2+1+32+1+16+1+2 characters.
  constexpr std::size_t k_length = 55;
  if (traceparent.size() < k_length || traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-' ||
      (traceparent.size() > k_length && traceparent.substr(0, 2) == "00")) {
    return {};
  }
  const std::string_view trace_id = traceparent.substr(3, 32);
  if (!is_hex(traceparent.substr(0, 2)) || traceparent.substr(0, 2) == "ff" || !is_hex(trace_id) ||
      trace_id.find_first_not_of('0') == std::string_view::npos || !is_hex(traceparent.substr(36, 16))) {
    return {};
  }
  return trace_id;
}

} // namespace inferenceflow
