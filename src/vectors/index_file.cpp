#include "vectors/index_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <xxhash.h>

namespace inferenceflow::vectors {

namespace {

constexpr std::size_t k_read_bytes = 1U << 20U;
constexpr mode_t k_owner_only = 0600;

error io_error(const char* doing, const std::string& path) {
  const int code = errno;
  return make_error(code == ENOENT ? error_kind::not_found : error_kind::unavailable,
                    fmt::format("{} {}: {}", doing, path, std::strerror(code)));
}

} // namespace

void index_writer::bytes(const void* data, std::size_t count) {
  const auto* from = static_cast<const std::byte*>(data);
  content_.insert(content_.end(), from, from + count);
}

void checksum::release::operator()(XXH3_state_s* state) const noexcept {
  XXH3_freeState(state);
}

checksum::checksum()
    : state_{XXH3_createState()} {
  XXH3_128bits_reset(state_.get());
}

void checksum::add(const void* data, std::size_t count) {
  XXH3_128bits_update(state_.get(), data, count);
}

checksum::value checksum::current() const {
  const auto digest = XXH3_128bits_digest(state_.get());
  return {.high = digest.high64, .low = digest.low64};
}

result<index_file> index_file::create(const std::string& path) {
  index_file file{path, -1};
  const auto name = file.temporary();
  // A rest of an interrupted save is replaced; a link put there by somebody else is not followed.
  file.descriptor_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, k_owner_only);
  if (file.descriptor_ < 0) {
    auto failure = io_error("cannot create", name);
    failure.kind = error_kind::unavailable;
    return failure;
  }
  return file;
}

index_file::index_file(std::string path, int descriptor)
    : path_{std::move(path)}
    , descriptor_{descriptor} {}

index_file::index_file(index_file&& other) noexcept
    : path_{std::move(other.path_)}
    , descriptor_{std::exchange(other.descriptor_, -1)}
    , sum_{std::move(other.sum_)} {}

index_file::~index_file() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
    ::unlink(temporary().c_str());
  }
}

result<void> index_file::append(const index_writer& part) {
  sum_.add(part.content().data(), part.content().size());
  return write_all(part.content().data(), part.content().size());
}

result<void> index_file::write_all(const void* data, std::size_t count) {
  const auto* next = static_cast<const char*>(data);
  while (count > 0) {
    const auto written = ::write(descriptor_, next, count);
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return io_error("cannot write", temporary());
    }
    next += written;
    count -= static_cast<std::size_t>(written);
  }
  return {};
}

result<void> index_file::commit() {
  const auto sum = sum_.current();
  if (auto written = write_all(&sum, sizeof sum); !written) {
    return written;
  }
  // Without the first fsync a power cut could leave the new name on an empty file.
  if (::fsync(descriptor_) != 0 || ::rename(temporary().c_str(), path_.c_str()) != 0) {
    return io_error("cannot finish", temporary());
  }
  ::close(std::exchange(descriptor_, -1));
  auto folder = std::filesystem::path(path_).parent_path().string();
  if (folder.empty()) {
    folder = ".";
  }
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened >= 0) {
    ::fsync(opened); // some file systems refuse this; the file itself is safe
    ::close(opened);
  }
  return {};
}

result<index_reader> index_reader::open(const std::string& path) {
  // O_NONBLOCK: opening a pipe must not wait for a writer.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    return io_error("cannot open", path);
  }
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return make_error(error_kind::unavailable, fmt::format("{} is no regular file", path));
  }
  return index_reader{descriptor, static_cast<std::uint64_t>(status.st_size)};
}

index_reader::index_reader(int descriptor, std::uint64_t size)
    : descriptor_{descriptor}
    , size_{size} {}

index_reader::index_reader(index_reader&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)}
    , size_{other.size_}
    , position_{other.position_}
    , buffer_{std::move(other.buffer_)}
    , buffer_next_{other.buffer_next_}
    , sum_{std::move(other.sum_)} {}

index_reader::~index_reader() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

std::uint64_t index_reader::remaining() const {
  const std::uint64_t end = size_ < sizeof(checksum::value) ? 0 : size_ - sizeof(checksum::value);
  return end > position_ ? end - position_ : 0;
}

bool index_reader::has(std::uint64_t count, std::size_t bytes_each) const {
  return bytes_each == 0 || count <= remaining() / bytes_each;
}

bool index_reader::bytes(void* into, std::size_t count) {
  if (!has(count, 1) || !raw(into, count)) {
    return false;
  }
  sum_.add(into, count);
  return true;
}

bool index_reader::raw(void* into, std::size_t count) {
  auto* next = static_cast<std::byte*>(into);
  while (count > 0) {
    if (buffer_next_ == buffer_.size()) {
      buffer_.resize(k_read_bytes);
      buffer_next_ = 0;
      const auto got = ::read(descriptor_, buffer_.data(), buffer_.size());
      if (got < 0 && errno == EINTR) {
        buffer_.clear();
        continue;
      }
      buffer_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
      if (got <= 0) {
        return false;
      }
    }
    const auto part = std::min(count, buffer_.size() - buffer_next_);
    std::memcpy(next, buffer_.data() + buffer_next_, part);
    buffer_next_ += part;
    position_ += part;
    next += part;
    count -= part;
  }
  return true;
}

result<void> index_reader::finish() {
  if (remaining() != 0) {
    return fault("bytes follow the last part");
  }
  checksum::value stored;
  if (!raw(&stored, sizeof stored)) {
    return fault("the checksum is cut off");
  }
  if (stored != sum_.current()) {
    return fault("the checksum does not match what was read");
  }
  return {};
}

error index_reader::fault(const std::string& what) const {
  return make_error(error_kind::invalid_request, fmt::format("byte {}: {}", position_, what));
}

} // namespace inferenceflow::vectors
