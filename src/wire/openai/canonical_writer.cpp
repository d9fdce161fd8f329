// The canonical form is prefix-free, so no two documents can run together into the same bytes:
//   z t f                     null, true, false
//   i sign magnitude:8        integer that fits 64 bits (1, 1.0 and 10e-1 alike)
//   c magnitude:1, h magnitude:2, w magnitude:4   the same, small and not negative (token ids would else grow fivefold)
//   d bits:8                  other double
//   n length:4 digits         larger integer, exact
//   s length:1 bytes          string up to k_short_string_bytes_max
//   S length:8 digest:16      longer string
//   [ values ]   { key value … }, members sorted by key
//   A digest:16   O digest:16 an array, an object of more than k_inline_bytes_max
//   T                         a value that the hash shall not depend on
//   F digest:16               all elements so far of an array that is still running
// Where a digest starts depends on the canonical bytes alone, never on how the document was spelt.
#include "wire/openai/canonical_writer.h"

#include <algorithm>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace inferenceflow::wire::openai {
namespace {

constexpr std::size_t k_short_string_bytes_max = 240;
constexpr std::size_t k_inline_bytes_max = 1024;
constexpr std::size_t k_running_array_bytes_max = 16384;
constexpr std::size_t k_first_capacity_bytes = 4096;
constexpr std::size_t k_kept_bytes = std::size_t{1} << 20U;
constexpr std::size_t k_digest_bytes = sizeof(XXH128_hash_t);

template <class T> char* store(char* to, T value) noexcept {
  std::memcpy(to, &value, sizeof value);
  return to + sizeof value;
}

} // namespace

void canonical_writer::clear(std::string_view prefix, std::uint64_t seed) {
  seed_ = seed;
  if (capacity_ > k_kept_bytes) {
    bytes_.reset();
    capacity_ = 0;
  }
  if (decoded_.capacity() > k_kept_bytes) {
    decoded_ = {};
  }
  if (sorted_.capacity() > k_kept_bytes) {
    sorted_ = {};
  }
  if (members_.capacity() * sizeof(member_span) > k_kept_bytes) {
    members_ = {};
  }
  members_.clear();
  size_ = 0;
  std::memcpy(grow(prefix.size()), prefix.data(), prefix.size());
}

char* canonical_writer::grow(std::size_t bytes) {
  if (size_ + bytes > capacity_) {
    const std::size_t capacity = std::max({capacity_ * 2, size_ + bytes, k_first_capacity_bytes});
    std::unique_ptr<char[]> larger{new char[capacity]}; // not make_unique: it would clear what is about to be written
    if (size_ != 0) {
      std::memcpy(larger.get(), bytes_.get(), size_);
    }
    bytes_ = std::move(larger);
    capacity_ = capacity;
  }
  char* const at = bytes_.get() + size_;
  size_ += bytes;
  return at;
}

void canonical_writer::put_string(std::string_view plain) {
  if (plain.size() <= k_short_string_bytes_max) {
    char* to = grow(2 + plain.size());
    *to++ = 's';
    *to++ = static_cast<char>(static_cast<unsigned char>(plain.size()));
    std::copy(plain.begin(), plain.end(), to);
    return;
  }
  char* to = grow(1 + sizeof(std::uint64_t) + k_digest_bytes);
  *to++ = 'S';
  to = store(to, std::uint64_t{plain.size()});
  store(to, XXH3_128bits_withSeed(plain.data(), plain.size(), seed_));
}

void canonical_writer::put_number(const json::number& number) {
  if (number.kind == json::number_kind::big_integer) {
    char* to = grow(1 + sizeof(std::uint32_t) + number.digits.size());
    *to++ = 'n';
    to = store(to, static_cast<std::uint32_t>(number.digits.size()));
    std::memcpy(to, number.digits.data(), number.digits.size());
  } else if (number.kind == json::number_kind::real) {
    char* to = grow(1 + sizeof(double));
    *to++ = 'd';
    store(to, number.value);
  } else if (number.negative || number.magnitude > 0xFFFFFFFFU) {
    char* to = grow(2 + sizeof(std::uint64_t));
    *to++ = 'i';
    *to++ = number.negative ? '-' : '+';
    store(to, number.magnitude);
  } else if (number.magnitude > 0xFFFFU) {
    char* to = grow(1 + sizeof(std::uint32_t));
    *to++ = 'w';
    store(to, static_cast<std::uint32_t>(number.magnitude));
  } else if (number.magnitude > 0xFFU) {
    char* to = grow(1 + sizeof(std::uint16_t));
    *to++ = 'h';
    store(to, static_cast<std::uint16_t>(number.magnitude));
  } else {
    char* to = grow(2);
    *to++ = 'c';
    *to = static_cast<char>(static_cast<unsigned char>(number.magnitude));
  }
}

