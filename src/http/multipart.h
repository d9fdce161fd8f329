/// Bodies of type multipart/form-data: the parts of an uploaded form.
///
/// Role:      surfaces that take files read their body with it.
/// Lifecycle: free functions.
/// Threading: reentrant; no I/O.
/// Bounds:    k_form_parts_max parts, k_part_head_bytes_max bytes of header fields each; contents are not copied.
/// Source:    RFC 7578 (form-data), RFC 2046 §5.1.1 (boundaries), RFC 6266 §4.3 and WHATWG HTML §4.10.21.8 (quotes in
/// names).
#pragma once

#include "base/error.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::http {

inline constexpr std::size_t k_form_parts_max = 32;
inline constexpr std::size_t k_part_head_bytes_max = 8U << 10U;

struct form_part {
  std::string name;
  std::optional<std::string> filename; ///< absent for plain fields
  std::string_view content;            ///< of the body
};

/// The parts in order.
/// @param content_type  the request's Content-Type.
/// @returns unsupported_media_type when that is no multipart/form-data; invalid_request saying what the body lacks: a
///          boundary, its end, a name, or that there are too many parts.
/// Lifetime: the contents point into `body`.
[[nodiscard]] result<std::vector<form_part>> read_form(std::string_view content_type, std::string_view body);

/// The first part of that name, or null.
[[nodiscard]] const form_part* find_part(const std::vector<form_part>& parts, std::string_view name) noexcept;

} // namespace inferenceflow::http
