/// A real redis-server for one test, on a free port, and a loop that waits for coroutines.
///
/// Role:      the tests of this module; where redis-server is missing they fail and say so.
/// Lifecycle: construct starts and waits until it answers; destruction kills it.
/// Threading: the test's thread.
/// Bounds:    k_start_patience for a server to answer.
#pragma once

#include "net/event_loop.h"
#include "net/task.h"
#include "store/redis/client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <gtest/gtest.h>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace inferenceflow::redis::testing_support {

inline constexpr std::chrono::seconds k_start_patience{20};

/// A port of the loopback interface that nobody has at the moment.
[[nodiscard]] std::uint16_t free_port();

class redis_process {
public:
  /// @param arguments  further ones of redis-server; "{folder}" stands for its own folder.
  explicit redis_process(std::vector<std::string> arguments = {});
  ~redis_process();
  redis_process(const redis_process&) = delete;
  redis_process& operator=(const redis_process&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

  void signal(int number) const;
  void kill();
  /// Starts it again on the same port.
  void start();

  /// One command over a connection of its own, blocking. Failures are replies here.
  reply ask(std::initializer_list<std::string_view> arguments) const;

private:
  [[nodiscard]] bool answers() const;

  std::vector<std::string> arguments_;
  std::filesystem::path folder_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

/// True as soon as `holds` is; false when it never was within `patience`.
[[nodiscard]] bool eventually(const std::function<bool()>& holds,
                              std::chrono::milliseconds patience = std::chrono::milliseconds{15'000});

/// A loop with a thread, and a client on it.
class client_on_a_loop {
public:
  explicit client_on_a_loop(options settings);
  explicit client_on_a_loop(const std::string& url);
  ~client_on_a_loop();
  client_on_a_loop(const client_on_a_loop&) = delete;
  client_on_a_loop& operator=(const client_on_a_loop&) = delete;

  [[nodiscard]] net::event_loop& loop() noexcept { return *loop_; }
  [[nodiscard]] client& redis() noexcept { return *client_; } ///< for use on the loop

  /// Runs `work` on the loop and waits for what it returns.
  template <class Work> auto on_loop(Work work) {
    std::packaged_task<decltype(work())()> job{std::move(work)};
    auto done = job.get_future();
    boost::asio::post(loop_->context(), [&job] { job(); });
    return done.get();
  }

  /// Waits for what a coroutine returns.
  template <class T> T wait(std::function<net::task<T>()> make) {
    return boost::asio::co_spawn(loop_->context(), make(), boost::asio::use_future).get();
  }

  result<reply> run(std::initializer_list<std::string_view> arguments, std::size_t key_count = 1,
                    std::chrono::milliseconds budget = std::chrono::milliseconds{5'000});
  bool fire(std::initializer_list<std::string_view> arguments, std::size_t key_count = 1);
  statistics stats();

private:
  std::unique_ptr<net::event_loop> loop_;
  std::unique_ptr<client> client_;
};

/// Settings for a server that fails on purpose: nothing is left alone for long.
[[nodiscard]] options patient_options(const std::string& url);

} // namespace inferenceflow::redis::testing_support
