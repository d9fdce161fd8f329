#include "cache/entry_layout.h"

#include "cache/byte_sequence.h"

#include <memory>
#include <zstd.h>

namespace inferenceflow::cache {

namespace {

/// The library's own choice; on answers of some KiB higher levels gain next to nothing.
constexpr int k_zstd_level = 3;

void write_usage(byte_writer& out, const cost::token_usage& usage) {
  out.number(usage.fresh_input);
  out.number(usage.cached_input);
  out.number(usage.cache_write);
  out.number(usage.output);
  out.number(usage.reasoning);
  out.number(usage.cache_write_hour);
}

cost::token_usage read_usage(byte_reader& in) {
  cost::token_usage usage;
  for (std::int64_t* part : {&usage.fresh_input, &usage.cached_input, &usage.cache_write, &usage.output,
                             &usage.reasoning, &usage.cache_write_hour}) {
    *part = in.number<std::int64_t>();
  }
  return usage;
}

} // namespace

void write_head(std::string& into, const entry_head& head) {
  into.append(k_entry_magic);
  byte_writer out{into};
  out.number(k_entry_format);
  out.number(head.flags);
  out.number(head.trust);
  out.number(head.form);
  out.number(head.key.high);
  out.number(head.key.low);
  out.number(head.created_ns);
  out.number(head.expires_ns);
  out.number(head.cost_nano_usd);
  write_usage(out, head.usage);
  out.number(head.labels_bytes);
  out.number(head.text_bytes);
  out.number(head.stored_bytes);
}

boost::system::result<entry_head, entry_fault> read_head(std::string_view bytes) {
  if (bytes.substr(0, k_entry_magic.size()) != k_entry_magic.substr(0, bytes.size())) {
    return entry_fault::malformed;
  }
  if (bytes.size() < k_entry_head_bytes + k_secret_bytes) {
    return entry_fault::truncated;
  }
  byte_reader in{bytes.substr(k_entry_magic.size(), k_entry_head_bytes - k_entry_magic.size())};
  if (in.number<std::uint8_t>() != k_entry_format) {
    return entry_fault::wrong_version;
  }
  entry_head head;
  head.flags = in.number<std::uint8_t>();
  head.trust = in.number<std::uint8_t>();
  head.form = in.number<std::uint8_t>();
  head.key.high = in.number<std::uint64_t>();
  head.key.low = in.number<std::uint64_t>();
  head.created_ns = in.number<std::int64_t>();
  head.expires_ns = in.number<std::int64_t>();
  head.cost_nano_usd = in.number<std::int64_t>();
  head.usage = read_usage(in);
  head.labels_bytes = in.number<std::uint32_t>();
  head.text_bytes = in.number<std::uint32_t>();
  head.stored_bytes = in.number<std::uint32_t>();
  const std::uint64_t whole =
      std::uint64_t{k_entry_head_bytes} + head.labels_bytes + head.stored_bytes + k_secret_bytes;
  if (bytes.size() != whole) {
    return bytes.size() < whole ? entry_fault::truncated : entry_fault::trailing_bytes;
  }
  return head;
}

std::optional<std::string> pack(std::string_view text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), k_zstd_level);
  if (ZSTD_isError(size) != 0 || size >= text.size()) {
    return std::nullopt;
  }
  packed.resize(size);
  return packed;
}

std::optional<std::string> unpack(std::string_view packed, std::size_t bytes) {
  if (ZSTD_getFrameContentSize(packed.data(), packed.size()) != bytes) {
    return std::nullopt;
  }
  struct freer {
    void operator()(ZSTD_DCtx* scratch) const noexcept { ZSTD_freeDCtx(scratch); }
  };
  // Scratch memory of some 100 KiB, which costs more to get than most entries to unpack.
  thread_local const std::unique_ptr<ZSTD_DCtx, freer> scratch{ZSTD_createDCtx()};
  std::string text(bytes, '\0');
  if (scratch == nullptr ||
      ZSTD_decompressDCtx(scratch.get(), text.data(), text.size(), packed.data(), packed.size()) != bytes) {
    return std::nullopt;
  }
  return text;
}

} // namespace inferenceflow::cache
