/// Words that a client puts on an answer, so that it can be found again and thrown out.
///
/// Role:      from the header x-inferenceflow-cache-tags into cached_answer; `DELETE /v1/cache?tag=` looks for them.
/// Lifecycle: plain value.
/// Threading: value; no shared state.
/// Bounds:    k_tags_max tags of k_tag_bytes_max bytes each.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::cache {

inline constexpr std::size_t k_tags_max = 16;
inline constexpr std::size_t k_tag_bytes_max = 64;

class entry_tags {
public:
  entry_tags() = default;

  /// @param list  tags with commas between, blanks around them, empty ones and repetitions allowed; in any order.
  /// @returns invalid_request naming the tag at fault, or that there are too many.
  [[nodiscard]] static result<entry_tags> parse(std::string_view list);

  /// 1 to k_tag_bytes_max characters of [A-Za-z0-9._:/@=+-].
  [[nodiscard]] static bool is_tag(std::string_view text) noexcept;

  [[nodiscard]] bool contains(std::string_view tag) const noexcept;
  /// Sorted, without repetitions, commas between: parse() of it gives the same.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  friend bool operator==(const entry_tags&, const entry_tags&) = default;

private:
  std::string text_; // one string: an entry without tags pays for no allocation, one with tags for one
};

} // namespace inferenceflow::cache
