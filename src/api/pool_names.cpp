#include "api/pool_names.h"

#include <charconv>
#include <fmt/format.h>

namespace inferenceflow::api {

namespace {
constexpr unsigned k_line_bits = 31;
constexpr std::int64_t k_line_end = std::int64_t{1} << k_line_bits;
} // namespace

std::optional<std::int64_t> pool_id(std::int64_t batch, std::int64_t line) noexcept {
  const bool fits = batch >= 0 && batch < k_line_end && line >= 0 && line < k_line_end;
  return fits ? std::optional{batch * k_line_end + line} : std::nullopt;
}

std::int64_t batch_of_pool_id(std::int64_t id) noexcept {
  return id / k_line_end;
}

std::int64_t line_of_pool_id(std::int64_t id) noexcept {
  return id % k_line_end;
}

std::string line_name(std::string_view mark, std::int64_t id) {
  return fmt::format("{}-{}", mark, id);
}

std::optional<std::int64_t> id_of_line_name(std::string_view mark, std::string_view name) noexcept {
  if (!name.starts_with(mark) || name.size() <= mark.size() + 1 || name[mark.size()] != '-') {
    return std::nullopt;
  }
  const char* const end = name.data() + name.size();
  std::int64_t id = 0;
  const auto read = std::from_chars(name.data() + mark.size() + 1, end, id);
  return read.ec == std::errc{} && read.ptr == end && id >= 0 ? std::optional{id} : std::nullopt;
}

std::string to_text(const pool_target& target) {
  return fmt::format("{}\n{}\n{}", target.provider, target.path, target.model);
}

std::optional<pool_target> pool_target_of(std::string_view text) {
  const auto first = text.find('\n');
  const auto second = first == std::string_view::npos ? first : text.find('\n', first + 1);
  if (second == std::string_view::npos) {
    return std::nullopt;
  }
  return pool_target{.provider = std::string{text.substr(0, first)},
                     .model = std::string{text.substr(second + 1)},
                     .path = std::string{text.substr(first + 1, second - first - 1)}};
}

} // namespace inferenceflow::api
