/// Canonical bytes of a JSON document, written while it is read, and their 128-bit hash.
///
/// Role:      request_scanner; two documents with the same meaning give the same bytes, two with different meaning
///            never do (every value carries its type and length; see docs in canonical_writer.cpp).
/// Lifecycle: reused for document after document: clear(), write, hash().
/// Threading: not thread-safe; one per scanner.
/// Bounds:    memory: arrays and long strings are folded into digests, so the bytes of a document stay near its own
///            size; what exceeds k_kept_bytes is released by clear().
/// Source:    RFC 8785 for the idea; XXH3 (xxHash 0.8), not a cryptographic hash: keep the seed secret per tenant
///            where callers of one scope do not trust each other.
#pragma once

#include "wire/json/reader.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::wire::openai {

struct hash_128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const hash_128&, const hash_128&) = default;
};

class canonical_writer {
public:
  /// Forgets everything and starts with `prefix`, which is part of the hash. `seed` goes into every digest.
  void clear(std::string_view prefix, std::uint64_t seed);

  /// Reads any value from `in` and writes it. @returns false on a fault, see in.failure().
  [[nodiscard]] bool value(json::reader& in);
  /// Reads a string and writes it.
  /// @param plain  set to the decoded text; valid until the next call.
  [[nodiscard]] bool string(json::reader& in, std::string_view& plain);
  /// Reads a number and writes it.
  [[nodiscard]] bool number(json::reader& in, json::number& out);

  /// Reads an object; member(std::string_view key) reads and writes the value of each, in the document's order. A
  /// member that writes nothing is left out. Duplicate keys are a fault. `key` is valid until member() reads on.
  template <class F> [[nodiscard]] bool object(json::reader& in, F&& member);
  /// Reads an array; element(std::size_t index) reads and writes each.
  template <class F> [[nodiscard]] bool array(json::reader& in, F&& element);

  /// Stands for a value that was left out on purpose; equal to no value.
  void gap() { put('T'); }

  /// For leaving something out again: position() before, rewind() after.
  [[nodiscard]] std::size_t position() const noexcept { return size_; }
  void rewind(std::size_t position) noexcept { size_ = position; }

  [[nodiscard]] hash_128 hash() const noexcept;

private:
  struct member_span {
    std::uint32_t begin;         ///< of the key
    std::uint32_t end;           ///< of the value
    std::uint32_t source_offset; ///< of the key in the document
  };

  char* grow(std::size_t bytes);
  void put(char tag) { *grow(1) = tag; }
  void put_string(std::string_view plain);
  void put_number(const json::number& number);
  [[nodiscard]] bool decode(json::reader& in, const json::text& piece, std::string_view& plain);
  [[nodiscard]] std::string_view key_at(std::uint32_t begin) const noexcept;
  [[nodiscard]] bool key_less(const member_span& a, const member_span& b) const noexcept;
  void close_member(std::size_t begin, std::size_t key_end, std::size_t source_offset);
  [[nodiscard]] bool sort_members(json::reader& in, std::size_t first, std::size_t begin);
  void reorder(std::size_t first, std::size_t begin);
  void fold(std::size_t begin, char tag);
  void fold_if_long(std::size_t begin, char tag);
  void fold_running_array(std::size_t begin);

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::uint64_t seed_ = 0;
  std::string decoded_;
  std::string sorted_;
  std::vector<member_span> members_; ///< a stack: an object's members lie above those of the objects around it
};

template <class F> bool canonical_writer::object(json::reader& in, F&& member) {
  const std::size_t begin = size_;
  const std::size_t first = members_.size();
  put('{');
  const bool read = in.read_object([&](const json::text& piece) {
    std::string_view key;
    if (!decode(in, piece, key)) {
      return false;
    }
    const std::size_t member_begin = size_;
    put_string(key);
    const std::size_t key_end = size_;
    const std::size_t source_offset = in.offset_of(piece.raw);
    if (!member(key)) {
      return false;
    }
    close_member(member_begin, key_end, source_offset);
    return true;
  });
  if (!read || !sort_members(in, first, begin + 1)) {
    return false;
  }
  members_.resize(first);
  put('}');
  fold_if_long(begin, 'O');
  return true;
}

template <class F> bool canonical_writer::array(json::reader& in, F&& element) {
  const std::size_t begin = size_;
  put('[');
  const bool read = in.read_array([&](std::size_t index) {
    if (!element(index)) {
      return false;
    }
    fold_running_array(begin + 1);
    return true;
  });
  if (!read) {
    return false;
  }
  put(']');
  fold_if_long(begin, 'A');
  return true;
}

} // namespace inferenceflow::wire::openai
