#include "base/percent.h"

#include <cstddef>

namespace inferenceflow {
namespace {

constexpr std::string_view k_digits = "0123456789ABCDEF";

bool is_unreserved(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '-' ||
         byte == '.' || byte == '_' || byte == '~';
}

/// -1 for what is no hex digit.
int digit_value(char byte) {
  if (byte >= '0' && byte <= '9') {
    return byte - '0';
  }
  const char lower = static_cast<char>(byte | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

} // namespace

void append_percent_encoded(std::string& out, std::string_view text) {
  for (const char byte : text) {
    if (is_unreserved(byte)) {
      out.push_back(byte);
      continue;
    }
    const auto value = static_cast<unsigned char>(byte);
    out.push_back('%');
    out.push_back(k_digits[value >> 4U]);
    out.push_back(k_digits[value & 0xFU]);
  }
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool room = text[i] == '%' && i + 2 < text.size();
    const int high = room ? digit_value(text[i + 1]) : -1;
    const int low = room ? digit_value(text[i + 2]) : -1;
    if (high >= 0 && low >= 0) {
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

} // namespace inferenceflow
