#include "turn/code_point.h"

#include "turn/case_fold_table.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace inferenceflow::turn {

namespace {

constexpr char32_t k_replacement = 0xFFFD;

/// Length of the sequence that `lead` begins, and the least value that needs it; 0 for a byte that begins none.
struct sequence {
  std::size_t length = 0;
  char32_t least = 0;
  unsigned char mask = 0;
};

constexpr sequence sequence_of(unsigned char lead) noexcept {
  if (lead < 0x80) {
    return {1, 0, 0x7F};
  }
  if ((lead & 0xE0U) == 0xC0U) {
    return {2, 0x80, 0x1F};
  }
  if ((lead & 0xF0U) == 0xE0U) {
    return {3, 0x800, 0x0F};
  }
  if ((lead & 0xF8U) == 0xF0U) {
    return {4, 0x10000, 0x07};
  }
  return {};
}

} // namespace

code_point take_code_point(std::string_view& text) noexcept {
  const auto byte = [&text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const sequence kind = sequence_of(byte(0));
  char32_t value = byte(0) & kind.mask;
  bool fine = kind.length != 0 && kind.length <= text.size();
  for (std::size_t at = 1; fine && at < kind.length; ++at) {
    fine = (byte(at) & 0xC0U) == 0x80U;
    value = value << 6U | (byte(at) & 0x3FU);
  }
  fine = fine && value >= kind.least && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
  text.remove_prefix(fine ? kind.length : 1);
  return fine ? code_point{value, true} : code_point{k_replacement, false};
}

void append_utf8(std::string& out, char32_t value) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if (value < 0x80) {
    return put(value);
  }
  if (value < 0x800) {
    put(0xC0U | value >> 6U);
  } else if (value < 0x10000) {
    put(0xE0U | value >> 12U);
    put(0x80U | (value >> 6U & 0x3FU));
  } else {
    put(0xF0U | value >> 18U);
    put(0x80U | (value >> 12U & 0x3FU));
    put(0x80U | (value >> 6U & 0x3FU));
  }
  put(0x80U | (value & 0x3FU));
}

bool is_space(char32_t value) noexcept {
  if (value <= 0x20) {
    return value == 0x20 || (value >= 0x09 && value <= 0x0D);
  }
  return value == 0x85 || value == 0xA0 || value == 0x1680 || (value >= 0x2000 && value <= 0x200A) || value == 0x2028 ||
         value == 0x2029 || value == 0x202F || value == 0x205F || value == 0x3000;
}

bool is_invisible(char32_t value) noexcept {
  return value == 0xAD || value == 0x200B || value == 0x2060 || value == 0xFEFF;
}

char32_t folded(char32_t value) noexcept {
  if (value < 0x80) {
    return value >= 'A' && value <= 'Z' ? value + ('a' - 'A') : value;
  }
  const auto* const row = std::lower_bound(std::begin(k_case_folds), std::end(k_case_folds), value,
                                           [](const case_fold& fold, char32_t wanted) { return fold.last < wanted; });
  if (row == std::end(k_case_folds) || value < row->first || (value - row->first) % row->stride != 0) {
    return value;
  }
  return static_cast<char32_t>(static_cast<std::int64_t>(value) + row->delta);
}

} // namespace inferenceflow::turn
