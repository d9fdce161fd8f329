/// The body of /v1/batch, taken apart into the bodies of its items.
///
/// Role:      list_surface decodes with it; each item is then a request of /v1/inference or /v1/chat/completions.
/// Lifecycle: plain values.
/// Threading: reentrant.
/// Bounds:    items_max items; their bodies together at most the list's body, and its defaults once per item:
///            k_list_bytes_max.
/// Source:    docs: openapi.json, list_request.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::api {

/// Bodies of all items after the defaults went into each.
inline constexpr std::size_t k_list_bytes_max = 64U << 20U;

enum class list_item_kind : std::uint8_t { prompt, chat };

struct list_item {
  list_item_kind kind = list_item_kind::prompt;
  std::string body; ///< a JSON object with http::k_body_padding_bytes of capacity behind its end
};

/// `requests` (objects with `prompt` or `messages`) or `prompts` (strings); every other field of the list is what an
/// item that does not say it itself takes.
/// @returns invalid_request naming what is wrong with the list: not JSON, no or two lists, empty, longer than
///          items_max, an entry that is neither text nor object. What is wrong inside an object shows in its own
///          answer.
[[nodiscard]] result<std::vector<list_item>> read_list(std::string_view body, std::size_t items_max);

} // namespace inferenceflow::api
