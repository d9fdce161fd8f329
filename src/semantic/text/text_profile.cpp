#include "semantic/text/text_profile.h"

#include "semantic/text/scanner.h"
#include "semantic/text/stem.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

namespace inferenceflow::semantic {
namespace {

constexpr std::uint32_t k_number_salt = 0x6e756d62U;
constexpr std::uint32_t k_code_salt = 0x636f6465U;

std::uint64_t mix(std::uint64_t h, std::uint64_t value) noexcept {
  h = (h ^ value) * 0x9E3779B97F4A7C15ULL;
  return h ^ (h >> 29U);
}

std::uint64_t bytes_hash(std::string_view bytes, std::uint64_t h) noexcept {
  for (const char c : bytes) {
    h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return h ^ (h >> 32U);
}

// Values that print alike are alike: 0.1 · 10 and 1.
std::uint32_t value_hash(double value) noexcept {
  const auto key = std::abs(value) < 9e11 ? static_cast<std::uint64_t>(std::llround(value * 1e6))
                                          : std::bit_cast<std::uint64_t>(value);
  return static_cast<std::uint32_t>(mix(k_number_salt, key));
}

/// The letters that occur, and the first one; 0 for what is not written in a … z.
std::uint32_t letters_of(std::string_view word) noexcept {
  std::uint32_t set = 0;
  for (const char c : word) {
    if (c < 'a' || c > 'z') {
      return 0;
    }
    set |= 1U << static_cast<unsigned>(c - 'a');
  }
  return word.empty() ? 0 : set | (static_cast<std::uint32_t>(word[0] & 0x1F) << 26U);
}

/// The word without what turns it into its contrary, as a hash; 0 when it has nothing of the kind.
std::uint32_t base_of(std::string_view word) noexcept {
  for (const std::string_view prefix : {"non", "dis", "mis", "un", "in", "im", "ir", "il", "ab"}) {
    if (word.size() >= prefix.size() + 4 && word.starts_with(prefix)) {
      return word_hash(stem_of(word.substr(prefix.size())));
    }
  }
  if (word.size() >= 7 && word.ends_with("less")) {
    return word_hash(std::string(word.substr(0, word.size() - 4)) + "ful");
  }
  return 0;
}

class profile_writer {
public:
  explicit profile_writer(std::string_view text)
      : text_(text)
      , scanned_(scan(text.substr(0, text_profile::k_read_bytes_max), k_pieces_max)) {
    judge_capitals();
    out_.tokens.reserve(std::min(scanned_.pieces.size() + 2, text_profile::k_tokens_max));
  }

  text_profile run() {
    while (next_ < scanned_.pieces.size() && out_.tokens.size() < text_profile::k_tokens_max) {
      take();
    }
    digest_rest();
    keep_lone_fillers();
    for (const auto& t : out_.tokens) {
      whole_ = t.is(trait::k_filler) ? whole_ : mix(whole_, t.form);
    }
    out_.whole = mix(whole_, out_.rest);
    std::sort(out_.code.begin(), out_.code.end());
    out_.code.erase(std::unique(out_.code.begin(), out_.code.end()), out_.code.end());
    judge_language();
    judge_polarity();
    sketch();
    return std::move(out_);
  }

private:
  // "Hello" says nothing before a question, but it is all that a greeting says.
  void keep_lone_fillers() {
    if (std::all_of(out_.tokens.begin(), out_.tokens.end(), [](const token& t) { return t.is(trait::k_filler); })) {
      for (auto& t : out_.tokens) {
        t.traits &= ~trait::k_filler;
      }
    }
  }

  // A piece makes at most two tokens; phrases make fewer.
  static constexpr std::size_t k_pieces_max = text_profile::k_tokens_max + 64;

  [[nodiscard]] std::string_view word_at(std::size_t i) const {
    const auto& p = scanned_.pieces[i];
    return std::string_view(scanned_.lowered).substr(p.begin, p.size);
  }

  // In titles and shouting a capital says nothing.
  void judge_capitals() {
    std::size_t words = 0;
    std::size_t capital = 0;
    std::size_t shouted = 0;
    for (const auto& p : scanned_.pieces) {
      if (p.kind == piece_kind::word && !p.initial && p.size >= 4) {
        ++words;
        capital += p.capital ? 1U : 0U;
        shouted += p.capitals ? 1U : 0U;
      }
    }
    capitals_tell_ = words < 5 || capital * 10 < words * 8;
    shouting_ = words >= 3 && shouted * 2 > words;
  }

  void take() {
    const auto& p = scanned_.pieces[next_];
    switch (p.kind) {
    case piece_kind::code: take_code(p); break;
    case piece_kind::symbol: take_symbol(p); break;
    case piece_kind::number: take_number(); break;
    case piece_kind::word: take_word(); break;
    }
  }

  token& push(const piece& p, std::uint32_t form) {
    token t = {};
    t.form = t.lemma = t.canon = form;
    t.length = static_cast<std::uint8_t>(std::min<std::uint32_t>(p.size, 255));
    t.traits = (p.initial ? trait::k_initial : 0U) | (p.breaks ? trait::k_breaks : 0U);
    out_.tokens.push_back(t);
    return out_.tokens.back();
  }

  void take_code(const piece& p) {
    std::uint64_t h = k_code_salt;
    bool gap = false;
    for (const char c : text_.substr(p.begin, p.size)) { // a space more or less, or a last newline, is the same code
      if (c == ' ' || (c >= '\t' && c <= '\r')) {
        gap = true;
        continue;
      }
      h = gap && h != k_code_salt ? bytes_hash(" ", h) : h;
      gap = false;
      h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    }
    auto& t = push(p, static_cast<std::uint32_t>(h ^ (h >> 32U)));
    t.traits |= trait::k_code;
    if (out_.code.size() < text_profile::k_code_spans_max) {
      out_.code.push_back(t.form);
    } else {
      out_.rest = mix(out_.rest, t.form);
    }
    ++next_;
  }

  void take_symbol(const piece& p) {
    const auto sign = word_at(next_);
    push_word(p, sign);
    // U+2190 … U+22FF and the signs of Latin-1, in UTF-8: arrows, "≤", "×", "²".
    const auto second = sign.size() > 1 ? static_cast<unsigned char>(sign[1]) : 0U;
    const auto lead = static_cast<unsigned char>(sign[0]);
    auto& t = out_.tokens.back();
    if (!t.is(trait::k_unit) && ((lead == 0xE2 && second >= 0x86 && second <= 0x8B) || lead == 0xC2 || lead == 0xC3)) {
      t.cls = word_class::operation;
    }
    ++next_;
  }

  struct spelled_number {
    double value = -1;
    std::size_t pieces = 0;
    bool year = false;
  };

  /// The value of piece `i` and whether it multiplies; negative when it is no number.
  [[nodiscard]] double value_at(std::size_t i, bool& scale) const {
    const auto& p = scanned_.pieces[i];
    scale = false;
    if (p.kind == piece_kind::word) {
      return number_word(word_at(i), scale);
    }
    if (p.kind != piece_kind::number) {
      return -1;
    }
    std::string digits;
    for (const char c : word_at(i)) {
      if (c == ':') {
        return -1;
      }
      if (c != ',') {
        digits.push_back(c);
      }
    }
    if (std::count(digits.begin(), digits.end(), '.') > 1) {
      return -1;
    }
    double value = -1;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }

  // "two hundred fifty", "5 million", "20 one": a scale multiplies, a smaller number after tens or hundreds adds.
  [[nodiscard]] spelled_number read_number() const {
    spelled_number out;
    double total = 0;
    double current = -1;
    for (auto i = next_; i < scanned_.pieces.size() && i < next_ + 8; ++i) {
      bool scale = false;
      const double value = value_at(i, scale);
      const bool lone_k = scale && scanned_.pieces[i].size == 1 && out.pieces == 0;
      if (value < 0 || lone_k) {
        break;
      }
      if (scale) {
        current = (current < 0 ? 1 : current) * value;
      } else if (current < 0) {
        current = value;
        out.year = scanned_.pieces[i].kind == piece_kind::number && scanned_.pieces[i].size == 4 && value >= 1500 &&
                   value < 2200;
      } else if (scanned_.pieces[i].kind == piece_kind::word && value >= 1 &&
                 std::fmod(current, value < 10 ? 10 : 100) == 0) {
        current += value;
      } else {
        break;
      }
      ++out.pieces;
      if (scale && value >= 1000) {
        total += current;
        current = 0;
      }
      if (scanned_.pieces[i].breaks) {
        break;
      }
    }
    out.value = out.pieces > 0 ? total + std::max(current, 0.0) : -1;
    out.year = out.year && out.pieces == 1;
    return out;
  }

  void take_number() {
    const auto& p = scanned_.pieces[next_];
    const auto number = read_number();
    const auto after = next_ + std::max<std::size_t>(number.pieces, 1);
    const bool tail = after < scanned_.pieces.size() && scanned_.pieces[after].glued &&
                      scanned_.pieces[after].kind == piece_kind::word;
    if (number.value < 0 || (tail && !may_follow_number(word_at(after)))) {
      // A time, a version, "3D", "1080p": one name as it is written.
      const auto end = tail ? after : next_;
      const auto& last = scanned_.pieces[end];
      const auto spelled = std::string_view(scanned_.lowered).substr(p.begin, last.begin + last.size - p.begin);
      auto& t = push(last, word_hash(spelled));
      t.traits |= number.value < 0 && !tail ? trait::k_number : (trait::k_mixed | trait::k_name | trait::k_number);
      next_ = end + 1;
      return;
    }
    next_ = after;
    if (tail && is_ordinal_ending(word_at(after))) {
      ++next_;
      if (number.value >= 1 && number.value <= 10) { // "2nd" is "second"
        static constexpr std::array<std::string_view, 10> k_ordinals = {
            "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"};
        push_word(scanned_.pieces[after], k_ordinals.at(static_cast<std::size_t>(number.value) - 1));
        return;
      }
    }
    push_number(p, number, after - 1);
  }

  void push_number(const piece& p, const spelled_number& number, std::size_t last) {
    auto& t = push(p, value_hash(number.value));
    t.traits |= trait::k_number | (number.year ? trait::k_year : 0U);
    t.traits |= scanned_.pieces[last].breaks ? trait::k_breaks : 0U;
  }

  [[nodiscard]] static bool is_ordinal_ending(std::string_view word) {
    return word == "st" || word == "nd" || word == "rd" || word == "th";
  }
  [[nodiscard]] static bool may_follow_number(std::string_view word) {
    return is_ordinal_ending(word) || word == "am" || word == "pm" || word == "a.m" || word == "p.m" || word == "s" ||
           word == "x" || (look_up(word, stem_of(word)).traits & trait::k_unit) != 0;
  }

  void take_word() {
    if (take_roman()) {
      return;
    }
    const auto start = start_of(word_at(next_));
    if (start.phrase && take_phrase()) {
      return;
    }
    const auto& p = scanned_.pieces[next_];
    if (start.number && p.size > 1) {
      const auto number = read_number();
      next_ += number.pieces;
      push_number(p, number, next_ - 1);
      return;
    }
    take_contracted(p, word_at(next_));
    ++next_;
  }

  // "World War II" is "World War 2". Only what is written with I, V and X: CV and DM are no numbers to most.
  bool take_roman() {
    constexpr std::size_t k_letters_max = 6;
    const auto& p = scanned_.pieces[next_];
    const auto word = word_at(next_);
    if (!p.capitals || shouting_ || word.size() > k_letters_max ||
        word.find_first_not_of("ivx") != std::string_view::npos) {
      return false;
    }
    const auto worth = [](char c) { return c == 'i' ? 1 : c == 'v' ? 5 : 10; };
    int value = 0;
    for (std::size_t i = 0; i < word.size(); ++i) {
      const int now = worth(word[i]);
      value += i + 1 < word.size() && now < worth(word[i + 1]) ? -now : now;
    }
    push_number(p, {.value = static_cast<double>(value), .pieces = 1}, next_);
    ++next_;
    return true;
  }

  bool take_phrase() {
    const auto first = word_at(next_);
    constexpr std::size_t k_more_words_max = 4;
    std::string joined(first);
    std::array<std::size_t, k_more_words_max> ends = {};
    for (std::size_t n = 0; n < k_more_words_max; ++n) {
      const auto i = next_ + n + 1;
      if (i >= scanned_.pieces.size() || scanned_.pieces[i - 1].breaks || scanned_.pieces[i].kind != piece_kind::word) {
        break;
      }
      joined.append(" ").append(word_at(i));
      ends.at(n) = joined.size();
    }
    for (std::size_t n = k_more_words_max; n-- > 0;) {
      const auto* found = ends.at(n) == 0 ? nullptr : phrase_of(std::string_view(joined).substr(0, ends.at(n)));
      if (found != nullptr && applies(*found, next_ + n + 2)) {
        read_as(*found, next_ + n + 2);
        return true;
      }
    }
    return false;
  }

  /// @param end  piece after the phrase.
  [[nodiscard]] bool applies(const phrase& found, std::size_t end) const {
    if (found.opener) { // nothing is left of a text that says no more
      return scanned_.pieces[next_].initial && end < scanned_.pieces.size();
    }
    return found.becomes != "formerly" || !follows_be();
  }

  void read_as(const phrase& found, std::size_t end) {
    if (found.becomes.empty()) {
      begin_again(end);
    } else {
      auto p = scanned_.pieces[next_];
      p.breaks = scanned_.pieces[end - 1].breaks;
      push_word(p, found.becomes);
    }
    next_ = end;
  }

  // "It is used to cut": a purpose, not a past.
  [[nodiscard]] bool follows_be() const {
    return !out_.tokens.empty() && (out_.tokens.back().is(trait::k_be) || out_.tokens.back().form == word_hash("get"));
  }

  // After "could you tell me" the sentence begins.
  void begin_again(std::size_t i) {
    if (scanned_.pieces[next_].initial && i < scanned_.pieces.size()) {
      scanned_.pieces[i].initial = true;
    }
  }

  // "don't" is do + not, "what's" is what + is, "Anna's" is Anna.
  void take_contracted(const piece& p, std::string_view word) {
    std::string plain;
    std::size_t quote = std::string_view::npos;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (word[i] == '\'' || word.substr(i, 3) == "\u2019" || word.substr(i, 3) == "\u2018") {
        quote = quote == std::string_view::npos ? plain.size() : quote;
        i += word[i] == '\'' ? 0U : 2U;
      } else {
        plain.push_back(word[i]);
      }
    }
    const auto tail = quote == std::string_view::npos ? std::string_view() : std::string_view(plain).substr(quote);
    auto head = piece(p);
    head.breaks = false;
    if (negated(plain, tail)) {
      const auto stem = plain == "cant" || plain == "wont" || plain == "shant"
                            ? std::string_view(plain).substr(0, 2)
                            : std::string_view(plain).substr(0, plain.size() - 2);
      push_word(head, stem == "ca" ? "can" : stem == "wo" ? "will" : stem == "sh" ? "shall" : stem);
      push_word(p, "not");
    } else if (tail == "re" || tail == "ve" || tail == "ll" || tail == "d" || tail == "m") {
      push_word(head, std::string_view(plain).substr(0, quote));
      push_word(p,
                tail == "re"   ? "are"
                : tail == "ve" ? "have"
                : tail == "ll" ? "will"
                : tail == "m"  ? "am"
                               : "would",
                {});
    } else if (tail == "s") {
      const auto owner = std::string_view(plain).substr(0, quote);
      const auto known = look_up(owner, owner);
      const bool is = (known.traits & (trait::k_pronoun | trait::k_question)) != 0 || owner == "that" ||
                      owner == "there" || owner == "here";
      push_word(is ? head : p, owner, is ? 0U : trait::k_possessive);
      if (is) {
        push_word(p, "is");
      }
    } else {
      push_word(p, plain);
    }
  }

  [[nodiscard]] static bool negated(std::string_view plain, std::string_view tail) {
    if (tail == "t" && plain.ends_with("nt") && plain.size() > 3) {
      return true;
    }
    static constexpr std::string_view k_bare[] = {"dont",   "cant",  "wont",    "didnt",   "doesnt",
                                                  "isnt",   "arent", "wasnt",   "werent",  "hasnt",
                                                  "havent", "hadnt", "couldnt", "wouldnt", "shouldnt"};
    return std::find(std::begin(k_bare), std::end(k_bare), plain) != std::end(k_bare);
  }

  void push_word(const piece& p, std::string_view word, std::uint32_t extra = 0) {
    const auto stem = stem_of(word);
    const auto known = look_up(word, stem);
    auto& t = push(p, word_hash(word));
    t.lemma = word_hash(stem);
    t.canon = known.canon != 0 ? known.canon : t.lemma;
    t.cls = known.cls;
    t.length = static_cast<std::uint8_t>(std::min<std::size_t>(word.size(), 255));
    t.shape = letters_of(word);
    t.base = (known.traits & trait::k_stop) != 0 ? 0 : base_of(word);
    t.root = word.size() >= 7 ? word_hash(word.substr(0, 5)) : word.size() >= 6 ? word_hash(word.substr(0, 4)) : 0;
    t.traits |= extra | (known.traits & ~(trait::k_name | trait::k_ambiguous)) | (p.capital ? trait::k_capital : 0U) |
                (word.size() > 3 && word.ends_with("ed") ? trait::k_participle : 0U);
    if (t.cls == word_class::greeting && !p.initial) {
      t.traits &= ~trait::k_filler;
    }
    if (t.is(trait::k_filler)) {
      begin_again(next_ + 1);
    }
    if (t.cls == word_class::modal && word == "may" && p.capital && !p.initial) {
      t.cls = word_class::month;
    }
    name(t, p, word, known);
  }

  void name(token& t, const piece& p, std::string_view word, const lexeme& known) const {
    const bool shouted = p.capitals && (shouting_ || !capitals_tell_);
    if ((known.traits & trait::k_stop) != 0) {
      if (word == "us" && p.capitals && !shouting_) { // "the US" is no pronoun
        t.form = t.lemma = t.canon = look_up("usa", "usa").canon;
        t.traits = (t.traits & ~(trait::k_stop | trait::k_pronoun)) | trait::k_name | trait::k_acronym;
        t.cls = word_class::country;
      }
      return;
    }
    const bool told = p.capital && !p.initial && capitals_tell_ && !shouted && (known.traits & trait::k_unit) == 0 &&
                      !(p.capitals && p.size > 5);
    const bool listed = (known.traits & trait::k_name) != 0 && ((known.traits & trait::k_ambiguous) == 0 || told);
    if ((known.traits & trait::k_ambiguous) != 0 && !told) {
      t.cls = word_class::none;
    }
    const bool acronym = p.capitals && !shouting_ && p.size <= 5 && (known.traits & trait::k_unit) == 0;
    if (told || listed || acronym || p.inner) {
      t.traits |= trait::k_name | (acronym ? trait::k_acronym : 0U) | (p.inner ? trait::k_mixed : 0U);
    }
  }

  void digest_rest() {
    for (; next_ < scanned_.pieces.size(); ++next_) {
      out_.rest = mix(out_.rest, word_hash(word_at(next_)));
    }
    if (scanned_.read < text_.size()) {
      out_.rest = mix(out_.rest, bytes_hash(text_.substr(scanned_.read), 1));
    }
  }

  void judge_language() {
    const auto most = std::max_element(scanned_.letters.begin(), scanned_.letters.end());
    out_.writing = *most == 0 ? script::none : static_cast<script>(most - scanned_.letters.begin());
    std::array<unsigned, 6> votes = {};
    unsigned english = 0;
    for (const auto& t : out_.tokens) {
      english += t.is(trait::k_stop) && !t.is(trait::k_foreign) ? 1U : 0U;
      if (t.is(trait::k_foreign) && t.cls >= word_class::language_de) {
        ++votes.at(static_cast<std::size_t>(t.cls) - static_cast<std::size_t>(word_class::language_de));
      }
    }
    const auto best = std::max_element(votes.begin(), votes.end());
    out_.english = english > 0;
    out_.accented = std::any_of(scanned_.lowered.begin(), scanned_.lowered.end(), [](char c) {
      return static_cast<unsigned char>(c) == 0xC3 || static_cast<unsigned char>(c) == 0xC4 ||
             static_cast<unsigned char>(c) == 0xC5;
    });
    if (*best >= 2 && *best > english) {
      out_.language = static_cast<word_class>(static_cast<std::size_t>(word_class::language_de) +
                                              static_cast<std::size_t>(best - votes.begin()));
    }
  }

  void judge_polarity() {
    bool asked = false;
    for (const auto& t : out_.tokens) {
      asked = asked || t.is(trait::k_question);
    }
    const auto first =
        std::find_if(out_.tokens.begin(), out_.tokens.end(), [](const token& t) { return !t.is(trait::k_filler); });
    const bool begins = first != out_.tokens.end() && first->is(trait::k_be | trait::k_aux | trait::k_modal);
    // "Write", "Summarise": neither an article nor a pronoun nor a name begins it.
    out_.demand = !asked && !scanned_.asks && first != out_.tokens.end() && !first->is(trait::k_stop | trait::k_name);
    out_.polar = !asked && (begins || scanned_.asks);
  }

  // Letters and digits only, one blank between words, so that punctuation does not count.
  void sketch() {
    std::uint32_t window = ' ';
    const auto feed = [&](unsigned char c) {
      if (c == ' ' && (window & 0xFFU) == ' ') {
        return;
      }
      window = ((window << 8U) | c) & 0xFFFFFFU;
      const auto bit = (window * 0x9E3779B1U) >> 22U;
      out_.trigrams.at(bit >> 6U) |= 1ULL << (bit & 63U);
    };
    for (const char c : scanned_.lowered) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
      feed(letter ? static_cast<unsigned char>(c) : ' ');
    }
    feed(' ');
  }

  std::string_view text_;
  scanned_text scanned_;
  text_profile out_;
  std::size_t next_ = 0;
  std::uint64_t whole_ = 0;
  bool capitals_tell_ = true;
  bool shouting_ = false;
};

} // namespace

text_profile profile_of(std::string_view text) {
  return profile_writer(text).run();
}

} // namespace inferenceflow::semantic
