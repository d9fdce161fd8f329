/// Who does what to whom: exchanged words, passive voice.
#include "semantic/text/comparison.h"

#include <algorithm>
#include <array>
#include <optional>

namespace inferenceflow::semantic {
namespace {

constexpr std::uint32_t k_by = word_hash("by");
constexpr std::uint32_t k_edge = 1; // context of a word at the edge of a clause
constexpr std::size_t k_moved_max = 16;

bool is_content(const token& t) noexcept {
  return !t.is(trait::k_stop | trait::k_filler | trait::k_negation);
}
bool is_skipped(const token& t) noexcept {
  return t.is(trait::k_determiner | trait::k_filler);
}

std::uint32_t before(std::span<const token> tokens, std::size_t i) noexcept {
  while (i > 0) {
    if (tokens[i - 1].is(trait::k_breaks)) {
      return k_edge;
    }
    if (!is_skipped(tokens[--i])) {
      return tokens[i].canon;
    }
  }
  return k_edge;
}

std::uint32_t after(std::span<const token> tokens, std::size_t i) noexcept {
  while (i + 1 < tokens.size() && !tokens[i].is(trait::k_breaks)) {
    if (!is_skipped(tokens[++i])) {
      return tokens[i].canon;
    }
  }
  return k_edge;
}

/// What stands beside each word of a text.
struct contexts {
  std::array<std::uint32_t, text_profile::k_tokens_max> left = {};
  std::array<std::uint32_t, text_profile::k_tokens_max> right = {};

  explicit contexts(std::span<const token> tokens) noexcept {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      left.at(i) = before(tokens, i);
      right.at(i) = after(tokens, i);
    }
  }
};

/// Words x and y of a change places in b: x finds itself beside what y was beside, be that x itself.
struct swap_of {
  std::uint32_t x, y;
  [[nodiscard]] std::uint32_t operator()(std::uint32_t canon) const noexcept {
    return canon == x ? y : canon == y ? x : canon;
  }
};

bool same_context(const contexts& a, std::size_t i, const contexts& b, std::size_t j, swap_of swap) noexcept {
  return (a.left.at(i) != k_edge && swap(a.left.at(i)) == b.left.at(j)) ||
         (a.right.at(i) != k_edge && swap(a.right.at(i)) == b.right.at(j));
}

/// True when only "and", "or", commas, articles and parts of names stand between the two.
bool is_list(std::span<const token> tokens, std::size_t i, std::size_t j) noexcept {
  constexpr std::size_t k_list_max = 24;
  const auto [first, last] = std::minmax(i, j);
  if (last - first > k_list_max) {
    return false;
  }
  bool joined = tokens[first].is(trait::k_breaks);
  for (auto k = first + 1; k < last; ++k) {
    const auto& t = tokens[k];
    const bool joins = t.is(trait::k_conjunction | trait::k_disjunction) || t.is(trait::k_breaks);
    joined = joined || joins;
    if (!joins && !t.is(trait::k_determiner | trait::k_name | trait::k_filler)) {
      return false;
    }
  }
  return joined;
}

// "Books in Tamil", "Tamil books": words side by side are one thing, and loose writers turn them round.
bool is_compound(const comparison& c, std::size_t x, std::size_t y) noexcept {
  const auto adjacent = [](std::size_t i, std::size_t j) { return i + 1 == j || j + 1 == i; };
  const auto px = static_cast<std::size_t>(c.pairs.of_a.at(x));
  const auto py = static_cast<std::size_t>(c.pairs.of_a.at(y));
  return adjacent(x, y) || adjacent(px, py);
}

bool is_symmetric(std::span<const token> tokens) noexcept {
  return std::any_of(tokens.begin(), tokens.end(), [](const token& t) { return t.is(trait::k_symmetric); });
}

/// "patient is verbed by agent".
struct passive_voice {
  std::size_t patient = 0;
  std::size_t verb = 0;
  std::size_t agent = 0;
};

std::optional<passive_voice> find_passive(std::span<const token> tokens) noexcept {
  bool has_be = false;
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    has_be = has_be || tokens[i].is(trait::k_be);
    if (!has_be || i == 0 || !tokens[i].is(trait::k_participle) || tokens[i + 1].form != k_by) {
      continue;
    }
    passive_voice out{i, i, i + 2};
    while (out.agent + 1 < tokens.size() && is_skipped(tokens[out.agent])) {
      ++out.agent;
    }
    while (out.patient > 0 && !is_content(tokens[--out.patient])) {
    }
    if (is_content(tokens[out.patient]) && out.patient != i && !tokens[out.agent].is(trait::k_stop)) {
      return out;
    }
  }
  return std::nullopt;
}

