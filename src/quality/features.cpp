#include "quality/features.h"

#include "quality/word_class.h"

#include <algorithm>
#include <bitset>
#include <cmath>

namespace inferenceflow::quality {

namespace {

constexpr std::array<std::string_view, k_dense> k_names{
    "bytes",         "words",       "numbers",        "number_share",  "number_digits", "symbol_share", "lines",
    "questions",     "word_length", "distinct_share", "stop_share",    "options",       "code_share",   "fences",
    "latex",         "dollars",     "blanks",         "capital_share", "foreign_bytes", "commas",       "stops",
    "asks_what",     "asks_who",    "asks_which",     "asks_how",      "asks_where",    "asks_when",    "asks_why",
    "how_many",      "negation",    "task_first",     "format_share",  "foreign_share", "maths_share",  "percents",
    "ends_question", "ends_colon",  "ends_stop",      "names_share",   "begins_small",  "statements",   "indents",
    "context_bytes", "turns",       "tools",          "images",        "json",          "reasoning"};

enum kind : std::uint8_t { k_space, k_letter, k_digit, k_sign };

constexpr std::array<kind, 256> kinds_of_bytes() {
  std::array<kind, 256> kinds{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0x80;
    const bool space = byte <= ' ' || byte == 0x7F;
    kinds[byte] = letter ? k_letter : space ? k_space : byte >= '0' && byte <= '9' ? k_digit : k_sign;
  }
  return kinds;
}
constexpr std::array<kind, 256> k_kinds = kinds_of_bytes();

/// A letter in lower case; 0 for what is none.
constexpr std::array<unsigned char, 256> letters_of_bytes() {
  std::array<unsigned char, 256> letters{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const std::size_t lower = byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
    letters[byte] = k_kinds[byte] == k_letter ? static_cast<unsigned char>(lower) : 0;
  }
  return letters;
}
constexpr std::array<unsigned char, 256> k_letters = letters_of_bytes();

constexpr std::uint64_t k_what = word_hash("what");
constexpr std::uint64_t k_who = word_hash("who");
constexpr std::uint64_t k_which = word_hash("which");
constexpr std::uint64_t k_how = word_hash("how");
constexpr std::uint64_t k_where = word_hash("where");
constexpr std::uint64_t k_when = word_hash("when");
constexpr std::uint64_t k_why = word_hash("why");
constexpr std::uint64_t k_many = word_hash("many");
constexpr std::uint64_t k_much = word_hash("much");
constexpr std::uint64_t k_statement = word_hash("statement");

/// Reads a text once; the second half of one that is too long is read as if it followed.
class scan {
public:
  explicit scan(features& into) noexcept
      : into_(into) {
    into_.count = 0;
  }

  void read(std::string_view text) noexcept {
    bytes_ += text.size();
    std::size_t at = 0;
    while (at < text.size()) {
      const auto byte = static_cast<unsigned char>(text[at]);
      switch (k_kinds[byte]) {
      case k_space:
        lines_ += byte == '\n' ? 1U : 0U;
        indents_ += byte == '\n' && at + 2 < text.size() && text[at + 1] == ' ' && text[at + 2] == ' ' ? 1U : 0U;
        ++at;
        break;
      case k_letter: at = word(text, at); break;
      case k_digit: at = number(text, at); break;
      case k_sign: sign(text, at++); break;
      }
    }
  }

  void finish(const prompt& asked) noexcept;

private:
  std::size_t word(std::string_view text, std::size_t at) noexcept {
    const std::size_t begin = at;
    std::uint64_t hash = k_word_seed;
    std::size_t high = 0;
    std::size_t capitals = 0;
    for (; at < text.size(); ++at) {
      const auto byte = static_cast<unsigned char>(text[at]);
      const unsigned char letter = k_letters[byte];
      if (letter == 0) {
        break;
      }
      capitals += letter == byte ? 0U : 1U;
      high += byte >> 7U;
      hash = add_byte(hash, letter);
    }
    if (tokens_ == 0) {
      begins_small_ = capitals == 0;
    }
    names_ += !sentence_begins_ && k_kinds[static_cast<unsigned char>(text[begin])] == k_letter && text[begin] >= 'A' &&
                      text[begin] <= 'Z'
                  ? 1U
                  : 0U;
    sentence_begins_ = false;
    capitals_ += capitals;
    high_ += high;
    letters_ += at - begin;
    count_word(hash);
    options_ += at - begin == 1 && text[begin] >= 'A' && text[begin] <= 'E' && begin > 0 && text[begin - 1] == '\n' &&
                        at < text.size() && (text[at] == '.' || text[at] == ')' || text[at] == ':')
                    ? 1U
                    : 0U;
    token(hash);
    return at;
  }

