#include "wire/json/text.h"

#include <cstdint>
#include <cstring>

namespace inferenceflow::wire::json {
namespace {

constexpr std::uint32_t k_not_hex = 0xFFFFFFFFU;

std::uint32_t hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') {
    return static_cast<std::uint32_t>(c - '0');
  }
  if (c >= 'a' && c <= 'f') {
    return static_cast<std::uint32_t>(c - 'a') + 10U;
  }
  if (c >= 'A' && c <= 'F') {
    return static_cast<std::uint32_t>(c - 'A') + 10U;
  }
  return k_not_hex;
}

/// The code unit of `\uXXXX` at `at`, or k_not_hex.
std::uint32_t code_unit(std::string_view raw, std::size_t at) noexcept {
  if (at + 6 > raw.size() || raw[at] != '\\' || raw[at + 1] != 'u') {
    return k_not_hex;
  }
  std::uint32_t unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const std::uint32_t digit = hex_digit(raw[i]);
    if (digit == k_not_hex) {
      return k_not_hex;
    }
    unit = unit << 4U | digit;
  }
  return unit;
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
    return;
  }
  if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0U | code >> 6U));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0U | code >> 12U));
    out.push_back(static_cast<char>(0x80U | (code >> 6U & 0x3FU)));
  } else {
    out.push_back(static_cast<char>(0xF0U | code >> 18U));
    out.push_back(static_cast<char>(0x80U | (code >> 12U & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | (code >> 6U & 0x3FU)));
  }
  out.push_back(static_cast<char>(0x80U | (code & 0x3FU)));
}

char simple_escape(char c) noexcept {
  switch (c) {
  case '"': return '"';
  case '\\': return '\\';
  case '/': return '/';
  case 'b': return '\b';
  case 'f': return '\f';
  case 'n': return '\n';
  case 'r': return '\r';
  case 't': return '\t';
  default: return '\0';
  }
}

/// Decodes `\uXXXX`, or a surrogate pair, at `at`. Returns the bytes consumed, 0 if faulty.
std::size_t decode_unicode(std::string_view raw, std::size_t at, std::string& out) {
  const std::uint32_t first = code_unit(raw, at);
  if (first == k_not_hex) {
    return 0;
  }
  if (first < 0xD800 || first > 0xDFFF) {
    append_utf8(out, first);
    return 6;
  }
  const std::uint32_t second = code_unit(raw, at + 6);
  if (first > 0xDBFF || second < 0xDC00 || second > 0xDFFF) {
    return 0;
  }
  append_utf8(out, 0x10000U + ((first - 0xD800U) << 10U) + (second - 0xDC00U));
  return 12;
}

/// Length of the well-formed sequence that starts at `at`; 0 if there is none.
std::size_t sequence_length(std::string_view bytes, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(i < bytes.size() ? bytes[i] : 0); };
  const unsigned char lead = byte(at);
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF) {
    return continues(at + 1) ? 2 : 0;
  }
  const unsigned char next = byte(at + 1);
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool shortest = lead != 0xE0 || next >= 0xA0;
    const bool no_surrogate = lead != 0xED || next <= 0x9F;
    return shortest && no_surrogate && continues(at + 1) && continues(at + 2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool shortest = lead != 0xF0 || next >= 0x90;
    const bool in_range = lead != 0xF4 || next <= 0x8F;
    return shortest && in_range && continues(at + 1) && continues(at + 2) && continues(at + 3) ? 4 : 0;
  }
  return 0;
}

} // namespace

std::optional<fault> decode(std::string_view raw, std::string& out) {
  std::size_t at = 0;
  while (at < raw.size()) {
    const void* hit = std::memchr(raw.data() + at, '\\', raw.size() - at);
    if (hit == nullptr) {
      break;
    }
    const auto slash = static_cast<std::size_t>(static_cast<const char*>(hit) - raw.data());
    out.append(raw, at, slash - at);
    if (slash + 1 >= raw.size()) {
      return fault{slash, "unfinished escape"};
    }
    if (raw[slash + 1] == 'u') {
      const std::size_t used = decode_unicode(raw, slash, out);
      if (used == 0) {
        return fault{slash, code_unit(raw, slash) == k_not_hex ? "\\u needs four hexadecimal digits"
                                                               : "surrogate escape without its partner"};
      }
      at = slash + used;
      continue;
    }
    const char plain = simple_escape(raw[slash + 1]);
    if (plain == '\0') {
      return fault{slash, "unknown escape"};
    }
    out.push_back(plain);
    at = slash + 2;
  }
  out.append(raw, at, raw.size() - at);
  return std::nullopt;
}

bool equals_escaped(std::string_view raw, std::string_view plain) {
  if (raw.size() > 6 * plain.size()) {
    return false;
  }
  std::string out;
  return !decode(raw, out) && out == plain;
}

std::string decoded(const text& piece) {
  if (!piece.escaped) {
    return std::string{piece.raw};
  }
  std::string out;
  if (decode(piece.raw, out)) {
    out.clear();
  }
  return out;
}

bool needs_no_escape(std::string_view plain) noexcept {
  for (const char c : plain) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F || c == '"' || c == '\\') {
      return false;
    }
  }
  return true;
}

namespace {

/// True if one of eight bytes is a control character, a quote, a backslash or beyond ASCII. A false alarm is possible
/// behind a true one only, so "no" is certain.
bool any_special(std::uint64_t eight) noexcept {
  constexpr std::uint64_t k_ones = 0x0101010101010101;
  constexpr std::uint64_t k_highs = 0x8080808080808080;
  const auto any_zero = [](std::uint64_t bytes) { return (bytes - k_ones) & ~bytes; };
  const std::uint64_t below_space = (eight - k_ones * 0x20) & ~eight;
  return ((eight | below_space | any_zero(eight ^ (k_ones * '"')) | any_zero(eight ^ (k_ones * '\\'))) & k_highs) != 0;
}

/// Where the next byte that cannot be copied as it is may stand, from `at` on.
std::size_t end_of_plain(std::string_view text, std::size_t at) noexcept {
  std::uint64_t eight = 0;
  while (at + sizeof eight <= text.size()) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if (any_special(eight)) {
      break;
    }
    at += sizeof eight;
  }
  while (at < text.size() && needs_no_escape(text.substr(at, 1))) {
    ++at;
  }
  return at;
}

} // namespace

void append_escaped(std::string& out, std::string_view plain) {
  static constexpr std::string_view k_hex = "0123456789abcdef";
  for (std::size_t at = 0; at < plain.size();) {
    const std::size_t special = end_of_plain(plain, at);
    out.append(plain, at, special - at);
    at = special;
    if (at == plain.size()) {
      break;
    }
    const std::size_t length = sequence_length(plain, at);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++at;
      continue;
    }
    const char c = plain[at];
    switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default:
      if (static_cast<unsigned char>(c) < 0x20) {
        out += "\\u00";
        out.push_back(k_hex[static_cast<unsigned char>(c) >> 4U]);
        out.push_back(k_hex[static_cast<unsigned char>(c) & 0xFU]);
      } else {
        out.append(plain, at, length);
      }
    }
    at += length;
  }
}

std::size_t find_invalid_utf8(std::string_view bytes) noexcept {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = sequence_length(bytes, at);
    if (length == 0) {
      return at;
    }
    at += length;
  }
  return std::string_view::npos;
}

} // namespace inferenceflow::wire::json
