#include "engine/gguf_header.h"

#include <algorithm>
#include <fmt/format.h>
#include <gguf.h>
#include <llama.h>

namespace inferenceflow::engine {

void gguf_header::closer::operator()(gguf_context* file) const {
  gguf_free(file);
}

gguf_header::gguf_header(const std::string& path)
    : file_(gguf_init_from_file(path.c_str(), {.no_alloc = true, .ctx = nullptr}))
    , architecture_(text("general.architecture")) {}

std::string gguf_header::text(const std::string& key) const {
  const auto at = file_ ? gguf_find_key(file_.get(), key.c_str()) : -1;
  return at >= 0 && gguf_get_kv_type(file_.get(), at) == GGUF_TYPE_STRING ? gguf_get_val_str(file_.get(), at) : "";
}

std::uint64_t gguf_header::number(std::string_view name, std::uint64_t otherwise) const {
  return number_at(gguf_find_key(file_.get(), fmt::format("{}.{}", architecture_, name).c_str()), otherwise);
}

std::uint64_t gguf_header::number_at(std::int64_t key, std::uint64_t otherwise) const {
  if (key < 0) {
    return otherwise;
  }
  switch (gguf_get_kv_type(file_.get(), key)) {
  case GGUF_TYPE_UINT32: return gguf_get_val_u32(file_.get(), key);
  case GGUF_TYPE_INT32: return static_cast<std::uint64_t>(std::max(gguf_get_val_i32(file_.get(), key), 0));
  case GGUF_TYPE_UINT64: return gguf_get_val_u64(file_.get(), key);
  case GGUF_TYPE_ARRAY: break;
  default: return otherwise;
  }
  const auto type = gguf_get_arr_type(file_.get(), key);
  if (type != GGUF_TYPE_UINT32 && type != GGUF_TYPE_INT32) {
    return otherwise;
  }
  const auto* values = static_cast<const std::int32_t*>(gguf_get_arr_data(file_.get(), key));
  const auto* end = values + gguf_get_arr_n(file_.get(), key);
  return values == end ? otherwise : static_cast<std::uint64_t>(std::max(*std::max_element(values, end), 0));
}

std::uint64_t gguf_header::tokens() const {
  const auto at = gguf_find_key(file_.get(), "tokenizer.ggml.tokens");
  return at >= 0 && gguf_get_kv_type(file_.get(), at) == GGUF_TYPE_ARRAY ? gguf_get_arr_n(file_.get(), at) : 0;
}

std::string gguf_header::quantisation() const {
  constexpr std::uint64_t k_unsaid = 1'024;
  const auto type = number_at(gguf_find_key(file_.get(), "general.file_type"), k_unsaid);
  if (type < k_unsaid) {
    const std::string name = llama_ftype_name(static_cast<llama_ftype>(type));
    return name.starts_with("unknown") ? std::string() : name;
  }
  return {};
}

std::uint64_t gguf_header::bytes_min() const {
  std::uint64_t end = gguf_get_data_offset(file_.get());
  for (std::int64_t at = 0; at < gguf_get_n_tensors(file_.get()); ++at) {
    end = std::max<std::uint64_t>(end, gguf_get_data_offset(file_.get()) + gguf_get_tensor_offset(file_.get(), at) +
                                           gguf_get_tensor_size(file_.get(), at));
  }
  return end;
}

} // namespace inferenceflow::engine
