/// Vectors without a model: words and letter trigrams, hashed into a fixed number of counters.
///
/// Role:      the embedder of last resort where there is no model file and no upstream; tests and benchmarks.
/// Lifecycle: stateless.
/// Threading: thread-safe.
/// Bounds:    k_text_bytes_max of a text are read.
/// Source:    Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009, §2 (signed hashing);
///            docs/adr/0023-embedders-of-the-semantic-cache.md for what it is worth.
#pragma once

#include "embedding/embedder.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace inferenceflow::embedding {

class hashed_embedder final : public embedder {
public:
  static constexpr std::size_t k_dimensions = 512;
  static constexpr std::size_t k_text_bytes_max = std::size_t{64} << 10U;
  static constexpr std::string_view k_name = "static";
  /// Changes whenever the vectors do.
  static constexpr std::string_view k_space = "hashed-1:512";

  [[nodiscard]] std::string_view name() const noexcept override { return k_name; }
  [[nodiscard]] std::string_view space() const override { return k_space; }
  [[nodiscard]] std::size_t dimensions() const override { return k_dimensions; }
  /// Never waits.
  [[nodiscard]] net::task<result<vector_ptr>> embed(std::string_view text, net::cancel_scope& scope) override;

  /// The same as a function. @returns invalid_request for a text of white space only.
  [[nodiscard]] static result<vector_ptr> embed_now(std::string_view text);
};

} // namespace inferenceflow::embedding
