/// Draws one choice's next token from the logits, under its options and its grammar.
///
/// Role:      generator has one per running choice.
/// Lifecycle: make() → sample()*.
/// Threading: the engine's thread.
/// Bounds:    one candidate list of the vocabulary's size.
/// Source:    llama.cpp's sampler chain and grammar sampler.
#pragma once

#include "base/error.h"
#include "engine/request.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

struct llama_sampler;
struct llama_vocab;

namespace inferenceflow::engine {

class token_sampler {
public:
  /// @param grammar  GBNF with the start symbol "root"; empty = none.
  /// @param history_tokens_max  how many generated tokens the penalties look back at.
  /// @returns invalid_request (param "logit_bias") for tokens outside the vocabulary, (param "json_schema") for a
  ///          grammar llama.cpp cannot use.
  [[nodiscard]] static result<token_sampler> make(const llama_vocab* vocabulary, const sampling_options& options,
                                                  std::uint32_t seed, const std::string& grammar,
                                                  std::uint32_t history_tokens_max);
  ~token_sampler();
  token_sampler(token_sampler&&) noexcept;
  token_sampler& operator=(token_sampler&&) noexcept;

  /// @param logits  [vocabulary].
  /// @returns internal when the grammar leaves no token to choose.
  [[nodiscard]] result<token_id> sample(std::span<const float> logits);

private:
  struct sampler_deleter {
    void operator()(llama_sampler* sampler) const;
  };
  using sampler_ptr = std::unique_ptr<llama_sampler, sampler_deleter>;
  struct candidates;

  token_sampler();
  void build_chain(const llama_vocab* vocabulary, const sampling_options& options, std::uint32_t seed,
                   std::uint32_t history_tokens_max);
  [[nodiscard]] token_id draw(std::span<const float> logits, bool constrained);
  [[nodiscard]] bool allowed_by_grammar(token_id token) const;

  sampler_ptr chain_;   ///< null = the likeliest token, unmodified: no candidate list is needed
  sampler_ptr grammar_; ///< null = free text
  std::unique_ptr<candidates> candidates_;
};

} // namespace inferenceflow::engine
