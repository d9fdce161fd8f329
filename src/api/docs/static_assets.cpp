#include "api/docs/static_assets.h"

#include <algorithm>
#include <array>
#include <memory>
#include <zlib.h>

namespace inferenceflow::api::docs {

namespace {

constexpr int k_gzip_only = 16 + MAX_WBITS;
constexpr std::size_t k_step_bytes = 64U << 10U;

struct inflate_deleter {
  void operator()(z_stream* stream) const { inflateEnd(stream); }
};

} // namespace

const static_asset* find_asset(std::string_view path) noexcept {
  const auto assets = all_assets();
  const auto found = std::find_if(assets.begin(), assets.end(), [path](const auto& each) { return each.path == path; });
  return found == assets.end() ? nullptr : &*found;
}

result<std::string> unpack(std::string_view gzip) {
  z_stream stream{};
  if (gzip.size() > k_unpacked_bytes_max || inflateInit2(&stream, k_gzip_only) != Z_OK) {
    return make_error(error_kind::internal, "a page cannot be unpacked");
  }
  const std::unique_ptr<z_stream, inflate_deleter> ended{&stream};
  std::string input{gzip}; // zlib wants mutable bytes
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  std::string unpacked;
  std::array<char, k_step_bytes> step{};
  int state = Z_OK;
  while (state == Z_OK && unpacked.size() <= k_unpacked_bytes_max) {
    stream.next_out = reinterpret_cast<Bytef*>(step.data());
    stream.avail_out = static_cast<uInt>(step.size());
    state = inflate(&stream, Z_NO_FLUSH);
    unpacked.append(step.data(), step.size() - stream.avail_out);
  }
  if (state != Z_STREAM_END || stream.avail_in != 0 || unpacked.size() > k_unpacked_bytes_max) {
    return make_error(error_kind::internal, "a page cannot be unpacked");
  }
  return unpacked;
}

} // namespace inferenceflow::api::docs
