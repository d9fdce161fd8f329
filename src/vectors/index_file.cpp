#include "vectors/index_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <xxhash.h>

namespace inferenceflow::vectors {

namespace {

constexpr std::size_t k_read_bytes = 1U << 20U;

error io_error(const char* doing, const std::string& path) {
  const int code = errno;
  return make_error(code == ENOENT ? error_kind::not_found : error_kind::unavailable,
                    fmt::format("{} {}: {}", doing, path, std::strerror(code)));
}

std::string_view bytes_of(const void* data, std::size_t count) {
  return {static_cast<const char*>(data), count};
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
  auto file = files::pending_file::begin(path, files::readable_by::owner);
  if (!file) {
    return file.error();
  }
  return index_file{std::move(*file)};
}

result<void> index_file::append(const index_writer& part) {
  sum_.add(part.content().data(), part.content().size());
  return file_.append(bytes_of(part.content().data(), part.content().size()));
}

result<void> index_file::commit() {
  const auto sum = sum_.current();
  if (auto written = file_.append(bytes_of(&sum, sizeof sum)); !written) {
    return written;
  }
  return file_.commit();
}

result<index_reader> index_reader::open(const std::string& path) {
  // O_NONBLOCK: opening a pipe must not wait for a writer.
  files::descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file.open()) {
    return io_error("cannot open", path);
  }
  struct stat status = {};
  if (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return make_error(error_kind::unavailable, fmt::format("{} is no regular file", path));
  }
  return index_reader{std::move(file), static_cast<std::uint64_t>(status.st_size)};
}

index_reader::index_reader(files::descriptor file, std::uint64_t size)
    : file_{std::move(file)}
    , size_{size} {}

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
      const auto got = ::read(file_.number(), buffer_.data(), buffer_.size());
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
