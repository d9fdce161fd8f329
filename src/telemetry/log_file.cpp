#include "telemetry/log_file.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace inferenceflow::telemetry {
namespace {

constexpr std::chrono::seconds k_write_interval{1};
constexpr int k_poll_ms = 100;
constexpr std::size_t k_pipe_bytes = PIPE_BUF; // what a pipe that is ready takes without blocking

bool is_regular_file(int descriptor) {
  struct stat info {};
  return ::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
}

// A line per dropped batch would itself be dropped; the writer adds it to what it writes.
std::string dropped_line(std::uint64_t lines) {
  std::string text;
  const log_field fields[] = {{"lines", lines}};
  format_log_line(text, std::chrono::system_clock::now(), log_level::warn, "log lines dropped: the reader is too slow",
                  fields);
  return text;
}

class descriptor_sink final : public log_sink {
public:
  descriptor_sink(int descriptor, bool owned)
      : descriptor_(descriptor)
      , owned_(owned)
      , regular_file_(is_regular_file(descriptor)) {
    writer_ = std::thread([this] { run(); });
  }
  ~descriptor_sink() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    writer_.join();
    if (owned_) {
      ::close(descriptor_);
    }
  }
  descriptor_sink(const descriptor_sink&) = delete;
  descriptor_sink& operator=(const descriptor_sink&) = delete;

  void append(std::string_view lines, bool urgent) override {
    bool wake = urgent;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() + lines.size() > k_log_buffer_bytes_max) {
        ++dropped_;
        return;
      }
      const auto before = waiting_.size();
      waiting_ += lines;
      wake = wake || (before < k_log_batch_bytes && waiting_.size() >= k_log_batch_bytes);
      urgent_ = urgent_ || wake;
    }
    if (wake) {
      wake_.notify_one();
    }
  }

  void flush() override {
    std::unique_lock lock(mutex_);
    const auto wanted = ++flush_wanted_;
    urgent_ = true;
    wake_.notify_one();
    flushed_.wait(lock, [&] { return flush_done_ >= wanted; });
  }

private:
  void run() {
    block_sigpipe();
    std::string batch;
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait_for(lock, k_write_interval, [this] { return stopping_ || urgent_; });
      urgent_ = false;
      const bool last = stopping_;
      const auto flushing = flush_wanted_;
      batch.swap(waiting_);
      if (const auto dropped = std::exchange(dropped_, 0); dropped > 0) {
        batch += dropped_line(dropped);
      }
      lock.unlock();
      write_all(batch);
      batch.clear();
      if (batch.capacity() > 4 * k_log_batch_bytes) {
        batch.shrink_to_fit(); // a burst must not hold its memory for ever
      }
      lock.lock();
      flush_done_ = flushing;
      flushed_.notify_all();
      if (last) {
        return;
      }
    }
  }

  static void block_sigpipe() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
  }

  // A reader that went away must not stop the process: what cannot be written is lost, the next batch tries again. A
  // reader that stalls must not stop the shutdown: into a pipe goes at most what poll() says will not block.
  void write_all(std::string_view text) {
    while (!text.empty()) {
      if (!regular_file_) {
        pollfd ready{descriptor_, POLLOUT, 0};
        if (::poll(&ready, 1, k_poll_ms) == 0) {
          if (stopping_now()) {
            return;
          }
          continue;
        }
      }
      const auto written =
          ::write(descriptor_, text.data(), regular_file_ ? text.size() : std::min(text.size(), k_pipe_bytes));
      if (written > 0) {
        text.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno != EINTR && errno != EAGAIN) {
        return;
      }
    }
  }

  bool stopping_now() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  const int descriptor_;
  const bool owned_;
  const bool regular_file_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable flushed_;
  std::string waiting_;
  std::uint64_t dropped_ = 0;
  std::uint64_t flush_wanted_ = 0;
  std::uint64_t flush_done_ = 0;
  bool urgent_ = false;
  bool stopping_ = false;
  std::thread writer_;
};

} // namespace

std::unique_ptr<log_sink> log_to_descriptor(int descriptor, bool owned) {
  return std::make_unique<descriptor_sink>(descriptor, owned);
}

result<std::unique_ptr<log_sink>> open_log_file(const std::string& path) {
  if (path == "-") {
    return log_to_descriptor(STDOUT_FILENO, false);
  }
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) {
    return make_error(error_kind::unavailable, "log file " + path + " cannot be opened: " + std::strerror(errno),
                      "log.file");
  }
  return log_to_descriptor(descriptor, true);
}

} // namespace inferenceflow::telemetry
