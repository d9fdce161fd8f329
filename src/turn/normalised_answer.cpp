#include "turn/normalised_answer.h"

#include "turn/code_point.h"
#include "turn/normalised_line.h"

#include <algorithm>
#include <array>
#include <utility>

namespace inferenceflow::turn {

namespace {

constexpr std::size_t k_fence_marks_min = 3;

/// How many backticks or tildes open or close a fence here; 0 = the line is none.
std::pair<char32_t, std::size_t> fence_of(const std::u32string& line) {
  const auto begin = static_cast<std::size_t>(std::find_if_not(line.begin(), line.end(), is_space) - line.begin());
  if (begin == line.size() || (line[begin] != '`' && line[begin] != '~')) {
    return {};
  }
  const std::size_t end = std::min(line.find_first_not_of(line[begin], begin), line.size());
  const bool inline_code = line[begin] == '`' && line.find('`', end) != std::u32string::npos;
  return end - begin >= k_fence_marks_min && !inline_code ? std::pair{line[begin], end - begin}
                                                          : std::pair<char32_t, std::size_t>{};
}

/// Puts the lines of an answer together.
class answer_text {
public:
  void take(const std::u32string& line) {
    const auto [mark, length] = fence_of(line);
    if (fence_.second != 0) {
      if (mark == fence_.first && length >= fence_.second) {
        fence_ = {};
      } else {
        take_code(line);
      }
      return;
    }
    if (length != 0) {
      fence_ = {mark, length};
      return;
    }
    if (!text_.empty() && text_.back() != ' ' && text_.back() != (U'\n' | k_code_flag)) {
      text_.push_back(' ');
    }
    append_normalised_line(line, text_);
  }

  [[nodiscard]] std::u32string done() {
    const auto code_end = U'\n' | k_code_flag;
    while (!text_.empty() && (text_.back() == ' ' || text_.back() == code_end)) {
      text_.pop_back();
    }
    return std::move(text_);
  }

private:
  void take_code(const std::u32string& line) {
    for (const char32_t c : line) {
      text_.push_back(c | k_code_flag);
    }
    text_.push_back(U'\n' | k_code_flag);
  }

  std::u32string text_;
  std::pair<char32_t, std::size_t> fence_{};
};

bool ends_a_sentence(char32_t c) {
  constexpr std::array<char32_t, 8> k_ends{'.', ',', ';', ':', '!', 0x3002, 0xFF01, 0xFF0C};
  return std::find(k_ends.begin(), k_ends.end(), c) != k_ends.end();
}

/// Whether `text` stands between the two, and neither stands in it.
bool is_wrapped(std::u32string_view text, char32_t opening, char32_t closing) {
  if (text.size() < 3 || text.front() != opening || text.back() != closing) {
    return false;
  }
  const std::u32string_view inside = text.substr(1, text.size() - 2);
  return inside.find(opening) == std::u32string_view::npos && inside.find(closing) == std::u32string_view::npos;
}

std::u32string_view without_wrapping(std::u32string_view text) {
  constexpr std::array<std::pair<char32_t, char32_t>, 4> k_pairs{{{'"', '"'}, {'\'', '\''}, {'(', ')'}, {'[', ']'}}};
  while (!text.empty()) {
    const std::size_t before = text.size();
    const bool factorial =
        text.back() == '!' && text.size() > 1 && text[text.size() - 2] >= '0' && text[text.size() - 2] <= '9';
    if (text.back() == ' ' || (ends_a_sentence(text.back()) && !factorial)) {
      text.remove_suffix(1);
    } else if (text.front() == ' ') {
      text.remove_prefix(1);
    } else if (std::any_of(k_pairs.begin(), k_pairs.end(),
                           [&](const auto& pair) { return is_wrapped(text, pair.first, pair.second); })) {
      text = text.substr(1, text.size() - 2);
    }
    if (text.size() == before) {
      break;
    }
  }
  return text;
}

/// @param well_formed  set to whether all of it was UTF-8.
std::string normalised(std::string_view answer, bool& well_formed) {
  answer_text whole;
  std::u32string line;
  well_formed = true;
  while (!answer.empty()) {
    const code_point next = take_code_point(answer);
    well_formed = well_formed && next.well_formed;
    if (next.value != '\n') {
      line.push_back(next.value);
      continue;
    }
    whole.take(line);
    line.clear();
  }
  whole.take(line);
  const std::u32string text = whole.done();
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : without_wrapping(text)) {
    append_utf8(out, c & ~k_code_flag);
  }
  return out;
}

} // namespace

std::string normalised(std::string_view answer) {
  bool ignored = true;
  return normalised(answer, ignored);
}

bool answers_agree_exactly(std::string_view one, std::string_view other) {
  if (one == other) {
    return true;
  }
  if (one.size() > k_answer_bytes_max || other.size() > k_answer_bytes_max) {
    return false;
  }
  bool one_fine = false;
  bool other_fine = false;
  const std::string left = normalised(one, one_fine);
  return !left.empty() && left == normalised(other, other_fine) && one_fine && other_fine;
}

} // namespace inferenceflow::turn
