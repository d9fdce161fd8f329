/// What the parts of batch_pool share; private to them.
///
/// Role:      batch_pool.cpp, batch_pool_steps.cpp, batch_pool_settle.cpp.
/// Lifecycle: as batch_pool's.
/// Threading: batch_pool's loop.
/// Bounds:    none of its own.
#pragma once

#include "api/batch_pool.h"

#include <chrono>
#include <functional>
#include <utility>

namespace inferenceflow::api {

/// Before the disk is tried again.
inline constexpr std::chrono::seconds k_disk_pause{1};

struct batch_pool::upstream {
  std::shared_ptr<providers::provider> backend;
  const providers::batching::batch_wire* wire = nullptr;
  unsigned price_percent = 100;
  std::string provider;
  std::string model;
  std::string path;
};

struct batch_pool::settling {
  upstream from;
  bool restored = false; ///< an earlier process may have settled some of it
  std::vector<providers::batching::line_result> results;
  std::vector<std::int64_t> ids;        ///< of the results
  std::vector<std::string> request_ids; ///< of the results
  std::size_t next = 0;
  std::size_t settled = 0; ///< of the ids
  std::size_t running = 0;
  net::wake_event done;
};

/// Until the disk takes it, or nothing is begun any more. @returns nothing then.
template <class T>
net::task<std::optional<T>> batch_pool::insist(std::string_view what,
                                               std::function<result<T>(batches::batch_store&)> work) {
  for (;;) {
    auto done = co_await serving_.batches.run(work);
    if (done) {
      co_return std::optional<T>{std::move(*done)};
    }
    warn(what, done.error());
    if (draining_) {
      co_return std::nullopt;
    }
    co_await pause();
  }
}

} // namespace inferenceflow::api
