#include "store/kept_body.h"

#include <zstd.h>

namespace inferenceflow::store {

namespace {

constexpr int k_zstd_level = 3;

} // namespace

std::string pack_body(std::string_view body) {
  if (body.size() <= k_compress_from_bytes) {
    return std::string{body};
  }
  std::string packed(ZSTD_compressBound(body.size()), '\0');
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), body.data(), body.size(), k_zstd_level);
  if (ZSTD_isError(size) != 0 || size >= body.size()) {
    return std::string{body};
  }
  packed.resize(size);
  return packed;
}

result<std::string> unpack_body(std::string_view kept, std::size_t bytes) {
  if (bytes > k_kept_body_bytes_max || kept.size() > bytes) {
    return make_error(error_kind::unavailable, "a kept request has an impossible length");
  }
  if (kept.size() == bytes) {
    return std::string{kept};
  }
  std::string body(bytes, '\0');
  if (ZSTD_decompress(body.data(), body.size(), kept.data(), kept.size()) != bytes) {
    return make_error(error_kind::unavailable, "a kept request cannot be unpacked");
  }
  return body;
}

} // namespace inferenceflow::store
