/// Single values out of a JSON document, the others unread.
///
/// Role:      the wires read answers with it: results stay the bytes that the provider wrote.
/// Lifecycle: made over a text that outlives it.
/// Threading: reentrant.
/// Bounds:    those of wire::json::token_index; members beyond k_members_max are left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::providers::batching {

inline constexpr std::size_t k_members_max = 256;

/// The members of one object, each value as raw JSON.
class json_object {
public:
  /// @returns nothing when `text` is not one well-formed object.
  [[nodiscard]] static std::optional<json_object> read(std::string_view text);

  /// The value as it stands, empty when there is none or it is null.
  [[nodiscard]] std::string_view raw(std::string_view name) const;
  /// The decoded string, empty when it is none.
  [[nodiscard]] std::string text(std::string_view name) const;
  /// The whole number, 0 when it is none. Numbers in strings count, as Google writes them.
  [[nodiscard]] std::int64_t number(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const { return raw(name) == "true"; }
  /// The object, nothing when it is none.
  [[nodiscard]] std::optional<json_object> object(std::string_view name) const { return read(raw(name)); }

private:
  std::vector<std::pair<std::string, std::string_view>> members_;
};

/// The elements of an array as raw JSON. @returns nothing when `text` is not a well-formed array.
[[nodiscard]] std::optional<std::vector<std::string_view>> json_elements(std::string_view text);

/// `document` on one line: line ends stand between its tokens only. The document is well-formed.
[[nodiscard]] std::string on_one_line(std::string_view document);

} // namespace inferenceflow::providers::batching
