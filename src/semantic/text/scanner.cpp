#include "semantic/text/scanner.h"

#include <algorithm>

namespace inferenceflow::semantic {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_alnum(char c) {
  return is_digit(c) || is_upper(c) || is_lower(c);
}
char lower(char c) {
  return is_upper(c) ? static_cast<char>(c + 32) : c;
}

struct code_point {
  char32_t value = 0;
  std::uint32_t size = 1;
};

/// The character at `at`; U+FFFD and one byte where the bytes are no UTF-8.
code_point decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(at);
  const std::uint32_t size = lead < 0x80                   ? 1
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                                                           : 0;
  if (size == 0 || at + size > text.size()) {
    return {0xFFFD, 1};
  }
  if (size == 1) {
    return {lead, 1};
  }
  char32_t value = lead & (0x7FU >> size);
  for (std::uint32_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) {
      return {0xFFFD, 1};
    }
    value = (value << 6U) | (byte(at + i) & 0x3FU);
  }
  return {value, size};
}

/// Script of a letter; none for punctuation and signs.
script script_of(char32_t c) {
  struct range {
    char32_t first, last;
    script which;
  };
  static constexpr range k_ranges[] = {
      {'A', 'Z', script::latin},        {'a', 'z', script::latin},        {0xC0, 0x24F, script::latin},
      {0x300, 0x36F, script::latin},    {0x370, 0x3FF, script::greek},    {0x400, 0x52F, script::cyrillic},
      {0x530, 0x58F, script::other},    {0x590, 0x5FF, script::hebrew},   {0x600, 0x77F, script::arabic},
      {0x900, 0xDFF, script::indic},    {0xE00, 0xEFF, script::thai},     {0xF00, 0x109F, script::other},
      {0x10A0, 0x10FF, script::other},  {0x1100, 0x11FF, script::hangul}, {0x1200, 0x1DFF, script::other},
      {0x1E00, 0x1EFF, script::latin},  {0x1F00, 0x1FFF, script::greek},  {0x3041, 0x30FF, script::kana},
      {0x3100, 0x312F, script::han},    {0x3130, 0x318F, script::hangul}, {0x3400, 0x9FFF, script::han},
      {0xAC00, 0xD7AF, script::hangul}, {0xF900, 0xFAFF, script::han},    {0x20000, 0x3FFFF, script::han},
  };
  for (const auto& r : k_ranges) {
    if (c >= r.first && c <= r.last) {
      return c == 0xD7 || c == 0xF7 ? script::none : r.which;
    }
  }
  return script::none;
}

bool is_wide_punctuation(char32_t c) {
  if (c < 0xC0) { // Latin-1 but for £ ¥ ° ± ² ³ ¹ ¼ ½ ¾
    return c != 0xA3 && c != 0xA5 && !(c >= 0xB0 && c <= 0xB3) && c != 0xB9 && !(c >= 0xBC && c <= 0xBE);
  }
  return (c >= 0x2000 && c <= 0x206F) || (c >= 0x3000 && c <= 0x303F) || (c >= 0xFE00 && c <= 0xFE4F) ||
         (c >= 0xFF00 && c <= 0xFF0F) || (c >= 0xFF1A && c <= 0xFF20) || (c >= 0xFFF0 && c <= 0xFFFF);
}

/// Scripts written without spaces: each character is a word.
bool stands_alone(script which) {
  return which == script::han || which == script::kana || which == script::hangul || which == script::thai;
}

/// Small letter of Latin-1, Latin Extended-A, Greek and Cyrillic; others stay. Never changes the size in UTF-8.
char32_t small(char32_t c) {
  if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)) {
    return c + 32;
  }
  if (c >= 0x400 && c <= 0x40F) {
    return c + 80;
  }
  if (c >= 0x100 && c <= 0x17F && c != 0x130 && c != 0x131 && c != 0x138 && c != 0x149 && c != 0x178 && c != 0x17F) {
    const bool odd_is_capital = (c >= 0x139 && c <= 0x148) || c >= 0x179;
    return ((c % 2 == 1) == odd_is_capital) ? c + 1 : c;
  }
  return c;
}

void write_at(std::string& out, std::size_t at, code_point c) {
  if (c.size == 2) {
    out[at] = static_cast<char>(0xC0U | (c.value >> 6U));
    out[at + 1] = static_cast<char>(0x80U | (c.value & 0x3FU));
  }
}

class scanner {
public:
  scanner(std::string_view text, std::size_t pieces_max)
      : text_(text)
      , pieces_max_(pieces_max) {
    out_.lowered.assign(text);
    out_.pieces.reserve(std::min(pieces_max, text.size() / 4 + 4));
  }

