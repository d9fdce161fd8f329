/// Sends the requests of a source, at a pace, a few at a time.
///
/// Role:      the work of `inferenceflow cache warm`.
/// Lifecycle: construct → run() → destroy; finish() and abort() while it runs.
/// Threading: one event loop.
/// Bounds:    plan.concurrency requests on their way; k_retries_max retries and pauses of k_pause_max per request.
/// Source:    RFC 9110 §10.2.3 for Retry-After.
#pragma once

#include "app/cache_warm/connection.h"
#include "app/cache_warm/pace.h"
#include "app/cache_warm/request_source.h"
#include "app/cache_warm/tally.h"
#include "net/wake_event.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace inferenceflow::app::cache_warm {

inline constexpr int k_retries_max = 5;
/// Whoever is told to come back later than that does not wait: the request counts as failed.
inline constexpr std::chrono::minutes k_pause_max{5};

struct warm_plan {
  gateway_address gateway;
  double rate_per_s = 5;
  std::size_t concurrency = 2;
};

/// What happens on the way, for whoever shows it.
struct warm_news {
  std::function<void()> answered;                          ///< the tally has changed
  std::function<void(const std::string& problem)> skipped; ///< a line that is no request
  std::function<void(const std::string& reason, std::chrono::seconds wait)> paused;
};

class warmer {
public:
  /// Lifetime: all outlive it.
  warmer(boost::asio::io_context& context, const warm_plan& plan, request_source& source, const clock_source& clock,
         warm_news news);

  /// Until the source is at its end, nobody listens, or finish() was called, and nothing is on its way.
  /// @returns unavailable when the gateway or the source is not there, or no longer; the tally stands all the same.
  [[nodiscard]] net::task<result<void>> run();

  /// Sends nothing new; what is on its way ends.
  void finish();
  /// Breaks off what is on its way too.
  void abort();

  [[nodiscard]] const tally& counts() const noexcept { return tally_; }

private:
  [[nodiscard]] net::task<void> deliver(sourced job, connection& line);
  [[nodiscard]] net::task<void> send(connection& line, const warm_request& asked);
  /// Waits for the pace. @returns false when nothing more is to be sent.
  [[nodiscard]] net::task<bool> turn();
  [[nodiscard]] bool hold(const warm_answer& got, int attempt);
  void give_up(error why);

  boost::asio::io_context& context_;
  request_source& source_;
  warm_news news_;
  pace pace_;
  tally tally_;
  std::vector<std::unique_ptr<connection>> lines_; ///< all
  std::vector<connection*> idle_;
  std::size_t running_ = 0;
  net::wake_event freed_;
  bool stopping_ = false;
  result<void> outcome_;
};

} // namespace inferenceflow::app::cache_warm
