#include "app/models/part_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace inferenceflow::app::models {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_block_bytes = 1U << 20U;

error disk(const fs::path& path, std::string_view what) {
  return make_error(error_kind::internal, fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)));
}

class hasher {
public:
  hasher()
      : context_(EVP_MD_CTX_new()) {
    restart();
  }
  ~hasher() { EVP_MD_CTX_free(context_); }
  hasher(const hasher&) = delete;
  hasher& operator=(const hasher&) = delete;

  void restart() { EVP_DigestInit_ex(context_, EVP_sha256(), nullptr); }
  void add(std::string_view bytes) { EVP_DigestUpdate(context_, bytes.data(), bytes.size()); }
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> made{};
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_, made.data(), &size);
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
      text += fmt::format("{:02x}", made[i]);
    }
    return text;
  }

private:
  EVP_MD_CTX* context_;
};

} // namespace

class part_file::state {
public:
  explicit state(fs::path final, std::string origin)
      : final_(std::move(final))
      , part_(part_of(final_))
      , origin_file_(origin_of(final_))
      , origin_(std::move(origin)) {}
  ~state() {
    if (descriptor_ >= 0) {
      ::close(descriptor_); // and with it the lock
    }
  }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  result<void> open() {
    std::error_code failure;
    fs::create_directories(final_.parent_path(), failure);
    descriptor_ = ::open(part_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) {
      return disk(part_, "write");
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 || !is_still_there()) {
      return make_error(error_kind::conflict, fmt::format("{} is being written by another process", part_.string()));
    }
    return comes_from_here() ? read_back() : begin({}, false);
  }

  result<void> begin(const std::string& etag, bool keep) {
    etag_ = etag;
    if (!keep) {
      if (::ftruncate(descriptor_, 0) != 0 || ::lseek(descriptor_, 0, SEEK_SET) != 0) {
        return disk(part_, "empty");
      }
      bytes_ = 0;
      hash_.restart();
    }
    std::ofstream note{origin_file_, std::ios::trunc};
    note << origin_ << '\n' << etag_ << '\n';
    note.close();
    return note ? result<void>{} : disk(origin_file_, "write");
  }

  result<void> append(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) {
        continue;
      }
      if (written < 0) {
        return disk(part_, "write");
      }
      const auto count = static_cast<std::size_t>(written);
      hash_.add(bytes.substr(0, count));
      bytes_ += count;
      bytes.remove_prefix(count);
    }
    return {};
  }

  result<void> finish() {
    if (::fsync(descriptor_) != 0) {
      return disk(part_, "write");
    }
    if (std::rename(part_.c_str(), final_.c_str()) != 0) {
      return disk(final_, "rename to");
    }
    std::error_code ignored;
    fs::remove(origin_file_, ignored);
    // The new name must survive a power cut, too.
    const int folder = ::open(final_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
      ::fsync(folder);
      ::close(folder);
    }
    return {};
  }

  std::optional<error> check_room(std::uint64_t total) const {
    std::error_code failure;
    const auto free = fs::space(final_.parent_path(), failure).available;
    if (failure || total <= bytes_ || free >= total - bytes_) {
      return std::nullopt;
    }
    return make_error(error_kind::internal, fmt::format("no room in {}: {} more bytes are needed, {} are free",
                                                        final_.parent_path().string(), total - bytes_, free));
  }

  void discard() const {
    std::error_code ignored;
    fs::remove(part_, ignored);
    fs::remove(origin_file_, ignored);
  }

  std::string first(std::size_t count) const {
    std::string bytes(count, '\0');
    const auto got = ::pread(descriptor_, bytes.data(), count, 0);
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] const std::string& etag() const { return etag_; }
  [[nodiscard]] std::string sha256() { return hash_.hex(); }

private:
  /// False when who had the lock before has renamed the file to its final name since we opened it.
  [[nodiscard]] bool is_still_there() const {
    struct stat ours {};
    struct stat named {};
    return ::fstat(descriptor_, &ours) == 0 && ::stat(part_.c_str(), &named) == 0 && ours.st_ino == named.st_ino;
  }

  bool comes_from_here() {
    std::ifstream note{origin_file_};
    std::string origin;
    return std::getline(note, origin) && origin == origin_ && (std::getline(note, etag_) || etag_.empty());
  }

  result<void> read_back() {
    std::string block(k_block_bytes, '\0');
    for (;;) {
      const auto got = ::read(descriptor_, block.data(), block.size());
      if (got < 0) {
        return disk(part_, "read");
      }
      if (got == 0) {
        return {};
      }
      const auto count = static_cast<std::size_t>(got);
      hash_.add({block.data(), count});
      bytes_ += count;
    }
  }

  fs::path final_;
  fs::path part_;
  fs::path origin_file_;
  std::string origin_;
  std::string etag_;
  int descriptor_ = -1;
  std::uint64_t bytes_ = 0;
  hasher hash_;
};

part_file::part_file(std::unique_ptr<state> opened)
    : state_(std::move(opened)) {}
part_file::part_file(part_file&&) noexcept = default;
part_file::~part_file() = default;

result<part_file> part_file::open(const fs::path& final, const std::string& origin) {
  auto made = std::make_unique<state>(final, origin);
  if (auto opened = made->open(); !opened) {
    return opened.error();
  }
  return part_file{std::move(made)};
}

std::uint64_t part_file::bytes() const {
  return state_->bytes();
}
const std::string& part_file::etag() const {
  return state_->etag();
}
result<void> part_file::begin(const std::string& etag, bool keep) {
  return state_->begin(etag, keep);
}
result<void> part_file::append(std::string_view bytes) {
  return state_->append(bytes);
}
std::optional<error> part_file::check_room(std::uint64_t total) const {
  return state_->check_room(total);
}
std::string part_file::first(std::size_t count) const {
  return state_->first(count);
}
std::string part_file::sha256() {
  return state_->sha256();
}
result<void> part_file::finish() {
  return state_->finish();
}
void part_file::discard() {
  state_->discard();
}

fs::path part_file::part_of(const fs::path& final) {
  return final.string() + ".part";
}
fs::path part_file::origin_of(const fs::path& final) {
  return final.string() + ".part.from";
}

} // namespace inferenceflow::app::models
