#include "engine/token_sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <fmt/format.h>
#include <limits>
#include <llama.h>
#include <utility>
#include <vector>

namespace inferenceflow::engine {
namespace {

/// The first of the greatest. std::max_element goes one by one; many running maxima let the compiler use vectors, and
/// this is done for every token of every greedy answer while the compute threads wait.
token_id likeliest(std::span<const float> logits) {
  constexpr std::size_t k_lanes = 16;
  std::array<float, k_lanes> best{};
  best.fill(-std::numeric_limits<float>::infinity());
  const std::size_t whole = logits.size() / k_lanes * k_lanes;
  for (std::size_t i = 0; i < whole; i += k_lanes) {
    for (std::size_t lane = 0; lane < k_lanes; ++lane) {
      best[lane] = best[lane] < logits[i + lane] ? logits[i + lane] : best[lane];
    }
  }
  float greatest = *std::max_element(best.begin(), best.end());
  for (const float rest : logits.subspan(whole)) {
    greatest = std::max(greatest, rest);
  }
  const auto found = std::find(logits.begin(), logits.end(), greatest);
  return found == logits.end() ? 0 : static_cast<token_id>(found - logits.begin());
}

} // namespace

struct token_sampler::candidates {
  std::vector<llama_token_data> list;

  llama_token_data_array fill(std::span<const float> logits) {
    list.resize(logits.size());
    for (std::size_t i = 0; i < logits.size(); ++i) {
      list[i] = {static_cast<token_id>(i), logits[i], 0.0F};
    }
    return {list.data(), list.size(), -1, false};
  }
};

void token_sampler::sampler_deleter::operator()(llama_sampler* sampler) const {
  llama_sampler_free(sampler);
}

token_sampler::token_sampler() = default;
token_sampler::~token_sampler() = default;
token_sampler::token_sampler(token_sampler&&) noexcept = default;
token_sampler& token_sampler::operator=(token_sampler&&) noexcept = default;

void token_sampler::build_chain(const llama_vocab* vocabulary, const sampling_options& options, std::uint32_t seed,
                                std::uint32_t history_tokens_max) {
  auto params = llama_sampler_chain_default_params();
  params.no_perf = true;
  chain_.reset(llama_sampler_chain_init(params));
  const auto add = [this](llama_sampler* stage) { llama_sampler_chain_add(chain_.get(), stage); };
  const auto tokens = llama_vocab_n_tokens(vocabulary);
  if (!options.logit_bias.empty()) {
    std::vector<llama_logit_bias> bias;
    for (const auto& [token, value] : options.logit_bias) {
      bias.push_back({token, value});
    }
    add(llama_sampler_init_logit_bias(tokens, static_cast<std::int32_t>(bias.size()), bias.data()));
  }
  if (options.presence_penalty != 0.0F || options.frequency_penalty != 0.0F) {
    add(llama_sampler_init_penalties(tokens, static_cast<std::int32_t>(history_tokens_max), 1.0F,
                                     options.frequency_penalty, options.presence_penalty));
  }
  if (options.temperature <= 0.0F) {
    add(llama_sampler_init_greedy());
    return;
  }
  add(llama_sampler_init_temp(options.temperature));
  if (options.top_k > 0) {
    add(llama_sampler_init_top_k(options.top_k));
  }
  if (options.top_p < 1.0F) {
    add(llama_sampler_init_top_p(options.top_p, 1));
  }
  if (options.min_p > 0.0F) {
    add(llama_sampler_init_min_p(options.min_p, 1));
  }
  // llama.cpp takes its default seed as "pick one": the caller's own number must stay the caller's.
  add(llama_sampler_init_dist(seed == LLAMA_DEFAULT_SEED ? 0 : seed));
}

result<token_sampler> token_sampler::make(const llama_vocab* vocabulary, const sampling_options& options,
                                          std::uint32_t seed, const std::string& grammar,
                                          std::uint32_t history_tokens_max) {
  token_sampler sampler;
  for (const auto& [token, value] : options.logit_bias) {
    if (token < 0 || token >= llama_vocab_n_tokens(vocabulary)) {
      return make_error(error_kind::invalid_request,
                        fmt::format("token {} does not exist, this model has tokens 0 to {}", token,
                                    llama_vocab_n_tokens(vocabulary) - 1),
                        "logit_bias");
    }
  }
  if (!grammar.empty()) {
    try {
      sampler.grammar_.reset(llama_sampler_init_grammar(vocabulary, grammar.c_str(), "root"));
    } catch (const std::exception&) {
      sampler.grammar_.reset();
    }
    if (!sampler.grammar_) {
      return make_error(error_kind::invalid_request, "the schema leads to a grammar that is too large or not supported",
                        "json_schema");
    }
  }
  const bool plain_greedy = options.temperature <= 0.0F && options.logit_bias.empty() &&
                            options.presence_penalty == 0.0F && options.frequency_penalty == 0.0F && grammar.empty();
  if (!plain_greedy) {
    sampler.candidates_ = std::make_unique<candidates>();
    sampler.build_chain(vocabulary, options, seed, history_tokens_max);
  }
  return sampler;
}

bool token_sampler::allowed_by_grammar(token_id token) const {
  llama_token_data one{token, 1.0F, 0.0F};
  llama_token_data_array array{&one, 1, -1, false};
  llama_sampler_apply(grammar_.get(), &array);
  return std::isfinite(one.logit);
}

token_id token_sampler::draw(std::span<const float> logits, bool constrained) {
  auto array = candidates_->fill(logits);
  if (constrained) {
    llama_sampler_apply(grammar_.get(), &array);
    const bool any =
        std::any_of(array.data, array.data + array.size, [](const auto& c) { return std::isfinite(c.logit); });
    if (!any) {
      return LLAMA_TOKEN_NULL;
    }
  }
  llama_sampler_apply(chain_.get(), &array);
  return array.selected < 0 ? LLAMA_TOKEN_NULL : array.data[array.selected].id;
}

result<token_id> token_sampler::sample(std::span<const float> logits) {
  if (!chain_) {
    return likeliest(logits);
  }
  try {
    // Checking the whole vocabulary against a grammar is slow, and the model mostly follows it by itself.
    auto token = draw(logits, false);
    if (grammar_ && (token == LLAMA_TOKEN_NULL || !allowed_by_grammar(token))) {
      token = draw(logits, true);
    }
    if (token == LLAMA_TOKEN_NULL) {
      return make_error(error_kind::internal, "no token can continue this answer under its schema");
    }
    llama_sampler_accept(chain_.get(), token);
    if (grammar_) {
      llama_sampler_accept(grammar_.get(), token);
    }
    return token;
  } catch (const std::exception& failure) {
    return make_error(error_kind::internal, fmt::format("sampling failed: {}", failure.what()));
  }
}

} // namespace inferenceflow::engine
