/// A file that is seen under its name only when it is complete and on disk.
///
/// Role:      everything that the gateway and its commands leave for others to read is written through it.
/// Lifecycle: begin() → append()* → commit(). Destroyed uncommitted, it leaves nothing, and the older file as it was.
/// Threading: one thread at a time; blocks on the disk, so never an event loop's.
/// Bounds:    what append() is given, plus at most k_held_bytes held back to write in larger pieces.
#pragma once

#include "base/error.h"
#include "files/descriptor.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::files {

/// Who may read the file, as in chmod(2).
enum class readable_by : std::uint16_t {
  owner = 0600,
  everybody = 0644,
};

class pending_file {
public:
  static constexpr std::size_t k_held_bytes = std::size_t{64} << 10U;

  /// Opens `path`.writing. What an interrupted writer left there is replaced; a link put there by somebody is not
  /// followed.
  /// @param path  its last part may exist as a file, not as a folder or a device.
  /// @returns error::unavailable  the folder is missing, not writable, or full. Errors of all functions name the path.
  [[nodiscard]] static result<pending_file> begin(const std::string& path, readable_by who = readable_by::everybody);

  pending_file(pending_file&&) noexcept;
  pending_file& operator=(pending_file&&) = delete;
  pending_file(const pending_file&) = delete;
  pending_file& operator=(const pending_file&) = delete;
  ~pending_file();

  /// @returns error::unavailable  disk full or broken; the file can only be destroyed then.
  [[nodiscard]] result<void> append(std::string_view bytes);

  /// Waits for the disk (file and folder) and takes the place of an older file. The last call.
  /// @returns error::unavailable  as append(); the older file is as it was.
  [[nodiscard]] result<void> commit();

private:
  pending_file(std::string path, descriptor file);
  [[nodiscard]] std::string temporary() const { return path_ + ".writing"; }
  [[nodiscard]] result<void> write_all(std::string_view bytes);

  std::string path_;
  descriptor file_;
  std::string held_;
  bool unfinished_ = true;
};

/// begin(), append() and commit() in one.
[[nodiscard]] result<void> replace_file(const std::string& path, std::string_view bytes,
                                        readable_by who = readable_by::everybody);

} // namespace inferenceflow::files
