/// The bytes of a saved index: written to a file that replaces the old one at once, read back with nothing believed.
///
/// Role:      vector_index saves and loads through these; rows and graphs write and read their own parts.
/// Lifecycle: writer: fill → index_file::append → commit. Reader: open → read parts → finish.
/// Threading: one thread each.
/// Bounds:    a reader allocates nothing by itself; has() lets its callers refuse a count before they allocate for it.
/// Source:    XXH3, 128 bits (docs/adr/0009-xxhash.md), over everything before the checksum.
///
/// Numbers stand as this machine holds them; the first one tells a machine of another byte order.
#pragma once

#include "base/error.h"
#include "files/descriptor.h"
#include "files/pending_file.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

struct XXH3_state_s; // the library's own name

namespace inferenceflow::vectors {

/// One part of the file, in memory: what is copied while a scope is locked, so that no disk is waited for under a lock.
class index_writer {
public:
  void bytes(const void* data, std::size_t count);
  template <class number_type> void number(std::type_identity_t<number_type> value) { bytes(&value, sizeof value); }

  [[nodiscard]] const std::vector<std::byte>& content() const { return content_; }
  void clear() { content_.clear(); }
  void reserve(std::size_t count) { content_.reserve(count); }

private:
  std::vector<std::byte> content_;
};

/// A running checksum.
class checksum {
public:
  struct value {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    friend bool operator==(const value&, const value&) = default;
  };

  checksum();
  void add(const void* data, std::size_t count);
  [[nodiscard]] value current() const;

private:
  struct release {
    void operator()(XXH3_state_s* state) const noexcept;
  };
  std::unique_ptr<XXH3_state_s, release> state_;
};

/// A file that is seen under its name only when it is complete and on disk. Destroyed uncommitted, it leaves nothing.
class index_file {
public:
  /// Opens `path`.writing, readable by the owner alone: vectors tell much about the prompts they were made from.
  /// @returns error::unavailable  the folder is missing, not writable, or full
  [[nodiscard]] static result<index_file> create(const std::string& path);

  /// Blocks until the kernel took the bytes. @returns error::unavailable  disk full or broken
  [[nodiscard]] result<void> append(const index_writer& part);

  /// Adds the checksum, waits for the disk (file and folder) and takes the place of an older file.
  [[nodiscard]] result<void> commit();

private:
  explicit index_file(files::pending_file file)
      : file_{std::move(file)} {}

  files::pending_file file_;
  checksum sum_;
};

/// Reads a file from front to back.
class index_reader {
public:
  /// @returns error::not_found        no such file
  /// @returns error::unavailable      it cannot be read, or is no regular file
  [[nodiscard]] static result<index_reader> open(const std::string& path);

  /// @returns false when the file ends before `count` bytes (the checksum does not count) or cannot be read.
  [[nodiscard]] bool bytes(void* into, std::size_t count);
  template <class number_type> [[nodiscard]] bool number(number_type& into) { return bytes(&into, sizeof into); }

  /// Whether `count` things of `bytes_each` can still follow; no overflow.
  [[nodiscard]] bool has(std::uint64_t count, std::size_t bytes_each) const;

  /// Compares the checksum and looks that nothing follows it; call after the last part.
  [[nodiscard]] result<void> finish();

  /// error::invalid_request that says where and what.
  [[nodiscard]] error fault(const std::string& what) const;

private:
  index_reader(files::descriptor file, std::uint64_t size);
  [[nodiscard]] bool raw(void* into, std::size_t count);
  [[nodiscard]] std::uint64_t remaining() const;

  files::descriptor file_;
  std::uint64_t size_;         ///< of the file
  std::uint64_t position_ = 0; ///< bytes handed out
  std::vector<std::byte> buffer_;
  std::size_t buffer_next_ = 0;
  checksum sum_;
};

} // namespace inferenceflow::vectors
