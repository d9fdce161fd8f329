#include "engine/file_mark.h"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <vector>
#include <xxhash.h>

namespace inferenceflow::engine {
namespace {

struct state_deleter {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

} // namespace

std::string file_mark(const std::filesystem::path& file) {
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(file, failed);
  std::ifstream in(file, std::ios::binary);
  const std::unique_ptr<XXH3_state_t, state_deleter> hash(XXH3_createState());
  if (failed || !in || !hash) {
    return {};
  }
  XXH3_64bits_reset(hash.get());
  XXH3_64bits_update(hash.get(), &size, sizeof(size));
  std::vector<char> bytes(k_head_bytes);
  const auto add = [&](std::uintmax_t offset, std::size_t count) {
    in.clear();
    in.seekg(static_cast<std::streamoff>(offset));
    in.read(bytes.data(), static_cast<std::streamsize>(std::min(count, bytes.size())));
    XXH3_64bits_update(hash.get(), bytes.data(), static_cast<std::size_t>(in.gcount()));
  };
  add(0, k_head_bytes);
  if (size > k_head_bytes) {
    const std::uintmax_t span = size - std::min<std::uintmax_t>(size, k_sample_bytes);
    for (std::size_t i = 1; i <= k_samples; ++i) {
      add(span / k_samples * i + (i == k_samples ? span % k_samples : 0), k_sample_bytes);
    }
  }
  return fmt::format("{:016x}", XXH3_64bits_digest(hash.get()));
}

} // namespace inferenceflow::engine
