#include "codecs/bedrock/event_stream.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <zlib.h>

namespace inferenceflow::codecs::bedrock {
namespace {

constexpr std::size_t k_lengths_bytes = 8;
constexpr std::size_t k_checksum_bytes = 4;
constexpr std::size_t k_prelude_bytes = k_lengths_bytes + k_checksum_bytes;
constexpr std::size_t k_message_bytes_min = k_prelude_bytes + k_checksum_bytes;

constexpr std::uint8_t k_type_bytes = 6;
constexpr std::uint8_t k_type_string = 7;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    number = (number << 8U) | byte_at(bytes, at + i);
  }
  return number;
}

void append_big_endian(std::string& out, std::uint32_t number, std::size_t count) {
  for (std::size_t i = count; i-- > 0;) {
    out.push_back(static_cast<char>((number >> (8 * i)) & 0xFFU));
  }
}

std::uint32_t checksum(std::string_view bytes) {
  uLong sum = 0;
  while (!bytes.empty()) {
    const auto size = static_cast<uInt>(std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max()));
    sum = crc32(sum, reinterpret_cast<const Bytef*>(bytes.data()), size);
    bytes.remove_prefix(size);
  }
  return static_cast<std::uint32_t>(sum);
}

/// Bytes of a header value of a fixed size; nothing for types that bring their length, and for unknown ones.
std::optional<std::size_t> fixed_size(std::uint8_t type) {
  switch (type) {
  case 0:
  case 1: return 0; // true, false
  case 2: return 1; // byte
  case 3: return 2; // short
  case 4: return 4; // integer
  case 5:
  case 8: return 8;  // long, timestamp
  case 9: return 16; // UUID
  default: return std::nullopt;
  }
}

/// Takes one header off the front of a header block. @returns nothing if the block is damaged.
std::optional<stream_header> take_header(std::string_view& block) {
  const std::size_t name_size = byte_at(block, 0);
  if (block.size() < name_size + 2) {
    return std::nullopt;
  }
  stream_header taken{block.substr(1, name_size), {}};
  const std::uint8_t type = byte_at(block, 1 + name_size);
  block.remove_prefix(name_size + 2);
  if (const auto size = fixed_size(type)) {
    if (block.size() < *size) {
      return std::nullopt;
    }
    block.remove_prefix(*size);
    return taken;
  }
  if ((type != k_type_bytes && type != k_type_string) || block.size() < 2) {
    return std::nullopt;
  }
  const std::size_t size = big_endian(block, 0, 2);
  if (block.size() < 2 + size) {
    return std::nullopt;
  }
  if (type == k_type_string) {
    taken.second = block.substr(2, size);
  }
  block.remove_prefix(2 + size);
  return taken;
}

bool headers_fit(std::string_view block) {
  while (!block.empty()) {
    if (!take_header(block)) {
      return false;
    }
  }
  return true;
}

} // namespace

std::string_view stream_message::header(std::string_view name) const noexcept {
  std::string_view rest = headers_;
  while (!rest.empty()) {
    const auto taken = take_header(rest);
    if (!taken) {
      break;
    }
    if (taken->first == name) {
      return taken->second;
    }
  }
  return {};
}

std::size_t stream_decoder::size_of(std::string_view prelude) {
  // The checksum first: a length that is not what was sent must not decide how much is waited for.
  if (checksum(prelude.substr(0, k_lengths_bytes)) != big_endian(prelude, k_lengths_bytes, k_checksum_bytes)) {
    fault_ = "a message's prelude has the wrong checksum";
    return 0;
  }
  const std::size_t total = big_endian(prelude, 0, 4);
  const std::size_t headers = big_endian(prelude, 4, 4);
  if (total < k_message_bytes_min || headers > total - k_message_bytes_min) {
    fault_ = "a message's lengths contradict each other";
    return 0;
  }
  if (total > message_bytes_max_) {
    fault_ = "a message is larger than allowed";
    return 0;
  }
  return total;
}

bool stream_decoder::hold(std::string_view& bytes, std::size_t size) {
  if (held_.size() < size) {
    const std::size_t lacking = std::min(size - held_.size(), bytes.size());
    held_.append(bytes.substr(0, lacking));
    bytes.remove_prefix(lacking);
  }
  return held_.size() >= size;
}

std::string_view stream_decoder::take(std::string_view& bytes) {
  if (held_.empty() && bytes.size() >= k_prelude_bytes) {
    const std::size_t total = size_of(bytes);
    if (total == 0) {
      return {};
    }
    if (bytes.size() >= total) { // the usual case: a whole message, read where it lies
      const std::string_view whole = bytes.substr(0, total);
      bytes.remove_prefix(total);
      return whole;
    }
    held_.reserve(total);
  }
  if (!hold(bytes, k_prelude_bytes)) {
    return {};
  }
  const std::size_t total = size_of(held_);
  if (total == 0 || !hold(bytes, total)) {
    return {};
  }
  return held_;
}

const stream_message* stream_decoder::open(std::string_view whole) {
  const std::string_view summed = whole.substr(0, whole.size() - k_checksum_bytes);
  if (checksum(summed) != big_endian(whole, summed.size(), k_checksum_bytes)) {
    fault_ = "a message has the wrong checksum";
    return nullptr;
  }
  const std::size_t headers = big_endian(whole, 4, 4);
  opened_ = stream_message{summed.substr(k_prelude_bytes, headers), summed.substr(k_prelude_bytes + headers)};
  if (!headers_fit(summed.substr(k_prelude_bytes, headers))) {
    fault_ = "a message's headers are damaged";
    return nullptr;
  }
  return &opened_;
}

void append_message(std::string& out, std::span<const stream_header> headers, std::string_view payload) {
  constexpr std::size_t k_name_bytes_max = 255;
  constexpr std::size_t k_value_bytes_max = 65535;
  std::size_t headers_size = 0;
  for (const auto& [name, value] : headers) {
    headers_size += 4 + std::min(name.size(), k_name_bytes_max) + std::min(value.size(), k_value_bytes_max);
  }
  const std::size_t start = out.size();
  const std::size_t total = k_message_bytes_min + headers_size + payload.size();
  append_big_endian(out, static_cast<std::uint32_t>(total), 4);
  append_big_endian(out, static_cast<std::uint32_t>(headers_size), 4);
  append_big_endian(out, checksum(std::string_view{out}.substr(start)), k_checksum_bytes);
  for (const auto& [name, value] : headers) {
    const std::string_view short_name = name.substr(0, k_name_bytes_max);
    const std::string_view short_value = value.substr(0, k_value_bytes_max);
    out.push_back(static_cast<char>(short_name.size()));
    out.append(short_name);
    out.push_back(static_cast<char>(k_type_string));
    append_big_endian(out, static_cast<std::uint32_t>(short_value.size()), 2);
    out.append(short_value);
  }
  out.append(payload);
  append_big_endian(out, checksum(std::string_view{out}.substr(start)), k_checksum_bytes);
}

} // namespace inferenceflow::codecs::bedrock
