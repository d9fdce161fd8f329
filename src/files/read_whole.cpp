#include "files/read_whole.h"

#include "files/descriptor.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace inferenceflow::files {

namespace {

constexpr std::size_t k_step_bytes = std::size_t{64} << 10U;

error failed() {
  const int code = errno;
  if (code == EISDIR) {
    return make_error(error_kind::invalid_request, "is a folder");
  }
  return make_error(code == ENOENT ? error_kind::not_found : error_kind::unavailable,
                    fmt::format("cannot be read: {}", std::strerror(code)));
}

} // namespace

result<std::string> read_whole(const std::string& path, std::size_t bytes_max) {
  // O_NONBLOCK: opening a pipe must not wait for a writer. Reading one that has a writer may.
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat about {};
  if (!file.open() || ::fstat(file.number(), &about) != 0 || ::fcntl(file.number(), F_SETFL, 0) != 0) {
    return failed();
  }
  std::string text;
  std::size_t used = 0;
  // The size is a hint: a pipe has none, and a file may grow meanwhile.
  const auto hint = S_ISREG(about.st_mode) ? static_cast<std::size_t>(about.st_size) + 1 : k_step_bytes;
  for (std::size_t room = std::min(hint, bytes_max + 1);; room = std::min(used + k_step_bytes, bytes_max + 1)) {
    text.resize(std::max(room, used));
    const auto got = ::read(file.number(), text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return failed();
    }
    used += static_cast<std::size_t>(got);
    if (used > bytes_max) {
      return make_error(error_kind::invalid_request, fmt::format("is longer than {} bytes", bytes_max));
    }
    if (got == 0) {
      text.resize(used);
      return text;
    }
  }
}

} // namespace inferenceflow::files
