/// A file on its way: beside its final name until it is whole, so that nobody ever finds half a model.
///
/// Role:      the download writes into one.
/// Lifecycle: open() → begin() → append()* → finish(), or discard(), or neither: then the next open() finds it.
/// Threading: one thread; blocks on the disk.
/// Bounds:    one descriptor; a second process that wants the same file is refused.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::app::models {

class part_file {
public:
  /// Takes up `final`.part if there is one that came from `origin`, and creates folder and file if not.
  /// @param origin  the address that it comes from.
  /// @returns conflict when another process writes it; internal when the disk refuses: the message says what.
  [[nodiscard]] static result<part_file> open(const std::filesystem::path& final, const std::string& origin);
  part_file(part_file&&) noexcept;
  part_file& operator=(part_file&&) = delete;
  ~part_file();

  [[nodiscard]] std::uint64_t bytes() const;
  /// As the server named the version that the bytes are of; empty when it did not.
  [[nodiscard]] const std::string& etag() const;

  /// What follows is of this version. @param keep  false: forget what has arrived.
  [[nodiscard]] result<void> begin(const std::string& etag, bool keep);
  /// @returns internal when the disk has no room for a file of `total` bytes, naming both.
  [[nodiscard]] std::optional<error> check_room(std::uint64_t total) const;
  /// @returns internal when the disk is full or refuses; what was written before is kept.
  [[nodiscard]] result<void> append(std::string_view bytes);
  /// The first bytes, at most `count`.
  [[nodiscard]] std::string first(std::size_t count) const;
  /// Of all bytes so far, as lower-case hex. Ends the hashing.
  [[nodiscard]] std::string sha256();

  /// Everything is on disk under the final name, or nothing of it.
  [[nodiscard]] result<void> finish();
  /// Removes what has arrived.
  void discard();

  /// The files that may lie beside `final`.
  [[nodiscard]] static std::filesystem::path part_of(const std::filesystem::path& final);
  [[nodiscard]] static std::filesystem::path origin_of(const std::filesystem::path& final);

private:
  class state;
  explicit part_file(std::unique_ptr<state> opened);
  std::unique_ptr<state> state_;
};

} // namespace inferenceflow::app::models
