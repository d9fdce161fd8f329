#include "quality/file_parts.h"

#include <algorithm>
#include <cmath>

namespace inferenceflow::quality {

void put(vectors::index_writer& into, const std::string& text) {
  into.number<std::uint64_t>(text.size());
  into.bytes(text.data(), text.size());
}

bool get(vectors::index_reader& from, std::string& text) {
  std::uint64_t count = 0;
  if (!from.number(count) || !from.has(count, 1)) {
    return false;
  }
  text.resize(static_cast<std::size_t>(count));
  return from.bytes(text.data(), text.size());
}

bool all_trained(std::span<const float> list) noexcept {
  return std::all_of(list.begin(), list.end(), [](float x) { return std::fabs(x) <= k_trained_max; }); // false for NaN
}

} // namespace inferenceflow::quality