  void count_word(std::uint64_t hash) noexcept {
    const std::uint16_t bits = classes_of(hash);
    stop_ += (bits & k_word_stop) != 0 ? 1U : 0U;
    code_ += (bits & k_word_code) != 0 ? 1U : 0U;
    maths_ += (bits & k_word_maths) != 0 ? 1U : 0U;
    format_ += (bits & k_word_format) != 0 ? 1U : 0U;
    foreign_ += (bits & k_word_foreign) != 0 ? 1U : 0U;
    negation_ += (bits & k_word_negation) != 0 ? 1U : 0U;
    if (words_ < 3 && (bits & k_word_task) != 0) {
      task_first_ = true;
    }
    static constexpr std::array k_asked{k_what, k_who, k_which, k_how, k_where, k_when, k_why};
    for (std::size_t i = 0; i < k_asked.size(); ++i) {
      // At the very beginning it counts in full, anywhere else a half.
      if (hash == k_asked[i]) {
        asks_[i] = std::max(asks_[i], words_ == 0 ? 1.0F : 0.5F);
      }
    }
    how_many_ = how_many_ || (before_ == k_how && (hash == k_many || hash == k_much));
    statements_ += hash == k_statement ? 1U : 0U;
    ++words_;
  }

  std::size_t number(std::string_view text, std::size_t at) noexcept {
    const std::size_t begin = at;
    std::uint64_t hash = k_word_seed;
    while (at < text.size() && k_kinds[static_cast<unsigned char>(text[at])] == k_digit) {
      hash = add_byte(hash, static_cast<unsigned char>(text[at++]));
    }
    digits_max_ = std::max(digits_max_, at - begin);
    ++numbers_;
    sentence_begins_ = false;
    token(hash);
    return at;
  }

  void sign(std::string_view text, std::size_t at) noexcept {
    const char sign = text[at];
    switch (sign) {
    case '?':
      ++questions_;
      sentence_begins_ = true;
      break;
    case '.':
      ++stops_;
      sentence_begins_ = true;
      break;
    case '!': sentence_begins_ = true; break;
    case ',': ++commas_; break;
    case '_': ++blanks_; break;
    case '$':
      ++dollars_;
      ++symbols_;
      break;
    case '%':
      ++percents_;
      ++symbols_;
      break;
    case '`': fences_ = fences_ || (at > 1 && text[at - 1] == '`' && text[at - 2] == '`'); break;
    case '\\':
      latex_ += at + 1 < text.size() && k_kinds[static_cast<unsigned char>(text[at + 1])] == k_letter ? 1U : 0U;
      ++symbols_;
      break;
    case '+':
    case '-':
    case '*':
    case '/':
    case '=':
    case '^':
    case '<':
    case '>':
    case '{':
    case '}': ++symbols_; break;
    default: break;
    }
    token(add_byte(k_word_seed, static_cast<unsigned char>(sign)));
  }

  void token(std::uint64_t hash) noexcept {
    add(hash);
    if (tokens_ > 0) {
      add((before_ * 0x9E3779B97F4A7C15U) ^ hash);
    }
    before_ = hash;
    ++tokens_;
  }

  void add(std::uint64_t hash) noexcept {
    const auto slot = static_cast<std::uint16_t>(((hash ^ (hash >> 29U)) * 0xBF58476D1CE4E5B9U) >> (64U - k_hash_bits));
    ++drawn_;
    if (seen_.test(slot)) {
      return;
    }
    if (into_.count == k_hashed_max) {
      return;
    }
    seen_.set(slot);
    into_.hashed[into_.count++] = slot;
  }

