/// Negation, tense, modality, question words, quantities and persons.
#include "semantic/text/comparison.h"

namespace inferenceflow::semantic {
namespace {

constexpr std::uint32_t k_formerly = word_hash("formerly");
constexpr std::uint32_t k_will = word_hash("will");

/// What a text asks for, one bit each.
namespace asks {
constexpr std::uint32_t k_who = 1;
constexpr std::uint32_t k_when = 2;
constexpr std::uint32_t k_where = 4;
constexpr std::uint32_t k_why = 8;
constexpr std::uint32_t k_amount = 16;
constexpr std::uint32_t k_how = 32;
constexpr std::uint32_t k_what = 64; ///< what, which: may ask for anything
} // namespace asks

std::uint32_t asked_by(const token& t) noexcept {
  switch (t.form) {
  case word_hash("who"):
  case word_hash("whom"):
  case word_hash("whose"): return asks::k_who;
  case word_hash("when"): return asks::k_when;
  case word_hash("where"): return asks::k_where;
  case word_hash("why"): return asks::k_why;
  case word_hash("how"): return asks::k_how;
  case word_hash("what"):
  case word_hash("which"): return asks::k_what;
  default: return asks::k_amount;
  }
}

std::uint32_t all_asked(std::span<const token> tokens) noexcept {
  std::uint32_t found = 0;
  for (const auto& t : tokens) {
    found |= t.is(trait::k_question) ? asked_by(t) : 0U;
  }
  return found;
}

// "How is it better" and "why is it better" ask the same, and "what" may ask for anything.
bool other_question(std::uint32_t a, std::uint32_t b) noexcept {
  constexpr std::uint32_t k_vague = asks::k_what;
  const bool how_why = ((a | b) & ~(asks::k_how | asks::k_why)) == 0;
  return a != 0 && b != 0 && ((a | b) & k_vague) == 0 && (a & b) == 0 && !how_why;
}

/// What a side has left over of the words that grammar is made of.
struct grammar_left {
  std::uint32_t negations = 0;
  std::uint32_t ands = 0;
  std::uint32_t ors = 0;
  std::uint32_t alls = 0;  ///< all, every
  std::uint32_t somes = 0; ///< some, any
  std::uint32_t soft = 0;  ///< stop, avoid: negations that are verbs
  std::uint32_t he = 0;
  std::uint32_t she = 0;
  std::uint32_t gendered = 0;
  std::uint32_t pronouns = 0; ///< I, you, we: neither gendered nor possessive
  std::uint32_t names = 0;
  std::uint32_t male_names = 0;
  std::uint32_t female_names = 0;
  std::uint32_t modals = 0;     ///< bits: 1 may, 2 must, 4 will
  std::uint32_t possessors = 0; ///< bits: 1 my, 2 your, 4 their
  std::uint32_t content = 0;
  std::uint32_t subjects = 0; ///< bits: 1 I, 2 he, 4 she, 8 we, 16 they
  std::uint32_t objects = 0;  ///< me, him, her, us, them: the same bits
  bool formerly = false;
  bool will = false;
  bool have = false; ///< has, have, or a past
  bool operation = false;
};

std::uint32_t subject_bit(std::uint32_t form) noexcept {
  switch (form) {
  case word_hash("i"): return 1;
  case word_hash("he"): return 2;
  case word_hash("she"): return 4;
  case word_hash("we"): return 8;
  case word_hash("they"): return 16;
  default: return 0;
  }
}

std::uint32_t object_bit(std::uint32_t form) noexcept {
  switch (form) {
  case word_hash("me"): return 1;
  case word_hash("him"): return 2;
  case word_hash("her"): return 4;
  case word_hash("us"): return 8;
  case word_hash("them"): return 16;
  default: return 0;
  }
}

std::uint32_t modal_bit(std::uint32_t form) noexcept {
  switch (form) {
  case word_hash("can"):
  case word_hash("could"):
  case word_hash("may"):
  case word_hash("might"): return 1;
  case word_hash("should"):
  case word_hash("must"):
  case word_hash("ought"):
  case word_hash("shall"): return 2;
  default: return 4;
  }
}

std::uint32_t possessor_bit(std::uint32_t form) noexcept {
  switch (form) {
  case word_hash("my"):
  case word_hash("mine"):
  case word_hash("our"):
  case word_hash("ours"): return 1;
  case word_hash("your"):
  case word_hash("yours"): return 2;
  default: return 4;
  }
}

grammar_left count(std::span<const token> tokens, const leftovers::side& side) noexcept {
  grammar_left out;
  for (std::size_t k = 0; k < side.count; ++k) {
    const auto& t = tokens[side.at.at(k)];
    if (t.is(trait::k_negation) && t.is(trait::k_stop | trait::k_foreign) && !side.settled.at(k)) {
      ++out.negations;
    }
    out.ands += t.is(trait::k_conjunction) && !t.is(trait::k_disjunction) ? 1U : 0U;
    out.ors += t.is(trait::k_disjunction) && !t.is(trait::k_conjunction) ? 1U : 0U;
    out.alls += t.cls == word_class::quantity ? 1U : 0U;
    out.somes += t.cls == word_class::none && t.is(trait::k_quantifier) ? 1U : 0U;
    out.soft += t.is(trait::k_negation) && !t.is(trait::k_stop | trait::k_foreign) && !side.settled.at(k) ? 1U : 0U;
    if (t.is(trait::k_pronoun) && t.is(trait::k_male | trait::k_female)) {
      ++out.gendered;
      ++(t.is(trait::k_male) ? out.he : out.she);
    }
    out.formerly = out.formerly || t.form == k_formerly;
    out.will = out.will || t.form == k_will;
    out.have = out.have || t.form == word_hash("has") || t.form == word_hash("have") || t.is(trait::k_past);
    out.operation = out.operation || t.cls == word_class::operation;
    out.subjects |= subject_bit(t.form);
    out.objects |= object_bit(t.form);
    out.modals |= t.cls == word_class::modal ? modal_bit(t.form) : 0U;
    out.possessors |= t.cls == word_class::possessor ? possessor_bit(t.form) : 0U;
    out.pronouns +=
        t.is(trait::k_pronoun) && !t.is(trait::k_male | trait::k_female) && t.cls != word_class::possessor ? 1U : 0U;
    if (t.is(trait::k_name) && !t.is(trait::k_pronoun)) {
      ++out.names;
      out.male_names += t.is(trait::k_male) ? 1U : 0U;
      out.female_names += t.is(trait::k_female) ? 1U : 0U;
    }
    out.content += t.is(trait::k_stop) ? 0U : 1U;
  }
  return out;
}

// A pronoun may stand for a name of its gender; for another, or for one whose gender is not known, it may not.
bool stands_for(const grammar_left& pronouns, const grammar_left& names) noexcept {
  return pronouns.he <= names.male_names && pronouns.she <= names.female_names;
}

void compare_persons(comparison& c, const grammar_left& a, const grammar_left& b) noexcept {
  const bool he_or_she = a.gendered > 0 && b.gendered > 0;
  const bool for_a_name =
      (a.gendered > 0 && b.names > 0 && !stands_for(a, b)) || (b.gendered > 0 && a.names > 0 && !stands_for(b, a));
  const bool his_or_my = (a.gendered > 0 && b.possessors != 0) || (b.gendered > 0 && a.possessors != 0);
  // "How do I wash my car" and "how do you wash your car" ask the same; "my name" and "your name" do not.
  const bool my_or_your =
      (a.possessors | b.possessors) == 3 && a.possessors != b.possessors && a.pronouns + b.pronouns == 0;
  if (he_or_she || for_a_name || his_or_my || my_or_your) {
    c.kinds |= differs::k_person;
  }
}

void compare_tense(comparison& c, const grammar_left& a, const grammar_left& b) noexcept {
  c.formerly = a.formerly != b.formerly;
  c.past_or_future = (a.will && b.have) || (b.will && a.have);
  bool tense = c.formerly || c.past_or_future;
  for (std::size_t i = 0; i < c.ta().size() && !tense; ++i) {
    const auto partner = c.pairs.of_a.at(i);
    if (partner != alignment::k_alone && c.ta()[i].is(trait::k_be | trait::k_aux)) {
      const auto& x = c.ta()[i];
      const auto& y = c.tb()[static_cast<std::size_t>(partner)];
      tense = x.is(trait::k_past) != y.is(trait::k_past);
      c.past_or_future = (x.is(trait::k_past) && b.will) || (y.is(trait::k_past) && a.will);
    }
  }
  c.kinds |= tense ? differs::k_tense : 0U;
  c.kinds |= a.modals != 0 && b.modals != 0 && (a.modals & b.modals) == 0 ? differs::k_modality : 0U;
}

// One negation and one contrary make the same sense again: not visible, invisible; less passive, more active.
void compare_polarity(comparison& c, const grammar_left& a, const grammar_left& b) noexcept {
  const bool only_verb = a.soft + b.soft == 1 && a.content + b.content == 1; // "stop my dog barking"
  const bool negated = (a.negations + b.negations) % 2 == 1 || only_verb;
  const auto contraries = c.opposites + c.negated_words;
  if ((negated && contraries == 1) || (!negated && c.degrees == 1 && contraries == 2)) {
    return;
  }
  c.kinds |= negated || c.negated_words > 0 ? differs::k_negation : 0U;
  c.kinds |= c.opposites > 0 ? differs::k_opposites : 0U;
}

} // namespace

void compare_grammar(comparison& c) noexcept {
  const auto a = count(c.ta(), c.alone.a);
  const auto b = count(c.tb(), c.alone.b);
  compare_polarity(c, a, b);
  compare_tense(c, a, b);
  compare_persons(c, a, b);
  const auto asked_a = all_asked(c.ta());
  const auto asked_b = all_asked(c.tb());
  // "Which is better of A and B" offers the same choice as "A or B".
  const bool choice = ((asked_a | asked_b) & (asks::k_what | asks::k_who)) != 0;
  if (!choice && ((a.ands > 0 && b.ors > 0) || (a.ors > 0 && b.ands > 0))) {
    c.kinds |= differs::k_quantity;
  }
  if ((a.alls > 0 && b.somes > 0) || (a.somes > 0 && b.alls > 0)) {
    c.kinds |= differs::k_quantity;
  }
  if (a.operation || b.operation) {
    c.kinds |= differs::k_code;
  }
  // "What does he owe me", "what do I owe him".
  if (c.pairs.moved > 0 && ((a.subjects & b.objects) != 0 || (a.objects & b.subjects) != 0)) {
    c.kinds |= differs::k_order;
  }
  if (other_question(asked_a, asked_b)) {
    c.kinds |= differs::k_question;
  }
}

} // namespace inferenceflow::semantic
