/// Embeds through any backend with an OpenAI embeddings endpoint, or one that is translated to it.
///
/// Role:      an embedder on top of a provider that the configuration names.
/// Lifecycle: keeps its provider alive; a reload makes new ones.
/// Threading: the provider's event loop.
/// Bounds:    options.text_bytes_max of a text are sent; k_answer_bytes_max of an answer are read.
#pragma once

#include "embedding/embedder.h"
#include "providers/provider.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace inferenceflow::embedding {

struct upstream_options {
  std::string model;                                   ///< the backend's own name
  std::size_t dimensions = 0;                          ///< asked for and required; 0 = what the first answer has
  std::size_t text_bytes_max = std::size_t{32} << 10U; ///< a longer text is cut there; about 8,000 tokens of prose
};

class upstream_embedder final : public embedder {
public:
  /// @param provider  takes OpenAI's embeddings format, itself or translated; never null.
  upstream_embedder(std::shared_ptr<providers::provider> provider, upstream_options options);

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  /// "upstream:<provider>:<model>:<dimensions>". A backend that exchanges the model behind an unchanged name is found
  /// out only if the length of its vectors changes.
  [[nodiscard]] std::string_view space() const override { return space_; }
  [[nodiscard]] std::size_t dimensions() const override { return dimensions_; }

  /// @returns also the backend's refusals: context_too_long for a text of more tokens than the model takes (the backend
  ///          has the tokenizer, so such a text cannot be cut here), rate_limited with its retry_after, forbidden;
  ///          upstream_failed for an answer that is no such vector, or of another length than those before.
  [[nodiscard]] net::task<result<vector_ptr>> embed(std::string_view text, net::cancel_scope& scope) override;

  /// Tokens that the backend has charged for so far, as it says.
  [[nodiscard]] std::int64_t tokens_charged() const noexcept { return tokens_charged_; }

private:
  void learn(std::size_t dimensions);

  std::shared_ptr<providers::provider> provider_;
  upstream_options options_;
  std::string name_;
  std::size_t dimensions_;
  std::string space_;        ///< empty while dimensions_ is 0
  std::size_t next_key_ = 0; ///< keys take turns
  std::int64_t tokens_charged_ = 0;
};

} // namespace inferenceflow::embedding
