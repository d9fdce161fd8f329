#include "engine/model_card.h"

#include "engine/gguf_header.h"

#include <filesystem>
#include <fmt/format.h>

namespace inferenceflow::engine {

result<model_card> read_card(const std::string& path) {
  const auto wrong = [](std::string what) { return make_error(error_kind::invalid_request, std::move(what)); };
  std::error_code failure;
  const std::uint64_t bytes = std::filesystem::file_size(path, failure);
  if (failure) {
    return wrong(failure.message());
  }
  const gguf_header header{path};
  if (!header.readable()) {
    return wrong("no GGUF file, or cut off within its header");
  }
  if (const auto least = header.bytes_min(); bytes < least) {
    return wrong(fmt::format("cut off: {} bytes of {}", bytes, least));
  }
  return model_card{header.architecture(), header.quantisation(), bytes};
}

} // namespace inferenceflow::engine
