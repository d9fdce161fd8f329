#include "files/pending_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <utility>

namespace inferenceflow::files {

namespace {

error failed(const char* doing, const std::string& path) {
  const int code = errno;
  return make_error(error_kind::unavailable, fmt::format("cannot {} {}: {}", doing, path, std::strerror(code)));
}

/// Without it a power cut could take the new name away again.
void sync_folder_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path().string();
  const descriptor folder{::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (folder.open()) {
    ::fsync(folder.number()); // some file systems refuse this; the file itself is safe
  }
}

} // namespace

result<pending_file> pending_file::begin(const std::string& path, readable_by who) {
  struct stat about {};
  if (::stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode)) {
    return make_error(error_kind::unavailable, fmt::format("{} is no regular file", path));
  }
  const std::string name = path + ".writing";
  descriptor file{
      ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, static_cast<mode_t>(who))};
  if (!file.open()) {
    return failed("create", name);
  }
  return pending_file{path, std::move(file)};
}

pending_file::pending_file(std::string path, descriptor file)
    : path_(std::move(path))
    , file_(std::move(file)) {}

pending_file::pending_file(pending_file&& other) noexcept
    : path_(std::move(other.path_))
    , file_(std::move(other.file_))
    , held_(std::move(other.held_))
    , unfinished_(std::exchange(other.unfinished_, false)) {}

pending_file::~pending_file() {
  if (unfinished_) {
    ::unlink(temporary().c_str());
  }
}

result<void> pending_file::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file_.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return failed("write", temporary());
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

result<void> pending_file::append(std::string_view bytes) {
  if (held_.size() + bytes.size() < k_held_bytes) {
    held_.append(bytes);
    return {};
  }
  if (auto written = write_all(held_); !written) {
    return written;
  }
  held_.clear();
  return write_all(bytes);
}

result<void> pending_file::commit() {
  if (auto written = write_all(held_); !written) {
    return written;
  }
  held_.clear();
  // Without the first fsync a power cut could leave the new name on an empty file.
  if (::fsync(file_.number()) != 0 || ::rename(temporary().c_str(), path_.c_str()) != 0) {
    return failed("finish", temporary());
  }
  unfinished_ = false;
  sync_folder_of(path_);
  return {};
}

result<void> replace_file(const std::string& path, std::string_view bytes, readable_by who) {
  auto file = pending_file::begin(path, who);
  if (!file) {
    return file.error();
  }
  if (auto written = file->append(bytes); !written) {
    return written;
  }
  return file->commit();
}

} // namespace inferenceflow::files
