/// When a difference decides.
///
/// A difference changes the answer only where the rest is alike: "not" in one of two near copies turns the question
/// round, "not" in a rewording may be the rewording. The limits were chosen by hand on pairs of questions that people
/// judged. With them fewer than half of the pairs vetoed for a number, unit, date, name, negation, contrary, class,
/// order or question word were duplicates. Substitution, modifier, modality, tense, quantity, person and lone signs are
/// stricter than those judges were: they are there for near copies, where a wrong answer costs more than a missed one.
#include "semantic/text/comparison.h"

#include <algorithm>

namespace inferenceflow::semantic {
namespace {

constexpr float k_near_copy = 0.75F; // share of words in order
constexpr float k_much_alike = 0.60F;

// "Is Rachel an artist": a yes-or-no question about somebody; each word of what is said of her decides.
bool asks_about_name(const comparison& c) noexcept {
  constexpr std::size_t k_words_max = 10;
  const auto ta = c.ta();
  std::size_t first = 0;
  while (first < ta.size() && ta[first].is(trait::k_filler)) {
    ++first;
  }
  return c.a.polar && c.b.polar && first + 1 < ta.size() && ta.size() <= k_words_max && c.tb().size() <= k_words_max &&
         ta[first].is(trait::k_be | trait::k_aux) && ta[first + 1].is(trait::k_name) &&
         c.pairs.of_a.at(first + 1) != alignment::k_alone;
}

std::size_t words_of(std::span<const token> tokens) noexcept {
  return static_cast<std::size_t>(
      std::count_if(tokens.begin(), tokens.end(), [](const token& t) { return !t.is(trait::k_filler); }));
}

// All words but one are the same, in the same order.
bool one_word_replaced(const comparison& c) noexcept {
  const auto words = words_of(c.ta());
  return c.replaced == 1 && c.alone.a.count == 1 && c.alone.b.count == 1 && c.pairs.moved == 0 &&
         words == words_of(c.tb());
}

} // namespace

std::uint32_t decide(const comparison& c, const likeness& features) noexcept {
  using namespace differs;
  // Misspelt and derived words count on both sides and say nothing.
  const auto alone = static_cast<std::uint32_t>(features.alone_a) + features.alone_b -
                     2 * std::min<std::uint32_t>(c.variants, features.alone_a);
  const bool copy = features.in_order >= k_near_copy;
  const bool alike = features.in_order >= k_much_alike;

  auto decisive = k_numbers | k_units | k_dates | k_code | k_language | k_unread | k_foreign;
  // A sign may be decoration in prose.
  decisive &= c.a.code != c.b.code || copy ? ~0U : ~k_code;
  decisive |= alone <= 1 ? k_number_added | k_name_added : 0U;
  decisive |= alike || alone <= 3 || c.name_for_name ? k_names : 0U;
  decisive |= copy || alone <= 1 ? k_negation : 0U;
  decisive |= alike || alone <= 2 ? k_opposites : 0U;
  decisive |= copy || alone <= 2 || c.rival_for_rival ? k_contrast : 0U;
  decisive |= alone <= 1 ? k_order | k_quantity : 0U;
  decisive |= alone <= 1 ? k_question : 0U;
  decisive |= alone <= 2 ? k_person : 0U;
  decisive |= (c.formerly || c.past_or_future) && alone <= 2 ? k_tense : 0U;
  decisive |= copy && alone == 0 && c.a.polar && c.b.polar ? k_modality : 0U;
  decisive |= asks_about_name(c) && alone <= 2 ? k_modifier | k_substitution | k_modality : 0U;
  decisive |= c.a.demand && c.b.demand && alone <= 1 && copy ? k_modifier
                                                             : 0U; // "a vegan recipe": more is asked of what is made
  decisive |= one_word_replaced(c) ? k_substitution : 0U;
  return c.kinds & decisive;
}

} // namespace inferenceflow::semantic
