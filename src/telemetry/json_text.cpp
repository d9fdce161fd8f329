#include "telemetry/json_text.h"

#include <array>
#include <cstddef>

namespace inferenceflow::telemetry {
namespace {

constexpr std::string_view k_replacement = "\xEF\xBF\xBD";
constexpr std::string_view k_hex = "0123456789abcdef";

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// Bytes that stand for themselves.
constexpr std::array<bool, 256> k_plain = [] {
  std::array<bool, 256> plain{};
  for (unsigned byte = 0x20; byte < 0x80; ++byte) {
    plain[byte] = byte != '"' && byte != '\\';
  }
  return plain;
}();

// Bytes of the well-formed multi-byte character at the start of `text`, 0 when there is none.
std::size_t character_bytes(std::string_view text) {
  const auto lead = byte_at(text, 0);
  std::size_t length = 0;
  unsigned second_min = 0x80;
  unsigned second_max = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    second_min = lead == 0xe0 ? 0xa0 : 0x80; // no overlong form
    second_max = lead == 0xed ? 0x9f : 0xbf; // no surrogate
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    second_min = lead == 0xf0 ? 0x90 : 0x80;
    second_max = lead == 0xf4 ? 0x8f : 0xbf; // not above U+10FFFF
  }
  if (length == 0 || text.size() < length || byte_at(text, 1) < second_min || byte_at(text, 1) > second_max) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(text, i) & 0xc0U) != 0x80) {
      return 0;
    }
  }
  return length;
}

void append_escape(std::string& out, unsigned byte) {
  switch (byte) {
  case '"': out += "\\\""; break;
  case '\\': out += "\\\\"; break;
  case '\n': out += "\\n"; break;
  case '\r': out += "\\r"; break;
  case '\t': out += "\\t"; break;
  default:
    out += "\\u00";
    out += k_hex[byte >> 4U];
    out += k_hex[byte & 0xfU];
  }
}

} // namespace

void append_json_text(std::string& out, std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    auto end = i;
    while (end < text.size() && k_plain[byte_at(text, end)]) {
      ++end;
    }
    out.append(text, i, end - i);
    i = end;
    if (i == text.size()) {
      return;
    }
    const auto byte = byte_at(text, i);
    if (byte < 0x80) {
      append_escape(out, byte);
      ++i;
    } else if (const auto length = character_bytes(text.substr(i)); length > 0) {
      out.append(text, i, length);
      i += length;
    } else {
      out += k_replacement;
      ++i;
    }
  }
}

} // namespace inferenceflow::telemetry
