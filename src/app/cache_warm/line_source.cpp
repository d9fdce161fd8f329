#include "app/cache_warm/line_splitter.h"
#include "app/cache_warm/request_source.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace inferenceflow::app::cache_warm {

namespace asio = boost::asio;

namespace {

constexpr std::size_t k_read_bytes = 64U << 10U;

std::string reason(int number) {
  return std::error_code(number, std::generic_category()).message();
}

class line_source final : public request_source {
public:
  line_source(asio::io_context& context, int descriptor, std::string name, std::string model, std::uint64_t bytes)
      : input_(context, descriptor)
      , name_(std::move(name))
      , model_(std::move(model))
      , bytes_(bytes) {}

  [[nodiscard]] net::task<result<std::optional<sourced>>> next() override {
    for (;;) {
      while (const auto line = lines_.next()) {
        auto read = read_line(*line);
        if (read) {
          co_return std::move(read);
        }
      }
      if (ended_) {
        co_return std::optional<sourced>{};
      }
      const auto [failure] =
          co_await input_.async_wait(asio::posix::descriptor_base::wait_read, asio::as_tuple(asio::deferred));
      if (cancelled_) {
        co_return std::optional<sourced>{};
      }
      // Files cannot be waited for, and need not be.
      if (failure && failure != asio::error::operation_not_supported) {
        co_return broken(failure.message());
      }
      if (const int number = read_more(); number != 0) {
        co_return broken(reason(number));
      }
    }
  }

  void cancel() override {
    cancelled_ = true;
    input_.cancel();
  }

private:
  [[nodiscard]] error broken(const std::string& why) const {
    return make_error(error_kind::unavailable, fmt::format("{}: cannot be read: {}", name_, why));
  }

  /// @returns nothing for a blank line.
  [[nodiscard]] std::optional<sourced> read_line(const text_line& line) const {
    sourced got;
    got.reached = bytes_ == 0 ? -1 : static_cast<double>(lines_.taken()) / static_cast<double>(bytes_);
    if (line.too_long) {
      got.request = make_error(error_kind::invalid_request,
                               fmt::format("{}:{}: longer than {} MiB", name_, line.number, k_line_bytes_max >> 20U));
      return got;
    }
    auto read = read_warm_line(line.text, model_);
    if (!read) {
      error why = read.error();
      why.message = fmt::format("{}:{}: {}", name_, line.number, why.message);
      got.request = std::move(why);
    } else if (*read) {
      got.request = std::move(**read);
    } else {
      return std::nullopt;
    }
    return got;
  }

  /// @returns the number of the failure, or 0.
  [[nodiscard]] int read_more() {
    std::array<char, k_read_bytes> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    const ssize_t count = ::read(input_.native_handle(), buffer.data(), buffer.size());
    if (count < 0) {
      return errno == EINTR || errno == EAGAIN ? 0 : errno;
    }
    if (count == 0) {
      lines_.finish();
      ended_ = true;
      // next() goes on with the last line
    }
    lines_.feed({buffer.data(), static_cast<std::size_t>(count)});
    return 0;
  }

  asio::posix::basic_stream_descriptor<net::loop_executor> input_;
  std::string name_;
  std::string model_;
  std::uint64_t bytes_; ///< 0 when nobody knows
  line_splitter lines_;
  bool ended_ = false;
  bool cancelled_ = false;
};

} // namespace

result<std::unique_ptr<request_source>> open_lines(asio::io_context& context, const std::string& path,
                                                   std::string model) {
  const bool standard = path == "-";
  const std::string name = standard ? "standard input" : path;
  // A copy of standard input, since the source closes what it reads.
  const int descriptor =
      standard ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat about {};
  if (descriptor < 0 || ::fstat(descriptor, &about) != 0) {
    return make_error(error_kind::invalid_request, fmt::format("{}: cannot be opened: {}", name, reason(errno)));
  }
  if (S_ISDIR(about.st_mode)) {
    ::close(descriptor);
    return make_error(error_kind::invalid_request, fmt::format("{}: is a folder, not a file of requests", name));
  }
  const std::uint64_t bytes = S_ISREG(about.st_mode) ? static_cast<std::uint64_t>(about.st_size) : 0;
  return std::unique_ptr<request_source>(
      std::make_unique<line_source>(context, descriptor, name, std::move(model), bytes));
}

} // namespace inferenceflow::app::cache_warm
