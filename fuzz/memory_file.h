/// A file without a disk, for readers that take a path.
///
/// Role:      targets of files: a run is thousands of them in a second.
/// Lifecycle: construct with the content → path() while it lives.
/// Threading: single-threaded.
/// Bounds:    one descriptor, and the content once more in memory.
/// Source:    memfd_create(2), proc(5).
#pragma once

#include "property.h"

#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace inferenceflow::fuzz {

class memory_file {
public:
  explicit memory_file(std::string_view content)
      : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    require(descriptor_ >= 0, "memory gives a file");
    while (!content.empty()) {
      const auto written = ::write(descriptor_, content.data(), content.size());
      require(written > 0, "a file in memory takes what is written");
      content.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  ~memory_file() { ::close(descriptor_); }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

private:
  int descriptor_;
};

} // namespace inferenceflow::fuzz
