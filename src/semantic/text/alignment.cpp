#include "semantic/text/alignment.h"

#include <algorithm>

namespace inferenceflow::semantic {
namespace {

// A content word outweighs any grammar around it, so that "of the" never pulls nouns apart.
std::uint16_t weight_of(const token& t) noexcept {
  return t.is(trait::k_stop | trait::k_filler) ? 2 : 9;
}

void pair_up(alignment& out, std::size_t i, std::size_t j) noexcept {
  out.of_a.at(i) = static_cast<std::int16_t>(j);
  out.of_b.at(j) = static_cast<std::int16_t>(i);
  ++out.in_order;
}

struct stretch {
  std::size_t a_begin, a_end, b_begin, b_end;
};

void align_exactly(alignment& out, std::span<const token> a, std::span<const token> b, const stretch& s) noexcept {
  const auto rows = s.a_end - s.a_begin;
  const auto columns = s.b_end - s.b_begin;
  std::array<std::uint16_t, alignment::k_exact_cells> best =
      {}; // best[i * columns + j]: of the first i + 1 and j + 1 words
  const auto cell = [&](std::size_t i, std::size_t j) -> std::uint16_t {
    return i == 0 || j == 0 ? 0 : best[(i - 1) * columns + (j - 1)];
  };
  for (std::size_t i = 1; i <= rows; ++i) {
    const auto& ta = a[s.a_begin + i - 1];
    const auto weight = weight_of(ta);
    for (std::size_t j = 1; j <= columns; ++j) {
      auto value = std::max(cell(i - 1, j), cell(i, j - 1));
      if (ta.canon == b[s.b_begin + j - 1].canon) {
        value = std::max(value, static_cast<std::uint16_t>(cell(i - 1, j - 1) + weight));
      }
      best[(i - 1) * columns + (j - 1)] = value;
    }
  }
  for (auto i = rows, j = columns; i > 0 && j > 0;) {
    const auto value = cell(i, j);
    if (value == cell(i - 1, j)) {
      --i;
    } else if (value == cell(i, j - 1)) {
      --j;
    } else {
      pair_up(out, s.a_begin + --i, s.b_begin + --j);
    }
  }
}

void align_nearby(alignment& out, std::span<const token> a, std::span<const token> b, const stretch& s) noexcept {
  auto from = s.b_begin;
  for (auto i = s.a_begin; i < s.a_end; ++i) {
    const auto until = std::min(from + alignment::k_window, s.b_end);
    for (auto j = from; j < until; ++j) {
      if (a[i].canon == b[j].canon && (!a[i].is(trait::k_stop) || j - from < 4)) {
        pair_up(out, i, j);
        from = j + 1;
        break;
      }
    }
  }
}

// What is left may have changed its place; each finds the first like word that is free.
void align_moved(alignment& out, std::span<const token> a, std::span<const token> b) noexcept {
  constexpr std::size_t k_buckets = 256;
  constexpr auto bucket_of = [](std::uint32_t canon) { return (canon * 0x9E3779B1U) >> 24U; };
  std::array<std::int16_t, k_buckets> heads = {};
  heads.fill(alignment::k_alone);
  alignment::partners next = {};
  bool any = false;
  for (auto j = b.size(); j-- > 0;) {
    if (out.of_b[j] == alignment::k_alone) {
      auto& head = heads[bucket_of(b[j].canon)];
      next[j] = head;
      head = static_cast<std::int16_t>(j);
      any = true;
    }
  }
  for (std::size_t i = 0; i < a.size() && any; ++i) {
    if (out.of_a[i] != alignment::k_alone) {
      continue;
    }
    auto* link = &heads[bucket_of(a[i].canon)];
    while (*link != alignment::k_alone && b[static_cast<std::size_t>(*link)].canon != a[i].canon) {
      link = &next[static_cast<std::size_t>(*link)];
    }
    if (*link != alignment::k_alone) {
      const auto j = static_cast<std::size_t>(*link);
      out.of_a[i] = *link;
      out.of_b[j] = static_cast<std::int16_t>(i);
      out.moved_a[i] = true;
      ++out.moved;
      *link = next[j];
    }
  }
}

} // namespace

alignment align(std::span<const token> a, std::span<const token> b) noexcept {
  a = a.first(std::min(a.size(), text_profile::k_tokens_max));
  b = b.first(std::min(b.size(), text_profile::k_tokens_max));
  alignment out;
  std::fill_n(out.of_a.begin(), a.size(), alignment::k_alone);
  std::fill_n(out.of_b.begin(), b.size(), alignment::k_alone);
  stretch s{0, a.size(), 0, b.size()};
  while (s.a_begin < s.a_end && s.b_begin < s.b_end && a[s.a_begin].canon == b[s.b_begin].canon) {
    pair_up(out, s.a_begin++, s.b_begin++);
  }
  while (s.a_begin < s.a_end && s.b_begin < s.b_end && a[s.a_end - 1].canon == b[s.b_end - 1].canon) {
    pair_up(out, --s.a_end, --s.b_end);
  }
  if ((s.a_end - s.a_begin) * (s.b_end - s.b_begin) <= alignment::k_exact_cells) {
    align_exactly(out, a, b, s);
  } else {
    align_nearby(out, a, b, s);
  }
  align_moved(out, a, b);
  return out;
}

} // namespace inferenceflow::semantic