  scanned_text run() {
    while (at_ < text_.size() && out_.pieces.size() < pieces_max_) {
      step();
    }
    out_.read = at_;
    return std::move(out_);
  }

private:
  void step() {
    const char c = text_[at_];
    if (is_space(c)) {
      if (c == '\n') {
        end_sentence();
      }
      ++at_;
    } else if (c == '`') {
      quoted_code();
    } else if (starts_chunk() && is_code_chunk()) {
      chunk_code();
    } else if (is_digit(c)) {
      number();
    } else if (is_upper(c) || is_lower(c) || static_cast<unsigned char>(c) >= 0x80) {
      word();
    } else {
      punctuation(c);
    }
  }

  [[nodiscard]] char peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  // After a space, or after one bracket or quote that follows a space: so each byte is looked at a few times at most.
  [[nodiscard]] bool starts_chunk() const {
    if (at_ == 0 || is_space(text_[at_ - 1])) {
      return true;
    }
    const char last = text_[at_ - 1];
    return (last == '(' || last == '"') && (at_ == 1 || is_space(text_[at_ - 2]));
  }

  piece& add(piece_kind kind, std::size_t begin, std::size_t size) {
    piece p = {};
    p.begin = static_cast<std::uint32_t>(begin);
    p.size = static_cast<std::uint32_t>(size);
    p.kind = kind;
    p.initial = sentence_start_;
    p.glued = begin > 0 && begin == last_end_;
    sentence_start_ = false;
    last_end_ = begin + size;
    out_.pieces.push_back(p);
    return out_.pieces.back();
  }

  void break_here() {
    if (!out_.pieces.empty()) {
      out_.pieces.back().breaks = true;
    }
  }

  void end_sentence() {
    break_here();
    sentence_start_ = true;
  }

  void quoted_code() {
    const auto fence = text_.substr(at_, 3) == "```" ? std::string_view("```") : std::string_view("`");
    const auto begin = at_ + fence.size();
    const auto end = std::min(text_.find(fence, begin), text_.size());
    add(piece_kind::code, begin, end - begin);
    at_ = std::min(end + fence.size(), text_.size());
  }

  [[nodiscard]] std::string_view chunk() const {
    auto end = at_;
    while (end < text_.size() && !is_space(text_[end])) {
      ++end;
    }
    auto found = text_.substr(at_, end - at_);
    while (!found.empty() && std::string_view(".,;:!?\"')>").find(found.back()) != std::string_view::npos &&
           !found.ends_with("()")) {
      found.remove_suffix(1);
    }
    return found;
  }

  /// URLs, e-mail addresses, paths, identifiers: compared byte by byte.
  [[nodiscard]] bool is_code_chunk() const {
    const auto c = chunk();
    if (c.size() < 3) {
      return false;
    }
    if (c.starts_with("http://") || c.starts_with("https://") || c.starts_with("www.") || c.starts_with("./") ||
        c.starts_with("~/") || c.starts_with("--")) {
      return true;
    }
    if (c.starts_with('/') && is_alnum(c[1])) {
      return true;
    }
    char last = '\0';
    bool address = false;
    for (std::size_t i = 0; i < c.size(); ++i) {
      const char now = c[i];
      const bool pair = (last == ':' && (now == ':' || now == '\\')) || (last == '(' && now == ')') ||
                        (last == '-' && now == '>') || (last == '_' && is_alnum(now));
      if (pair || (address && now == '.')) {
        return true;
      }
      address = address || (now == '@' && i > 0);
      last = now;
    }
    return false;
  }

  void chunk_code() {
    const auto c = chunk();
    add(piece_kind::code, at_, c.size());
    at_ += c.size();
  }

  // Digits with separators; "5kg" becomes two pieces, the second one glued to the first.
  void number() {
    const auto begin = at_;
    while (is_digit(peek(0)) ||
           ((peek(0) == ',' || peek(0) == '.' || peek(0) == ':') && is_digit(peek(1)) && at_ > begin)) {
      if (peek(0) == ',' && !(is_digit(peek(1)) && is_digit(peek(2)))) {
        break; // "1,2": a list, not a thousand
      }
      ++at_;
    }
    add(piece_kind::number, begin, at_ - begin);
  }

  [[nodiscard]] bool continues_word() const {
    const char c = peek(0);
    if (is_digit(c)) {
      return true;
    }
    if (c == '\'') {
      return is_lower(peek(1)) || is_upper(peek(1));
    }
    if (c == '.') { // "u.s.a", "node.js", but not "end.Next"
      return (is_lower(peek(1)) && at_ > 0 && is_alnum(text_[at_ - 1])) || (is_upper(peek(1)) && peek(2) == '.') ||
             (is_upper(peek(1)) && at_ > 1 && text_[at_ - 2] == '.');
    }
    return false;
  }

  void word() {
    const auto begin = at_;
    word_shape shape = {};
    while (at_ < text_.size()) {
      const bool ascii = static_cast<unsigned char>(text_[at_]) < 0x80;
      if (!(ascii ? take_ascii(begin, shape) : take_wide(begin, shape))) {
        break;
      }
    }
    finish_word(begin, shape);
  }

