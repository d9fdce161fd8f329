#include "semantic/text/comparison.h"

#include <bit>

namespace inferenceflow::semantic {
namespace {

// Classes that grammar rules read by themselves.
bool is_class_of_things(word_class cls) noexcept {
  return cls > word_class::possessor && cls < word_class::language_de;
}

bool is_variant(const token& x, const token& y) noexcept {
  if (x.is(trait::k_stop | trait::k_number | trait::k_code | trait::k_mixed) ||
      y.is(trait::k_stop | trait::k_number | trait::k_code | trait::k_mixed)) {
    return false;
  }
  if (x.cls == word_class::first_name || y.cls == word_class::first_name) {
    return false;
  }
  if (x.root != 0 && x.root == y.root && !x.is(trait::k_name) && !y.is(trait::k_name)) {
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
  case word_class::day_relative: return differs::k_dates;
  case word_class::unit_mass:
  case word_class::unit_length:
  case word_class::unit_volume:
  case word_class::unit_time:
  case word_class::unit_data:
  case word_class::unit_temperature:
  case word_class::unit_other:
  case word_class::currency: return differs::k_units;
  case word_class::ordinal: return differs::k_numbers;
  case word_class::first_name:
  case word_class::country:
  case word_class::city:
  case word_class::region: return differs::k_names;
  default: return differs::k_contrast;
  }
}

/// @param in_order  whether the word at a position has a partner in order.
template <typename InOrder>
void collect(std::span<const token> tokens, const alignment::partners& partners, leftovers::side& out,
             InOrder in_order) noexcept {
  std::uint16_t gap = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    gap = in_order(i) ? static_cast<std::uint16_t>(gap + 1) : gap;
    if (partners.at(i) != alignment::k_alone || tokens[i].is(trait::k_filler)) {
      continue;
    }
    if (out.count == leftovers::k_alone_max) {
      out.overflow = true;
      return;
    }
    out.gap.at(out.count) = gap;
    out.at.at(out.count++) = static_cast<std::uint16_t>(i);
  }
}

} // namespace

relation relate(const token& x, const token& y) noexcept {
  const auto both = x.traits & y.traits;
  if (((x.traits | y.traits) & trait::k_stop) != 0 && (both & trait::k_poled) == 0) {
    return relation::none;
  }
  if ((both & trait::k_poled) != 0 && (opposed(x.form, y.form) || opposed(x.lemma, y.lemma))) {
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

namespace {

void settle(comparison& c, relation r, std::size_t i, std::size_t j) noexcept {
  auto& a = c.alone.a;
  auto& b = c.alone.b;
  const auto& x = c.ta()[a.at.at(i)];
  const auto& y = c.tb()[b.at.at(j)];
  a.settled.at(i) = b.settled.at(j) = true;
  switch (r) {
  case relation::opposite:
    ++c.opposites;
    c.degrees += x.is(trait::k_stop) && y.is(trait::k_stop) ? 1U : 0U;
    break;
  case relation::negated: ++c.negated_words; break;
  case relation::variant: ++c.variants; break;
  default:
    c.kinds |= kind_of_rivals(x.cls);
    c.rival_for_rival = c.rival_for_rival || a.gap.at(i) == b.gap.at(j);
    break;
  }
}

/// What is left over in one gap.
struct gap_content {
  bool content = false; ///< unexplained content
  bool name = false;
};

/// @param k  first left-over word not yet read; moved behind the gap.
gap_content read_gap(std::span<const token> tokens, const leftovers::side& side, std::uint16_t gap,
                     std::size_t& k) noexcept {
  gap_content out;
  for (; k < side.count && side.gap.at(k) == gap; ++k) {
    const auto& t = tokens[side.at.at(k)];
    out.content = out.content || (!side.settled.at(k) && !t.is(trait::k_stop));
    out.name = out.name || (t.is(trait::k_name) && !t.is(trait::k_stop));
  }
  return out;
}

} // namespace

void collect_leftovers(comparison& c) noexcept {
  const auto& pairs = c.pairs;
  collect(c.ta(), pairs.of_a, c.alone.a,
          [&](std::size_t i) { return pairs.of_a.at(i) != alignment::k_alone && !pairs.moved_a.at(i); });
  collect(c.tb(), pairs.of_b, c.alone.b, [&](std::size_t j) {
    const auto partner = pairs.of_b.at(j);
    return partner != alignment::k_alone && !pairs.moved_a.at(static_cast<std::size_t>(partner));
  });
}

void relate_leftovers(comparison& c) noexcept {
  auto& a = c.alone.a;
  auto& b = c.alone.b;
  std::array<relation, leftovers::k_alone_max* leftovers::k_alone_max> found = {};
  std::uint32_t seen = 0; // relations that occur at all
  for (std::size_t i = 0; i < a.count; ++i) {
    for (std::size_t j = 0; j < b.count; ++j) {
      const auto r = relate(c.ta()[a.at.at(i)], c.tb()[b.at.at(j)]);
      found.at(i * leftovers::k_alone_max + j) = r;
      seen |= 1U << static_cast<unsigned>(r);
    }
  }
  // A word explains one other; the surest relation first.
  for (const auto wanted : {relation::opposite, relation::negated, relation::variant, relation::rival}) {
    for (std::size_t i = 0; i < a.count && (seen >> static_cast<unsigned>(wanted) & 1U) != 0; ++i) {
      for (std::size_t j = 0; j < b.count && !a.settled.at(i); ++j) {
        if (!b.settled.at(j) && found.at(i * leftovers::k_alone_max + j) == wanted) {
          settle(c, wanted, i, j);
        }
      }
    }
  }
}

void compare_gaps(comparison& c) noexcept {
  const auto& a = c.alone.a;
  const auto& b = c.alone.b;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.count || j < b.count) {
    const auto gap =
        std::min(i < a.count ? a.gap.at(i) : leftovers::k_no_gap, j < b.count ? b.gap.at(j) : leftovers::k_no_gap);
    const auto in_a = read_gap(c.ta(), a, gap, i);
    const auto in_b = read_gap(c.tb(), b, gap, j);
    c.replaced += in_a.content && in_b.content ? 1U : 0U;
    c.inserted += in_a.content != in_b.content ? 1U : 0U;
    c.name_for_name = c.name_for_name || (in_a.name && in_b.name);
  }
  c.kinds |= c.replaced > 0 ? differs::k_substitution : 0U;
  c.kinds |= c.inserted > 0 ? differs::k_modifier : 0U;
}

} // namespace inferenceflow::semantic
