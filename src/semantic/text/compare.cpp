#include "semantic/text/comparison.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace inferenceflow::semantic {
namespace {

float share(std::size_t part, std::size_t whole) noexcept {
  return whole == 0 ? 1.0F : static_cast<float>(part) / static_cast<float>(whole);
}

std::uint8_t capped(std::size_t n) noexcept {
  return static_cast<std::uint8_t>(std::min<std::size_t>(n, 255));
}

// Distinct trigrams behind a sketch of m bits with z of them unset: −m·ln(z/m), "linear counting" (Whang et al. 1990).
double distinct(int bits_set) noexcept {
  constexpr double k_bits = 64.0 * text_profile::k_trigram_words;
  return -k_bits * std::log(std::max(k_bits - bits_set, 1.0) / k_bits);
}

float trigram_jaccard(const text_profile& a, const text_profile& b) noexcept {
  int in_a = 0;
  int in_b = 0;
  int in_any = 0;
  for (std::size_t i = 0; i < text_profile::k_trigram_words; ++i) {
    in_a += std::popcount(a.trigrams.at(i));
    in_b += std::popcount(b.trigrams.at(i));
    in_any += std::popcount(a.trigrams.at(i) | b.trigrams.at(i));
  }
  const auto any = distinct(in_any);
  return any <= 0 ? 1.0F : static_cast<float>(std::clamp((distinct(in_a) + distinct(in_b) - any) / any, 0.0, 1.0));
}

float rarity(const token& t) noexcept {
  if (t.is(trait::k_name | trait::k_number | trait::k_code)) {
    return 1.0F;
  }
  return t.is(trait::k_stop) ? 0.0F : std::clamp((static_cast<float>(t.length) - 1.0F) / 11.0F, 0.1F, 1.0F);
}

const token* edge_content(std::span<const token> tokens, bool first) noexcept {
  const token* found = nullptr;
  for (const auto& t : tokens) {
    if (!t.is(trait::k_stop | trait::k_filler)) {
      found = &t;
      if (first) {
        break;
      }
    }
  }
  return found;
}

bool same_edge(const comparison& c, bool first) noexcept {
  const auto* a = edge_content(c.ta(), first);
  const auto* b = edge_content(c.tb(), first);
  return a == nullptr || b == nullptr ? a == b : a->canon == b->canon;
}

std::uint32_t question_canon(std::span<const token> tokens) noexcept {
  const auto found = std::find_if(tokens.begin(), tokens.end(), [](const token& t) { return t.is(trait::k_question); });
  return found == tokens.end() ? 0 : found->form;
}

std::size_t count_alone(std::span<const token> tokens, const leftovers::side& side, float& rarest) noexcept {
  std::size_t n = 0;
  for (std::size_t k = 0; k < side.count; ++k) {
    const auto& t = tokens[side.at.at(k)];
    if (!t.is(trait::k_stop)) {
      ++n;
      rarest = std::max(rarest, rarity(t));
    }
  }
  return n;
}

std::size_t count_content(std::span<const token> tokens) noexcept {
  return static_cast<std::size_t>(std::count_if(tokens.begin(), tokens.end(),
                                                [](const token& t) { return !t.is(trait::k_stop | trait::k_filler); }));
}

} // namespace

void measure(const comparison& c, likeness& out) noexcept {
  const auto size_a = c.ta().size();
  const auto size_b = c.tb().size();
  const std::size_t paired = c.pairs.in_order + c.pairs.moved;
  out.tokens = share(paired, size_a + size_b - paired);
  out.trigrams = trigram_jaccard(c.a, c.b);
  out.in_order = share(c.pairs.in_order, std::max(size_a, size_b));
  out.length = share(std::min(size_a, size_b), std::max(size_a, size_b));
  out.alone_a = capped(count_alone(c.ta(), c.alone.a, out.rarest_alone));
  out.alone_b = capped(count_alone(c.tb(), c.alone.b, out.rarest_alone));
  const auto content_a = count_content(c.ta());
  const auto content_b = count_content(c.tb());
  const auto both = content_a - std::min<std::size_t>(content_a, out.alone_a);
  out.content = share(both, both + out.alone_a + out.alone_b);
  out.a_in_b = share(both, content_a);
  out.b_in_a = share(content_b - std::min<std::size_t>(content_b, out.alone_b), content_b);
  out.replaced = capped(c.replaced);
  out.inserted = capped(c.inserted);
  out.moved = capped(c.pairs.moved);
  out.related = capped(c.variants);
  out.words_a = capped(size_a);
  out.words_b = capped(size_b);
  out.same_question = question_canon(c.ta()) == question_canon(c.tb());
  out.same_first = same_edge(c, true);
  out.same_last = same_edge(c, false);
}

difference compare(const text_profile& a, const text_profile& b) noexcept {
  difference out;
  if (a.whole == b.whole) {
    out.features.identical = true;
    out.features.words_a = out.features.words_b = capped(a.tokens.size());
    return out;
  }
  comparison c{.a = a, .b = b, .pairs = align(a.tokens, b.tokens)};
  collect_leftovers(c);
  relate_leftovers(c);
  compare_values(c);
  compare_names(c);
  compare_grammar(c);
  compare_roles(c);
  compare_gaps(c);
  measure(c, out.features);
  out.kinds = c.kinds;
  out.vetoes = decide(c, out.features);
  return out;
}

std::string_view kind_name(std::uint32_t kinds) noexcept {
  static constexpr std::string_view k_names[] = {
      "numbers",   "number_added", "units", "dates",    "names",    "name_added", "negation",
      "opposites", "contrast",     "order", "tense",    "modality", "question",   "quantity",
      "modifier",  "substitution", "code",  "language", "person",   "unread",     "foreign"};
  const auto lowest = static_cast<std::size_t>(std::countr_zero(kinds));
  return lowest < std::size(k_names) ? k_names[lowest] : "none";
}

} // namespace inferenceflow::semantic