std::size_t position_of(std::span<const token> tokens, std::uint32_t canon) noexcept {
  std::size_t i = 0;
  while (i < tokens.size() && tokens[i].canon != canon) {
    ++i;
  }
  return i;
}

enum class voice : std::uint8_t { unknown, same_roles, exchanged_roles };

voice compare_voices(std::span<const token> a, std::span<const token> b) noexcept {
  const auto passive_a = find_passive(a);
  const auto passive_b = find_passive(b);
  if (passive_a.has_value() == passive_b.has_value()) {
    return voice::unknown;
  }
  const auto passive = passive_a ? a : b;
  const auto active = passive_a ? b : a;
  const auto p = passive_a ? *passive_a : *passive_b;
  const auto verb = position_of(active, passive[p.verb].canon);
  const auto agent = position_of(active, passive[p.agent].canon);
  const auto patient = position_of(active, passive[p.patient].canon);
  if (verb == active.size() || agent == active.size() || patient == active.size()) {
    return voice::unknown;
  }
  if (agent < verb && verb < patient) {
    return voice::same_roles;
  }
  return patient < verb && verb < agent ? voice::exchanged_roles : voice::unknown;
}

bool occurs_once(std::span<const token> tokens, std::uint32_t canon) noexcept {
  return std::count_if(tokens.begin(), tokens.end(), [canon](const token& t) { return t.canon == canon; }) == 1;
}

/// @param in_a, in_b  contexts of the words of both texts.
bool exchanged(const comparison& c, const contexts& in_a, const contexts& in_b, std::size_t x, std::size_t y) noexcept {
  const auto px = static_cast<std::size_t>(c.pairs.of_a.at(x));
  const auto py = static_cast<std::size_t>(c.pairs.of_a.at(y));
  const swap_of swap{c.ta()[x].canon, c.ta()[y].canon};
  if ((x < y) == (px < py) || !same_context(in_a, x, in_b, py, swap) || !same_context(in_a, y, in_b, px, swap) ||
      is_compound(c, x, y)) {
    return false;
  }
  return !(is_list(c.ta(), x, y) && is_list(c.tb(), px, py)) && occurs_once(c.ta(), c.ta()[y].canon);
}

bool any_exchanged(const comparison& c) noexcept {
  const contexts in_a(c.ta());
  const contexts in_b(c.tb());
  std::size_t seen = 0;
  for (std::size_t x = 0; x < c.ta().size() && seen < k_moved_max; ++x) {
    if (!c.pairs.moved_a.at(x) || !is_content(c.ta()[x])) {
      continue;
    }
    ++seen;
    if (!occurs_once(c.ta(), c.ta()[x].canon)) {
      continue;
    }
    for (std::size_t y = 0; y < c.ta().size(); ++y) {
      if (y != x && c.pairs.of_a.at(y) != alignment::k_alone && is_content(c.ta()[y]) &&
          exchanged(c, in_a, in_b, x, y)) {
        return true;
      }
    }
  }
  return false;
}

} // namespace

void compare_roles(comparison& c) noexcept {
  const auto voices = compare_voices(c.ta(), c.tb());
  if (voices == voice::exchanged_roles) {
    c.kinds |= differs::k_order;
  }
  if (voices != voice::unknown || c.pairs.moved == 0 || (is_symmetric(c.ta()) && is_symmetric(c.tb()))) {
    return;
  }
  if (any_exchanged(c)) {
    // "Is A taller than B", "Is B shorter than A": the contrary and the exchange undo each other.
    if (c.opposites == 1 && (c.kinds & differs::k_opposites) != 0) {
      c.kinds &= ~differs::k_opposites;
    } else {
      c.kinds |= differs::k_order;
    }
  }
}

} // namespace inferenceflow::semantic
