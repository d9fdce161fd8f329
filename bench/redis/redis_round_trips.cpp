// What a look-up in Redis costs the gateway: round trips of GETs over one connection, with more and more callers at a
// time. Usage: redis_round_trips REDIS_URL [REPORT.json]. The keys are erased at the end.
#include "net/event_loop.h"
#include "store/redis/client.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fmt/format.h>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace inferenceflow;
using namespace std::chrono_literals;

constexpr std::size_t k_keys = 1'000;
constexpr std::size_t k_gets = 200'000;
constexpr std::size_t k_value_bytes = 2'048;

struct row {
  std::size_t callers = 0;
  double p50_us = 0;
  double p99_us = 0;
  double gets_per_s = 0;
  double cpu_us = 0; ///< of this process, per GET
  double commands_per_write = 0;
  std::size_t failed = 0;
};

double cpu_s() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct round_state {
  std::vector<double> times_us;
  std::size_t left = 0;
  std::size_t callers = 0;
  std::size_t failed = 0;
};

net::task<void> caller(net::event_loop& loop, redis::client& store, const std::vector<redis::command>& gets,
                       round_state& state) {
  while (state.left > 0) {
    const std::size_t turn = --state.left;
    const auto begun = std::chrono::steady_clock::now();
    const auto found = co_await store.run(gets[turn % gets.size()], 5s);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begun;
    state.times_us.push_back(took.count());
    state.failed += found && found->text.size() == k_value_bytes ? 0U : 1U;
  }
  if (--state.callers == 0) {
    loop.context().stop();
  }
}

row measure(net::event_loop& loop, redis::client& store, const std::vector<redis::command>& gets, std::size_t callers) {
  const std::size_t count = callers == 1 ? k_gets / 10 : k_gets;
  round_state state{.times_us = {}, .left = count, .callers = callers};
  state.times_us.reserve(count);
  const redis::statistics before = store.stats();
  const double cpu_before = cpu_s();
  const auto begun = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < callers; ++i) {
    boost::asio::co_spawn(loop.context(), caller(loop, store, gets, state), boost::asio::detached);
  }
  loop.context().restart();
  loop.context().run();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  const redis::statistics after = store.stats();
  std::sort(state.times_us.begin(), state.times_us.end());
  const auto n = static_cast<double>(count);
  return {.callers = callers,
          .p50_us = state.times_us[count / 2],
          .p99_us = state.times_us[count * 99 / 100],
          .gets_per_s = n / took.count(),
          .cpu_us = (cpu_s() - cpu_before) * 1e6 / n,
          .commands_per_write = n / static_cast<double>(after.writes - before.writes),
          .failed = state.failed};
}

void report(const std::vector<row>& rows, const char* file) {
  std::ofstream out{file};
  out << "[\n";
  for (const row& each : rows) {
    out << fmt::format(
        R"(  {{"callers": {}, "p50_us": {:.1f}, "p99_us": {:.1f}, "gets_per_s": {:.0f}, "cpu_us": {:.2f}, )"
        R"("commands_per_write": {:.1f}, "failed": {}}}{})",
        each.callers, each.p50_us, each.p99_us, each.gets_per_s, each.cpu_us, each.commands_per_write, each.failed,
        &each == &rows.back() ? "\n" : ",\n");
  }
  out << "]\n";
  if (!out.flush()) {
    std::fprintf(stderr, "%s cannot be written\n", file);
  }
}

} // namespace

int main(int count, char** arguments) {
  const auto target = redis::parse_address(count > 1 ? arguments[1] : "");
  if (!target) {
    std::fprintf(stderr, "%s\n", target.error().message.c_str());
    return 2;
  }
  net::event_loop loop{0};
  redis::client store{loop, redis::options{.target = *target}, 1};
  std::vector<redis::command> gets;
  const std::string value(k_value_bytes, 'v');
  for (std::size_t i = 0; i < k_keys; ++i) {
    const std::string key = "iflow-bench:" + std::to_string(i);
    gets.push_back(redis::get_command(key).value());
    store.fire(redis::set_command(key, value, 10min).value());
  }
  std::vector<row> rows;
  std::printf("%zu-byte values\n%8s %9s %9s %11s %8s %14s %7s\n", k_value_bytes, "callers", "p50 us", "p99 us",
              "GETs/s", "CPU us", "commands/write", "failed");
  for (const std::size_t callers : std::vector<std::size_t>{1, 16, 64, 256, 1'000}) {
    const row each = rows.emplace_back(measure(loop, store, gets, callers));
    std::printf("%8zu %9.1f %9.1f %11.0f %8.2f %14.1f %7zu\n", each.callers, each.p50_us, each.p99_us, each.gets_per_s,
                each.cpu_us, each.commands_per_write, each.failed);
  }
  if (count > 2) {
    report(rows, arguments[2]);
  }
  for (std::size_t i = 0; i < k_keys; ++i) {
    store.fire(redis::unlink_command("iflow-bench:" + std::to_string(i)).value());
  }
  loop.context().restart();
  loop.context().run_for(1s);
  return 0;
}
