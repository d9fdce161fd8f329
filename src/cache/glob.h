/// Shell-like patterns for invalidation: `*` is any run of bytes (also `/`), `?` is any one byte.
///
/// Role:      entry_filter.
/// Lifecycle: a pure function.
/// Threading: no shared state.
/// Bounds:    time at most |pattern| · |text|; no recursion, so a hostile pattern cannot exhaust the stack.
#pragma once

#include <string_view>

namespace inferenceflow::cache {

/// True when `pattern` matches all of `text`. Every other byte stands for itself; there is no escape character.
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view text) noexcept;

} // namespace inferenceflow::cache
