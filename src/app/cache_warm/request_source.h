/// Where requests come from: lines of a file or of standard input, or a ledger.
///
/// Role:      warmer takes one after the other.
/// Lifecycle: opened by the command; next() until nothing comes; destroyed.
/// Threading: one event loop; cancel() on it too.
/// Bounds:    those of line_splitter; a ledger's requests are read one by one.
#pragma once

#include "app/cache_warm/warm_line.h"
#include "net/task.h"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace inferenceflow::app::cache_warm {

struct sourced {
  double reached = -1; ///< share of everything that lies before its end; below 0 when nobody knows
  result<warm_request> request = warm_request{}; ///< or, as invalid_request, what is wrong with it: it is skipped
};

class request_source {
public:
  virtual ~request_source() = default;
  /// @returns nothing at the end, or after cancel(); unavailable when reading fails: there will be no more.
  /// Cancellation: by cancel().
  [[nodiscard]] virtual net::task<result<std::optional<sourced>>> next() = 0;
  /// Wakes a next() that waits for input.
  virtual void cancel() {}
};

/// @param path   "-" is standard input. @param model  as in read_warm_line().
/// @returns invalid_request naming the file that cannot be read.
[[nodiscard]] result<std::unique_ptr<request_source>> open_lines(boost::asio::io_context& context,
                                                                 const std::string& path, std::string model);

/// The requests that came most often, of those that came at `since_ms` (Unix time) or later.
/// @returns invalid_request naming the ledger that cannot be read, or keeps no requests.
[[nodiscard]] result<std::unique_ptr<request_source>> open_ledger(const std::string& path, std::int64_t since_ms,
                                                                  std::size_t requests_max);

} // namespace inferenceflow::app::cache_warm
