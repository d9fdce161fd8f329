/// Lists of numbers in a router file.
///
/// Role:      the learners' models write and read themselves with these.
/// Lifecycle: free functions.
/// Threading: none of their own.
/// Bounds:    get() allocates nothing before it knows that the file is long enough.
#pragma once

#include "vectors/index_file.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace inferenceflow::quality {

template <class number_type> void put(vectors::index_writer& into, const std::vector<number_type>& list) {
  into.number<std::uint64_t>(list.size());
  into.bytes(list.data(), list.size() * sizeof(number_type));
}

/// @returns false when the file ends before the list does.
template <class number_type> [[nodiscard]] bool get(vectors::index_reader& from, std::vector<number_type>& list) {
  std::uint64_t count = 0;
  if (!from.number(count) || !from.has(count, sizeof(number_type))) {
    return false;
  }
  list.resize(static_cast<std::size_t>(count));
  return from.bytes(list.data(), list.size() * sizeof(number_type));
}

void put(vectors::index_writer& into, const std::string& text);
[[nodiscard]] bool get(vectors::index_reader& from, std::string& text);
/// No training makes larger numbers, and sums and squares of such stay finite.
inline constexpr float k_trained_max = 1e12F;
/// Whether every one lies within ±k_trained_max.
[[nodiscard]] bool all_trained(std::span<const float> list) noexcept;

} // namespace inferenceflow::quality
