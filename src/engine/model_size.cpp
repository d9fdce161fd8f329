#include "engine/model_size.h"

#include "engine/gguf_header.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace inferenceflow::engine {

namespace {

constexpr std::uint64_t k_f16_bytes = 2;
constexpr std::uint64_t k_f32_bytes = 4;
/// Tensors of a step that live at once, in rows as wide as the feed-forward layer: attention's, the layer's own, and
/// the next one's (measured on the default models: within 20 %).
constexpr std::uint64_t k_rows_at_once = 6;
constexpr std::uint32_t k_default_context_tokens = 8192;
/// Of the vocabulary in llama.cpp: text, score, maps from and to ids, and about one merge each.
constexpr std::uint64_t k_vocabulary_entry_bytes = 400;

std::uint64_t cache_bytes(const gguf_header& of, const model_config& config) {
  if (config.kind != model_kind::chat) {
    return 0;
  }
  const auto trained = of.number("context_length", k_default_context_tokens);
  const std::uint64_t wanted = config.context_tokens == 0 ? k_default_context_tokens : config.context_tokens;
  const std::uint64_t cells = std::max<std::uint64_t>(config.cells_tokens, std::min(wanted, trained));
  const auto heads = std::max<std::uint64_t>(of.number("attention.head_count", 1), 1);
  const auto head_width = of.number("embedding_length", 0) / heads;
  const auto row = of.number("attention.head_count_kv", heads) *
                   (of.number("attention.key_length", head_width) + of.number("attention.value_length", head_width)) *
                   k_f16_bytes;
  return cells * of.number("block_count", 0) * row;
}

} // namespace

result<std::uint64_t> model_bytes(const model_config& config) {
  std::error_code missing;
  const std::uint64_t file = std::filesystem::file_size(config.path, missing);
  const gguf_header of{config.path};
  if (missing || !of.readable()) {
    return make_error(error_kind::unavailable,
                      fmt::format("the file '{}' of model '{}' is missing or no GGUF file", config.path, config.name));
  }
  const std::uint64_t width = std::max(of.number("feed_forward_length", 0), of.number("embedding_length", 0));
  return file + cache_bytes(of, config) + of.tokens() * k_vocabulary_entry_bytes +
         config.batch_tokens * width * k_rows_at_once * k_f32_bytes;
}

} // namespace inferenceflow::engine