  /// How a word is written, as far as it was read.
  struct word_shape {
    std::uint32_t letters = 0;
    std::uint32_t capitals = 0;
    bool capital = false;
    bool inner = false;
    bool was_small = false;
    bool closed = false;

    void letter(bool is_capital, bool first) {
      ++letters;
      capitals += is_capital ? 1U : 0U;
      capital = capital || (is_capital && first);
      inner = inner || (is_capital && was_small);
      was_small = !is_capital;
    }
  };

  bool take_ascii(std::size_t begin, word_shape& shape) {
    const char c = text_[at_];
    if (is_upper(c) || is_lower(c)) {
      shape.letter(is_upper(c), at_ == begin);
      ++out_.letters[static_cast<std::size_t>(script::latin)];
      out_.lowered[at_] = lower(c);
    } else if (at_ == begin || !continues_word()) {
      return false;
    } else {
      shape.inner = shape.inner || is_digit(c);
    }
    ++at_;
    return true;
  }

  bool take_wide(std::size_t begin, word_shape& shape) {
    const auto c = decode(text_, at_);
    if (c.value == 0x2019 || c.value == 0x2018) { // ’ between letters is an apostrophe
      const auto next = at_ + c.size;
      if (at_ == begin || next >= text_.size() || script_of(decode(text_, next).value) == script::none) {
        return false;
      }
      at_ = next;
      return true;
    }
    const auto which = script_of(c.value);
    if (which == script::none || shape.closed || (stands_alone(which) && at_ > begin)) {
      return false;
    }
    ++out_.letters[static_cast<std::size_t>(which)];
    const auto little = small(c.value);
    shape.letter(little != c.value, at_ == begin);
    shape.closed = stands_alone(which);
    write_at(out_.lowered, at_, {little, c.size});
    at_ += c.size;
    return !shape.closed;
  }

  void finish_word(std::size_t begin, const word_shape& shape) {
    if (at_ == begin) { // a sign that is no letter, or bytes that are no text
      foreign_sign();
      return;
    }
    while (peek(0) == '+' || peek(0) == '#') { // C++, C#
      ++at_;
    }
    auto& p = add(piece_kind::word, begin, at_ - begin);
    p.capital = shape.capital;
    p.capitals = shape.letters > 1 && shape.letters == shape.capitals;
    p.inner = shape.inner;
  }

  /// Signs beyond ASCII: "≤", "²", "€", an emoji. Punctuation and what is no text separate words.
  void foreign_sign() {
    const auto c = decode(text_, at_);
    if (c.value == 0xFF1F || c.value == 0x61F) { // ？ ؟
      out_.asks = true;
      end_sentence();
    } else if (c.value == 0x3002 || c.value == 0xFF01) { // 。 ！
      end_sentence();
    } else if (!is_wide_punctuation(c.value)) {
      add(piece_kind::symbol, at_, c.size);
    }
    at_ += c.size;
  }

  // "12 - 7", "-5" and "3/4" calculate; "and/or" and a dash between words do not.
  [[nodiscard]] bool is_operator(char c) const {
    if (std::string_view("<>=+^*|~").find(c) != std::string_view::npos || (c == '!' && peek(1) == '=')) {
      return true;
    }
    if (c == '-' && is_digit(peek(1)) && (at_ == 0 || !is_alnum(text_[at_ - 1]))) { // "-5", but not "GPT-4"
      return true;
    }
    if (c != '-' && c != '/') {
      return false;
    }
    const auto left = text_.find_last_not_of(' ', at_ == 0 ? 0 : at_ - 1);
    const auto right = text_.find_first_not_of(' ', at_ + 1);
    return at_ > 0 && left != std::string_view::npos && right != std::string_view::npos && is_digit(text_[left]) &&
           is_digit(text_[right]);
  }

  void punctuation(char c) {
    if ((c == '&' || c == '|') && peek(1) == c) {
      add(piece_kind::symbol, at_++, 2);
    } else if (c == '$' || c == '%' || c == '&' || is_operator(c)) {
      add(piece_kind::symbol, at_, 1);
    } else if (c == '.' || c == '?' || c == '!') {
      out_.asks = out_.asks || c == '?';
      end_sentence();
    } else if (c == ',' || c == ';' || c == ':' || c == '(' || c == ')') {
      break_here();
    }
    ++at_;
  }

  std::string_view text_;
  std::size_t pieces_max_;
  std::size_t at_ = 0;
  std::size_t last_end_ = 0;
  bool sentence_start_ = true;
  scanned_text out_;
};

} // namespace

scanned_text scan(std::string_view text, std::size_t pieces_max) {
  return scanner(text, pieces_max).run();
}

} // namespace inferenceflow::semantic