  features& into_;
  std::bitset<k_hash_slots> seen_;
  std::uint64_t before_ = 0;
  std::size_t bytes_ = 0, lines_ = 0, indents_ = 0, tokens_ = 0, drawn_ = 0, words_ = 0, letters_ = 0, capitals_ = 0,
              high_ = 0, names_ = 0;
  std::size_t numbers_ = 0, digits_max_ = 0, questions_ = 0, stops_ = 0, commas_ = 0, blanks_ = 0, dollars_ = 0,
              percents_ = 0, symbols_ = 0;
  std::size_t latex_ = 0, options_ = 0, stop_ = 0, code_ = 0, maths_ = 0, format_ = 0, foreign_ = 0, negation_ = 0,
              statements_ = 0;
  std::array<float, 7> asks_{};
  bool fences_ = false, how_many_ = false, task_first_ = false, sentence_begins_ = true, begins_small_ = false;
};

float share(std::size_t part, std::size_t whole) noexcept {
  return whole == 0 ? 0.0F : static_cast<float>(part) / static_cast<float>(whole);
}

float grown(std::size_t count) noexcept {
  return std::log1p(static_cast<float>(count));
}

char last_sign(std::string_view text) noexcept {
  const std::size_t last = text.find_last_not_of(" \n\r\t");
  return last == std::string_view::npos ? '\0' : text[last];
}

void scan::finish(const prompt& asked) noexcept {
  const auto set = [&](mark one, float value) { into_.dense[static_cast<std::size_t>(one)] = value; };
  set(mark::bytes, grown(asked.text.size()));
  set(mark::words, grown(words_));
  set(mark::numbers, grown(numbers_));
  set(mark::number_share, share(numbers_, tokens_));
  set(mark::number_digits, grown(digits_max_));
  set(mark::symbol_share, share(symbols_, bytes_));
  set(mark::lines, grown(lines_));
  set(mark::questions, grown(questions_));
  set(mark::word_length, share(letters_, words_));
  set(mark::distinct_share, share(into_.count, drawn_));
  set(mark::stop_share, share(stop_, words_));
  set(mark::options, grown(options_));
  set(mark::code_share, share(code_, words_));
  set(mark::fences, fences_ ? 1 : 0);
  set(mark::latex, grown(latex_));
  set(mark::dollars, grown(dollars_));
  set(mark::blanks, grown(blanks_));
  set(mark::capital_share, share(capitals_, bytes_));
  set(mark::foreign_bytes, share(high_, bytes_));
  set(mark::commas, grown(commas_));
  set(mark::stops, grown(stops_));
  for (std::size_t i = 0; i < asks_.size(); ++i) {
    into_.dense[static_cast<std::size_t>(mark::asks_what) + i] = asks_[i];
  }
  set(mark::how_many, how_many_ ? 1 : 0);
  set(mark::negation, grown(negation_));
  set(mark::task_first, task_first_ ? 1 : 0);
  set(mark::format_share, share(format_, words_));
  set(mark::foreign_share, share(foreign_, words_));
  set(mark::maths_share, share(maths_, words_));
  set(mark::percents, grown(percents_));
  const char end = last_sign(asked.text);
  set(mark::ends_question, end == '?' ? 1 : 0);
  set(mark::ends_colon, end == ':' ? 1 : 0);
  set(mark::ends_stop, end == '.' ? 1 : 0);
  set(mark::names_share, share(names_, words_));
  set(mark::begins_small, begins_small_ ? 1 : 0);
  set(mark::statements, grown(statements_));
  set(mark::indents, grown(indents_));
  set(mark::context_bytes, grown(asked.context.size()));
  set(mark::turns, grown(asked.turns == 0 ? 0 : asked.turns - 1));
  set(mark::tools, asked.tools ? 1 : 0);
  set(mark::images, asked.images ? 1 : 0);
  set(mark::json, asked.json ? 1 : 0);
  set(mark::reasoning, asked.reasoning ? 1 : 0);
}

} // namespace

std::string_view to_string(mark one) noexcept {
  const auto place = static_cast<std::size_t>(one);
  return place < k_names.size() ? k_names[place] : "unknown";
}

void extract(const prompt& asked, features& into) noexcept {
  scan reading{into};
  if (asked.text.size() <= k_scan_bytes_max) {
    reading.read(asked.text);
  } else {
    reading.read(asked.text.substr(0, k_scan_bytes_max / 2));
    reading.read(asked.text.substr(asked.text.size() - k_scan_bytes_max / 2));
  }
  reading.finish(asked);
}

float complexity(const features& seen) noexcept {
  const float length = std::min(1.0F, std::max(0.0F, seen.of(mark::bytes) - 3) / 6);
  const float code =
      seen.of(mark::fences) > 0 ? 1 : std::min(1.0F, 8 * seen.of(mark::code_share) + 0.3F * seen.of(mark::indents));
  const float maths =
      std::min(1.0F, 0.5F * seen.of(mark::latex) + 3 * seen.of(mark::maths_share) + 0.2F * seen.of(mark::numbers));
  const float format = std::min(1.0F, 4 * seen.of(mark::format_share) + seen.of(mark::json));
  const float depth = std::min(1.0F, 0.4F * seen.of(mark::turns) + seen.of(mark::context_bytes) / 20);
  const float means = std::max(seen.of(mark::reasoning), 0.5F * seen.of(mark::tools));
  return std::min(1.0F, 0.35F * length + 0.2F * code + 0.2F * maths + 0.05F * format + 0.1F * depth + 0.1F * means);
}

float complexity(const prompt& asked) noexcept {
  features seen;
  extract(asked, seen);
  return complexity(seen);
}

} // namespace inferenceflow::quality
