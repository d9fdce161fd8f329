#include "turn/normalised_line.h"

#include "turn/code_point.h"
#include "turn/normalised_answer.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace inferenceflow::turn {

namespace {

constexpr char32_t k_taken_off = 0x40000000; ///< in the place of a mark: no character, and no neighbour of one
constexpr std::size_t k_group_digits = 3;
constexpr std::size_t k_heading_marks_max = 6;

bool is_digit(char32_t c) {
  return c >= '0' && c <= '9';
}

/// Part of a word: letters of any script count, since they are beyond ASCII's punctuation.
bool is_word(char32_t c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= 0xAA && c < k_taken_off && !is_space(c) && !(c >= 0x2000 && c <= 0x206F));
}

/// A word that a mark may not stand in. Scripts without blanks between their words are no hindrance.
bool hugs(char32_t c) {
  constexpr char32_t k_first_without_blanks = 0x2E80; // CJK and beyond
  return c < k_first_without_blanks && is_word(c);
}

/// ASCII for the quotes and dashes that word processors make of it.
char32_t plain(char32_t c) {
  switch (c) {
  case 0x2018:
  case 0x2019:
  case 0x02BC: return '\'';
  case 0x201C:
  case 0x201D:
  case 0x00AB:
  case 0x00BB: return '"';
  case 0x2010:
  case 0x2011:
  case 0x2012:
  case 0x2013:
  case 0x2014:
  case 0x2212: return '-';
  default: return is_space(c) ? U' ' : c;
  }
}

/// A line while its marks are taken off.
class marked_line {
public:
  explicit marked_line(const std::u32string& line) {
    for (const char32_t c : line) {
      if (c == 0x2026) {
        text_.append(3, '.');
      } else if (!is_invisible(c)) {
        text_.push_back(c);
      }
    }
  }

  void take_marks_off() {
    flag_code();
    // Bullets are told by what stands in the text, before a minus of another form becomes one.
    take_off_beginning();
    for (char32_t& c : text_) {
      c = plain(c);
    }
    take_off_emphasis('*');
    take_off_emphasis('_');
  }

  [[nodiscard]] const std::u32string& text() const { return text_; }

private:
  [[nodiscard]] char32_t at(std::size_t place) const { return place < text_.size() ? text_[place] : U' '; }
  [[nodiscard]] std::size_t run(std::size_t begin) const {
    const std::size_t end = text_.find_first_not_of(text_[begin], begin);
    return std::min(end, text_.size()) - begin;
  }
  void take_off(std::size_t begin, std::size_t count) {
    std::fill_n(text_.begin() + static_cast<std::ptrdiff_t>(begin), count, k_taken_off);
  }

  void flag_code();
  void take_off_beginning();
  void take_off_emphasis(char32_t mark);
  [[nodiscard]] std::size_t closing(std::size_t opening, std::size_t length) const;
  [[nodiscard]] bool several_words(std::size_t begin, std::size_t end) const {
    return std::any_of(text_.begin() + static_cast<std::ptrdiff_t>(begin),
                       text_.begin() + static_cast<std::ptrdiff_t>(end), is_space);
  }

  std::u32string text_;
};

/// What stands between two runs of as many backticks is code.
void marked_line::flag_code() {
  for (std::size_t begin = text_.find('`'); begin != std::u32string::npos; begin = text_.find('`', begin)) {
    const std::size_t length = run(begin);
    std::size_t end = text_.find('`', begin + length);
    while (end != std::u32string::npos && run(end) != length) {
      end = text_.find('`', end + run(end));
    }
    if (end == std::u32string::npos) {
      return; // never closed: then no later run of this length is either, and others are too rare to matter
    }
    for (std::size_t place = begin + length; place < end; ++place) {
      text_[place] |= k_code_flag;
    }
    take_off(begin, length);
    take_off(end, length);
    begin = end + length;
  }
}

/// Headings and bullets. Not before a digit, where a minus, a plus or a sharp may be meant.
void marked_line::take_off_beginning() {
  const auto begin = static_cast<std::size_t>(std::find_if_not(text_.begin(), text_.end(), is_space) - text_.begin());
  const char32_t mark = at(begin);
  std::size_t length = 0;
  if (mark == '#') {
    length = run(begin) <= k_heading_marks_max ? run(begin) : 0;
  } else if (mark == '-' || mark == '*' || mark == '+' || mark == 0x2022) {
    length = 1;
  }
  std::size_t next = begin + length;
  if (length == 0 || !is_space(at(next)) || next >= text_.size()) {
    return;
  }
  while (next < text_.size() && is_space(text_[next])) {
    ++next;
  }
  if (next < text_.size() && !is_digit(text_[next])) {
    take_off(begin, length);
  }
}

