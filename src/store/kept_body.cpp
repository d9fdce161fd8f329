#include "store/kept_body.h"

#include <memory>
#include <zstd.h>

namespace inferenceflow::store {

namespace {

constexpr int k_zstd_level = 3;

struct freer {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
};

} // namespace

std::string pack_body(std::string_view body) {
  if (body.size() <= k_compress_from_bytes) {
    return std::string{body};
  }
  std::string packed(ZSTD_compressBound(body.size()), '\0');
  // Making its tables anew takes longer than a body of a few KiB.
  thread_local const std::unique_ptr<ZSTD_CCtx, freer> context{ZSTD_createCCtx()};
  if (!context) {
    return std::string{body};
  }
  const std::size_t size =
      ZSTD_compressCCtx(context.get(), packed.data(), packed.size(), body.data(), body.size(), k_zstd_level);
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
