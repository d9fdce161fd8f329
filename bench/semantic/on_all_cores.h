/// Independent pieces of work on every core.
///
/// Role:      main makes streams and replays them with it.
/// Lifecycle: one call, which returns when all is done.
/// Threading: `work` runs on several threads at once.
/// Bounds:    one thread per core.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace inferenceflow::bench {

/// Calls work(0) … work(count - 1), begun in this order: put the longest first.
template <typename Work> void on_all_cores(std::size_t count, const Work& work) {
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < count; at = next++) {
        work(at);
      }
    });
  }
}

} // namespace inferenceflow::bench
