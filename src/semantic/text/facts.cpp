/// Numbers and names: what stands in one text and not in the other.
#include "semantic/text/comparison.h"

namespace inferenceflow::semantic {
namespace {

/// Left-over words of one kind on one side.
struct tally {
  std::uint32_t values = 0;
  std::uint32_t years = 0;
  std::uint32_t names = 0;   ///< names that stand by themselves
  std::uint32_t details = 0; ///< names beside one that both texts have: Donald in Donald Trump
};

bool has_form(std::span<const token> tokens, std::uint32_t form) noexcept {
  for (const auto& t : tokens) {
    if (t.form == form) {
      return true;
    }
  }
  return false;
}

// "ML" is said by "machine learning": the initials of words in a row, wherever they stand.
bool spelled_out(const token& acronym, std::span<const token> tokens) noexcept {
  constexpr std::uint64_t k_start = 0xcbf29ce484222325ULL;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    std::uint64_t h = k_start;
    for (std::size_t n = 0; n < acronym.length && i + n < tokens.size(); ++n) {
      const auto initial = tokens[i + n].shape >> 26U;
      if (initial == 0) {
        break;
      }
      h = (h ^ (initial + 0x60U)) * 0x100000001b3ULL;
      if (n + 1 == acronym.length && static_cast<std::uint32_t>(h ^ (h >> 32U)) == acronym.form) {
        return true;
      }
    }
  }
  return false;
}

bool is_kept_name(std::span<const token> tokens, const alignment::partners& partners, std::size_t i) noexcept {
  return i < tokens.size() && tokens[i].is(trait::k_name) && partners.at(i) != alignment::k_alone;
}

tally count(std::span<const token> tokens, const alignment::partners& partners, leftovers::side& side,
            std::span<const token> other) noexcept {
  tally out;
  for (std::size_t k = 0; k < side.count; ++k) {
    const std::size_t i = side.at.at(k);
    const auto& t = tokens[i];
    if (t.is(trait::k_number) && !has_form(other, t.form)) {
      ++out.values;
      out.years += t.is(trait::k_year) ? 1U : 0U;
    } else if (t.is(trait::k_name) && !side.settled.at(k) && !has_form(other, t.form)) {
      if (t.is(trait::k_acronym) && t.length >= 2 && t.length <= 5 && spelled_out(t, other)) {
        side.settled.at(k) = true;
      } else if (is_kept_name(tokens, partners, i + 1) || (i > 0 && is_kept_name(tokens, partners, i - 1))) {
        ++out.details;
      } else {
        ++out.names;
      }
    }
  }
  return out;
}

} // namespace

void compare_values(comparison& c) noexcept {
  const auto a = count(c.ta(), c.pairs.of_a, c.alone.a, c.tb());
  const auto b = count(c.tb(), c.pairs.of_b, c.alone.b, c.ta());
  if (a.values > 0 && b.values > 0) {
    c.kinds |= a.years > 0 && b.years > 0 ? differs::k_dates | differs::k_numbers : differs::k_numbers;
  } else if (a.values + b.values > 0) {
    c.kinds |= differs::k_number_added;
  }
  if (a.names + a.details > 0 && b.names + b.details > 0) {
    c.kinds |= differs::k_names;
  } else if (a.names + b.names > 0) {
    c.kinds |= differs::k_name_added;
  }
}

void compare_names(comparison& c) noexcept {
  if (c.a.code != c.b.code) {
    c.kinds |= differs::k_code;
  }
  if (c.a.rest != c.b.rest || c.alone.a.overflow || c.alone.b.overflow) {
    c.kinds |= differs::k_unread;
  }
  const auto group = [](script s) { return s == script::kana ? script::han : s; };
  const bool scripts =
      c.a.writing != script::none && c.b.writing != script::none && group(c.a.writing) != group(c.b.writing);
  const bool a_known = c.a.language != word_class::none || c.a.english;
  const bool b_known = c.b.language != word_class::none || c.b.english;
  if (scripts || (a_known && b_known && c.a.language != c.b.language)) {
    c.kinds |= differs::k_language;
  }
  // "Comment ça va?": letters that English lacks, and none of its words.
  const auto looks_foreign = [](const text_profile& p) { return p.accented && !p.english; };
  if (!(c.a.accented && c.b.accented) && ((looks_foreign(c.a) && c.b.english) || (looks_foreign(c.b) && c.a.english))) {
    c.kinds |= differs::k_language;
  }
  const auto is_foreign = [](const text_profile& p) {
    return p.language != word_class::none || (p.writing != script::latin && p.writing != script::none);
  };
  if ((is_foreign(c.a) || is_foreign(c.b)) && c.alone.a.count + c.alone.b.count > 0) {
    c.kinds |= differs::k_foreign;
  }
}

} // namespace inferenceflow::semantic
