/// Names of pooled lines: as numbers in the pool, as texts at providers; and of what one batch can hold.
///
/// Role:      batch_pool.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    batches and lines below 2^31.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::api {

/// One number for a line of a batch; nothing beyond the bounds.
[[nodiscard]] std::optional<std::int64_t> pool_id(std::int64_t batch, std::int64_t line) noexcept;
[[nodiscard]] std::int64_t batch_of_pool_id(std::int64_t id) noexcept;
[[nodiscard]] std::int64_t line_of_pool_id(std::int64_t id) noexcept;

/// "<mark>-<id>", as a provider sees the line.
[[nodiscard]] std::string line_name(std::string_view mark, std::int64_t id);
/// @returns nothing when the name is not one of that mark's.
[[nodiscard]] std::optional<std::int64_t> id_of_line_name(std::string_view mark, std::string_view name) noexcept;

/// What the lines of one batch have in common.
struct pool_target {
  std::string provider = {};
  std::string model = {};
  std::string path = {};
};
[[nodiscard]] std::string to_text(const pool_target& target);
[[nodiscard]] std::optional<pool_target> pool_target_of(std::string_view text);

} // namespace inferenceflow::api