/// Where the run that closes the one at `opening` begins; npos if there is none nearby.
std::size_t marked_line::closing(std::size_t opening, std::size_t length) const {
  const std::size_t last = std::min(text_.size(), opening + k_emphasis_characters_max);
  for (std::size_t place = opening + length; place < last; ++place) {
    if (text_[place] != text_[opening]) {
      continue;
    }
    const std::size_t found = run(place);
    if (found == length && !is_space(at(place - 1)) && !hugs(at(place + found))) {
      return place;
    }
    place += found - 1;
  }
  return std::u32string::npos;
}

/// Runs of one to three marks that hug their words: an opening one behind no word, a closing one before none.
void marked_line::take_off_emphasis(char32_t mark) {
  std::size_t place = text_.find(mark);
  while (place != std::u32string::npos) {
    const std::size_t length = run(place);
    const bool opens = length <= 3 && !is_space(at(place + length)) && (place == 0 || !hugs(text_[place - 1]));
    const std::size_t end = opens ? closing(place, length) : std::u32string::npos;
    if (end != std::u32string::npos && (mark == '*' || several_words(place, end))) {
      take_off(place, length);
      take_off(end, length);
    }
    place = text_.find(mark, place + length);
  }
}

std::size_t digits(const std::u32string& line, std::size_t from) {
  std::size_t end = from;
  while (end < line.size() && is_digit(line[end])) {
    ++end;
  }
  return end - from;
}

/// End of the groups ",ddd" behind the one to three digits at `begin`; 0 if there are none, or it is no such number.
std::size_t end_of_groups(const std::u32string& line, std::size_t begin, std::size_t first_digits) {
  const bool goes_on = begin >= 2 && line[begin - 1] == ',' && is_digit(line[begin - 2]);
  if (first_digits > k_group_digits || line[begin] == '0' || goes_on) {
    return 0;
  }
  std::size_t end = begin + first_digits;
  while (end + 1 < line.size() && line[end] == ',' && is_digit(line[end + 1])) {
    if (digits(line, end + 1) != k_group_digits) {
      return 0;
    }
    end += 1 + k_group_digits;
  }
  return end == begin + first_digits ? 0 : end;
}

/// Appends the number at `begin` in its one spelling. @returns its end.
std::size_t append_number(const std::u32string& line, std::size_t begin, std::u32string& out) {
  const std::size_t whole = digits(line, begin);
  std::size_t end = end_of_groups(line, begin, whole);
  end = end == 0 ? begin + whole : end;
  const std::u32string_view text{line};
  std::copy_if(text.begin() + static_cast<std::ptrdiff_t>(begin), text.begin() + static_cast<std::ptrdiff_t>(end),
               std::back_inserter(out), is_digit);
  if (end + 1 >= line.size() || line[end] != '.' || !is_digit(line[end + 1])) {
    return end;
  }
  const std::size_t after = end + 1 + digits(line, end + 1);
  const bool goes_on =
      after < line.size() && (is_word(line[after]) || ((line[after] == '.' || line[after] == ',') &&
                                                       after + 1 < line.size() && is_digit(line[after + 1])));
  const std::u32string_view fraction = text.substr(end + 1, after - end - 1);
  if (goes_on || fraction.find_first_not_of('0') != std::u32string_view::npos) {
    out.append(text.substr(end, after - end));
  }
  return after;
}

} // namespace

void append_normalised_line(const std::u32string& line, std::u32string& out) {
  marked_line marked{line};
  marked.take_marks_off();
  const std::u32string& text = marked.text();
  const std::size_t first = out.size();
  for (std::size_t place = 0; place < text.size();) {
    const char32_t c = text[place];
    const char32_t before = place == 0 ? U' ' : text[place - 1];
    if (is_digit(c) && !is_word(before) && before != '.') {
      place = append_number(text, place, out);
      continue;
    }
    if (is_space(c)) {
      if (!out.empty() && out.back() != ' ' && out.back() != (U'\n' | k_code_flag)) {
        out.push_back(' ');
      }
    } else if (c != k_taken_off) {
      out.push_back((c & k_code_flag) != 0 ? c : folded(c));
    }
    ++place;
  }
  if (out.size() > first && out.back() == ' ') {
    out.pop_back();
  }
}

} // namespace inferenceflow::turn
