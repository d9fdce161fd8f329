#include "engine/model_size.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <gguf.h>
#include <memory>
#include <string>

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

struct gguf_closer {
  void operator()(gguf_context* file) const { gguf_free(file); }
};

class header {
public:
  explicit header(const std::string& path)
      : file_(gguf_init_from_file(path.c_str(), {.no_alloc = true, .ctx = nullptr})) {
    const auto at = file_ ? gguf_find_key(file_.get(), "general.architecture") : -1;
    if (at >= 0 && gguf_get_kv_type(file_.get(), at) == GGUF_TYPE_STRING) {
      architecture_ = gguf_get_val_str(file_.get(), at);
    }
  }
  [[nodiscard]] bool good() const { return !architecture_.empty(); }

  /// A number, or the greatest of an array of numbers (one per layer); `otherwise` when there is none.
  [[nodiscard]] std::uint64_t number(std::string_view name, std::uint64_t otherwise) const {
    const std::string key = fmt::format("{}.{}", architecture_, name);
    const auto at = gguf_find_key(file_.get(), key.c_str());
    if (at < 0) {
      return otherwise;
    }
    switch (gguf_get_kv_type(file_.get(), at)) {
    case GGUF_TYPE_UINT32: return gguf_get_val_u32(file_.get(), at);
    case GGUF_TYPE_INT32: return static_cast<std::uint64_t>(std::max(gguf_get_val_i32(file_.get(), at), 0));
    case GGUF_TYPE_UINT64: return gguf_get_val_u64(file_.get(), at);
    case GGUF_TYPE_ARRAY: return greatest(at, otherwise);
    default: return otherwise;
    }
  }

  [[nodiscard]] std::uint64_t vocabulary() const {
    const auto at = gguf_find_key(file_.get(), "tokenizer.ggml.tokens");
    return at >= 0 && gguf_get_kv_type(file_.get(), at) == GGUF_TYPE_ARRAY ? gguf_get_arr_n(file_.get(), at) : 0;
  }

private:
  [[nodiscard]] std::uint64_t greatest(std::int64_t at, std::uint64_t otherwise) const {
    const auto type = gguf_get_arr_type(file_.get(), at);
    if (type != GGUF_TYPE_UINT32 && type != GGUF_TYPE_INT32) {
      return otherwise;
    }
    const auto* values = static_cast<const std::int32_t*>(gguf_get_arr_data(file_.get(), at));
    const auto* end = values + gguf_get_arr_n(file_.get(), at);
    return values == end ? otherwise : static_cast<std::uint64_t>(std::max(*std::max_element(values, end), 0));
  }

  std::unique_ptr<gguf_context, gguf_closer> file_;
  std::string architecture_;
};

std::uint64_t cache_bytes(const header& of, const model_config& config) {
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
  const header of{config.path};
  if (missing || !of.good()) {
    return make_error(error_kind::unavailable,
                      fmt::format("the file '{}' of model '{}' is missing or no GGUF file", config.path, config.name));
  }
  const std::uint64_t width = std::max(of.number("feed_forward_length", 0), of.number("embedding_length", 0));
  return file + cache_bytes(of, config) + of.vocabulary() * k_vocabulary_entry_bytes +
         config.batch_tokens * width * k_rows_at_once * k_f32_bytes;
}

} // namespace inferenceflow::engine
