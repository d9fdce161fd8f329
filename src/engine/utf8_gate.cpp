#include "engine/utf8_gate.h"

#include <cstdint>

namespace inferenceflow::engine {
namespace {

constexpr std::string_view k_replacement = "\xEF\xBF\xBD";

enum class verdict : std::uint8_t { whole, ill_formed, unfinished };

struct character {
  verdict kind = verdict::whole;
  std::size_t length = 1; ///< bytes of the character, or of its ill-formed or unfinished part
};

struct lead_byte {
  std::size_t length = 0; ///< 0 = no character starts with this byte
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xBF;
};

// The second byte's range excludes overlong forms, surrogates and values above U+10FFFF.
lead_byte classify(unsigned char lead) {
  if (lead < 0x80) {
    return {1};
  }
  if (lead >= 0xC2 && lead <= 0xDF) {
    return {2};
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    return {3, static_cast<unsigned char>(lead == 0xE0 ? 0xA0 : 0x80),
            static_cast<unsigned char>(lead == 0xED ? 0x9F : 0xBF)};
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    return {4, static_cast<unsigned char>(lead == 0xF0 ? 0x90 : 0x80),
            static_cast<unsigned char>(lead == 0xF4 ? 0x8F : 0xBF)};
  }
  return {0};
}

character next_character(std::string_view bytes) {
  const auto lead = classify(static_cast<unsigned char>(bytes[0]));
  if (lead.length == 0) {
    return {verdict::ill_formed, 1};
  }
  for (std::size_t i = 1; i < lead.length; ++i) {
    if (i == bytes.size()) {
      return {verdict::unfinished, i};
    }
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const unsigned char low = i == 1 ? lead.second_min : 0x80;
    const unsigned char high = i == 1 ? lead.second_max : 0xBF;
    if (byte < low || byte > high) {
      return {verdict::ill_formed, i};
    }
  }
  return {verdict::whole, lead.length};
}

} // namespace

std::string utf8_gate::feed(std::string_view bytes) {
  held_.append(bytes);
  std::string out;
  out.reserve(held_.size());
  std::size_t at = 0;
  while (at < held_.size()) {
    const auto rest = std::string_view(held_).substr(at);
    const auto found = next_character(rest);
    if (found.kind == verdict::unfinished) {
      break;
    }
    out.append(found.kind == verdict::whole ? rest.substr(0, found.length) : k_replacement);
    at += found.length;
  }
  held_.erase(0, at);
  return out;
}

std::string to_valid_utf8(std::string_view bytes) {
  utf8_gate gate;
  auto out = gate.feed(bytes);
  if (gate.held_bytes() > 0) {
    out.append(k_replacement);
  }
  return out;
}

} // namespace inferenceflow::engine
