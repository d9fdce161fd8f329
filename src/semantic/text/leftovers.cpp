#include "semantic/text/comparison.h"

#include <bit>

namespace inferenceflow::semantic {
namespace {

// Classes that grammar rules read by themselves.
bool is_class_of_things(word_class cls) noexcept {
  return cls > word_class::possessor && cls < word_class::language_de;
}

bool is_variant(const token& x, const token& y) noexcept {
  if (x.is(trait::stop | trait::number | trait::code | trait::mixed) ||
      y.is(trait::stop | trait::number | trait::code | trait::mixed)) {
    return false;
  }
  if (x.cls == word_class::first_name || y.cls == word_class::first_name) {
    return false;
  }
  if (x.root != 0 && x.root == y.root && !x.is(trait::name) && !y.is(trait::name)) {
    return true;
  }
  const auto difference = x.length > y.length ? x.length - y.length : y.length - x.length;
  const bool same_initial = (x.shape >> 26U) == (y.shape >> 26U) && x.shape != 0;
  const auto shorter = std::min(x.length, y.length);
  const int letters_max = shorter >= 7 ? 2 : 1;
  return same_initial && shorter >= 4 && difference <= 2 &&
         std::popcount((x.shape ^ y.shape) & 0x3FFFFFFU) <= letters_max;
}

std::uint32_t kind_of_rivals(word_class cls) noexcept {
  switch (cls) {
  case word_class::weekday:
  case word_class::month:
  case word_class::season:
  case word_class::day_part:
  case word_class::day_relative: return differs::dates;
  case word_class::unit_mass:
  case word_class::unit_length:
  case word_class::unit_volume:
  case word_class::unit_time:
  case word_class::unit_data:
  case word_class::unit_temperature:
  case word_class::unit_other:
  case word_class::currency: return differs::units;
  case word_class::ordinal: return differs::numbers;
  case word_class::first_name:
  case word_class::country:
  case word_class::city:
  case word_class::region: return differs::names;
  default: return differs::contrast;
  }
}

void collect(std::span<const token> tokens, const alignment::partners& partners, leftovers::side& out) noexcept {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (partners.at(i) != alignment::k_alone || tokens[i].is(trait::filler)) {
      continue;
    }
    if (out.count == leftovers::k_alone_max) {
      out.overflow = true;
      return;
    }
    out.at.at(out.count++) = static_cast<std::uint16_t>(i);
  }
}

} // namespace

std::size_t leftovers::side::slot_of(std::size_t position) const noexcept {
  std::size_t k = 0;
  while (k < count && at.at(k) != position) {
    ++k;
  }
  return k;
}

relation relate(const token& x, const token& y) noexcept {
  if (opposed(x.form, y.form) || opposed(x.lemma, y.lemma)) {
    return relation::opposite;
  }
  if ((x.base != 0 && (x.base == y.lemma || x.base == y.form)) ||
      (y.base != 0 && (y.base == x.lemma || y.base == x.form))) {
    return relation::negated;
  }
  if (x.cls == y.cls && is_class_of_things(x.cls)) {
    return relation::rival;
  }
  return is_variant(x, y) ? relation::variant : relation::none;
}

void collect_leftovers(comparison& c) noexcept {
  collect(c.ta(), c.pairs.of_a, c.alone.a);
  collect(c.tb(), c.pairs.of_b, c.alone.b);
}

void relate_leftovers(comparison& c) noexcept {
  auto& a = c.alone.a;
  auto& b = c.alone.b;
  for (const auto wanted : {relation::opposite, relation::negated, relation::variant, relation::rival}) {
    for (std::size_t i = 0; i < a.count; ++i) {
      for (std::size_t j = 0; j < b.count && !a.settled.at(i); ++j) {
        const auto& x = c.ta()[a.at.at(i)];
        const auto& y = c.tb()[b.at.at(j)];
        if (b.settled.at(j) || relate(x, y) != wanted) {
          continue;
        }
        a.settled.at(i) = b.settled.at(j) = true;
        switch (wanted) {
        case relation::opposite:
          ++c.opposites;
          c.degrees += x.is(trait::stop) && y.is(trait::stop) ? 1U : 0U;
          break;
        case relation::negated: ++c.negated_words; break;
        case relation::variant: ++c.variants; break;
        default: c.kinds |= kind_of_rivals(x.cls); break;
        }
      }
    }
  }
}

void compare_gaps(comparison& c) noexcept {
  const auto open = [](const leftovers::side& side, std::span<const token> tokens, std::size_t position) {
    const auto slot = side.slot_of(position);
    return slot < side.count && !side.settled.at(slot) && !tokens[position].is(trait::stop);
  };
  std::size_t j = 0;
  bool gap_a = false;
  bool gap_b = false;
  const auto close_gap = [&](std::size_t until) {
    for (; j < until; ++j) {
      gap_b = gap_b || open(c.alone.b, c.tb(), j);
    }
    c.replaced += gap_a && gap_b ? 1U : 0U;
    c.inserted += gap_a != gap_b ? 1U : 0U;
    gap_a = gap_b = false;
  };
  for (std::size_t i = 0; i < c.ta().size(); ++i) {
    const auto partner = c.pairs.of_a.at(i);
    if (partner != alignment::k_alone && !c.pairs.moved_a.at(i)) {
      close_gap(static_cast<std::size_t>(partner));
    } else {
      gap_a = gap_a || open(c.alone.a, c.ta(), i);
    }
  }
  close_gap(c.tb().size());
  c.kinds |= c.replaced > 0 ? differs::substitution : 0U;
  c.kinds |= c.inserted > 0 && c.a.polar && c.b.polar ? differs::modifier : 0U;
}

} // namespace inferenceflow::semantic