bool canonical_writer::decode(json::reader& in, const json::text& piece, std::string_view& plain) {
  if (!piece.escaped) {
    plain = piece.raw;
    return true;
  }
  decoded_.clear();
  if (const auto fault = json::decode(piece.raw, decoded_)) {
    return in.fail_at(in.offset_of(piece.raw) + fault->offset, fault->what);
  }
  plain = decoded_;
  return true;
}

bool canonical_writer::string(json::reader& in, std::string_view& plain) {
  json::text piece;
  if (!in.read_string(piece) || !decode(in, piece, plain)) {
    return false;
  }
  put_string(plain);
  return true;
}

bool canonical_writer::number(json::reader& in, json::number& out) {
  if (!in.read_number(out)) {
    return false;
  }
  put_number(out);
  return true;
}

bool canonical_writer::value(json::reader& in) {
  switch (in.peek()) {
  case '{': return object(in, [&](std::string_view) { return value(in); });
  case '[': return array(in, [&](std::size_t) { return value(in); });
  case '"': {
    std::string_view ignored;
    return string(in, ignored);
  }
  case 't':
  case 'f': {
    bool truth = false;
    if (!in.read_bool(truth)) {
      return false;
    }
    put(truth ? 't' : 'f');
    return true;
  }
  case 'n':
    if (!in.read_null()) {
      return false;
    }
    put('z');
    return true;
  default: break;
  }
  if (in.peek() != '-' && (in.peek() < '0' || in.peek() > '9')) {
    return in.fail("expected a value");
  }
  json::number ignored;
  return number(in, ignored);
}

std::string_view canonical_writer::key_at(std::uint32_t begin) const noexcept {
  const char* const at = bytes_.get() + begin;
  const std::size_t length =
      *at == 's' ? 2U + static_cast<unsigned char>(at[1]) : 1U + sizeof(std::uint64_t) + k_digest_bytes;
  return {at, length};
}

bool canonical_writer::key_less(const member_span& a, const member_span& b) const noexcept {
  const std::string_view left = key_at(a.begin);
  const std::string_view right = key_at(b.begin);
  // Any total order serves; the length stands first in the bytes, so unequal lengths are decided at once.
  return left.size() != right.size() ? left.size() < right.size()
                                     : std::memcmp(left.data(), right.data(), left.size()) < 0;
}

void canonical_writer::close_member(std::size_t begin, std::size_t key_end, std::size_t source_offset) {
  if (size_ == key_end) {
    size_ = begin;
    return;
  }
  members_.push_back(member_span{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(size_),
                                 static_cast<std::uint32_t>(source_offset)});
}

bool canonical_writer::sort_members(json::reader& in, std::size_t first, std::size_t begin) {
  const auto from = members_.begin() + static_cast<std::ptrdiff_t>(first);
  const auto less = [this](const member_span& a, const member_span& b) { return key_less(a, b); };
  const auto not_less = [this](const member_span& a, const member_span& b) { return !key_less(a, b); };
  if (std::adjacent_find(from, members_.end(), not_less) == members_.end()) {
    return true;
  }
  std::sort(from, members_.end(), less);
  const auto twin = std::adjacent_find(from, members_.end(), not_less);
  if (twin != members_.end()) {
    return in.fail_at(std::max(twin->source_offset, (twin + 1)->source_offset), "duplicate key");
  }
  reorder(first, begin);
  return true;
}

void canonical_writer::reorder(std::size_t first, std::size_t begin) {
  sorted_.clear();
  for (std::size_t i = first; i < members_.size(); ++i) {
    sorted_.append(bytes_.get() + members_[i].begin, members_[i].end - members_[i].begin);
  }
  std::memcpy(bytes_.get() + begin, sorted_.data(), sorted_.size());
}

void canonical_writer::fold(std::size_t begin, char tag) {
  const XXH128_hash_t digest = XXH3_128bits_withSeed(bytes_.get() + begin, size_ - begin, seed_);
  size_ = begin;
  char* to = grow(1 + k_digest_bytes);
  *to++ = tag;
  store(to, digest);
}

void canonical_writer::fold_if_long(std::size_t begin, char tag) {
  if (size_ - begin > k_inline_bytes_max) {
    fold(begin, tag);
  }
}

void canonical_writer::fold_running_array(std::size_t begin) {
  if (size_ - begin > k_running_array_bytes_max) {
    fold(begin, 'F');
  }
}

hash_128 canonical_writer::hash() const noexcept {
  const XXH128_hash_t digest = XXH3_128bits_withSeed(bytes_.get(), size_, seed_);
  return hash_128{digest.high64, digest.low64};
}

} // namespace inferenceflow::wire::openai
