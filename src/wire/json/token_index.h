/// Where every token of a JSON document starts, found at several bytes a cycle.
///
/// Role:      first half of reading: simdjson's vectorised stage 1 (token starts, UTF-8, control characters, closed
///            strings). reader walks the index. Reading through it beats a DOM because nothing is built.
/// Lifecycle: construct once, build() for document after document; the buffer is kept up to k_kept_bytes.
/// Threading: not thread-safe; one per event loop.
/// Bounds:    documents ≤ k_document_bytes_max; memory ≤ 4 bytes per document byte, while the document is read.
/// Source:    Langdale and Lemire, "Parsing gigabytes of JSON per second", VLDB J. 28 (2019), §3.1.
#pragma once

#include "wire/json/reader.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace inferenceflow::wire::json {

inline constexpr std::size_t k_document_bytes_max = std::size_t{1} << 30U;

class token_index {
public:
  token_index();
  ~token_index();
  token_index(const token_index&) = delete;
  token_index& operator=(const token_index&) = delete;

  /// Indexes `document`; no padding is needed behind it.
  /// @returns nothing if fine; else what is wrong at which byte (bad UTF-8, control character in a string, unclosed
  ///          string, nothing but white space, too large).
  /// Lifetime: the readers made from it are valid while `document` lives and until the next build().
  [[nodiscard]] std::optional<fault> build(std::string_view document);

  /// A reader at the first token. Only after a build() that succeeded.
  [[nodiscard]] reader read() const noexcept;

private:
  struct stage_one;
  std::unique_ptr<stage_one> stage_one_;
  std::string_view document_;
  bool may_escape_ = false;
};

} // namespace inferenceflow::wire::json
