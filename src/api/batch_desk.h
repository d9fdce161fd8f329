/// Where files and batches are handed in: the store, the one thread that may touch it, and who works on batches.
///
/// Role:      surfaces of every loop and the runner reach the store through it.
/// Lifecycle: construct → on_news() → any calls → stop() → destroy.
/// Threading: any event loop.
/// Bounds:    net::offload::k_waiting_max jobs wait; further ones are refused as unavailable.
#pragma once

#include "base/error.h"
#include "batches/store.h"
#include "net/offload.h"
#include "net/task.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace inferenceflow::api {

class batch_desk {
public:
  explicit batch_desk(batches::batch_store store)
      : store_(std::move(store)) {
    disk_.emplace("too many files and batches are being written; try again later");
  }

  /// Runs `work` on the store's thread. @returns what it returns, or unavailable when too many wait.
  /// Lifetime: `work` is kept until it has run, even if the caller is gone by then.
  template <class T> [[nodiscard]] net::task<result<T>> run(std::function<result<T>(batches::batch_store&)> work) {
    std::function<result<T>()> bound = [this, work = std::move(work)] { return work(store_); };
    return disk_->run<T>(std::move(bound));
  }

  /// @param heard  told of batches that are new or to be cancelled; any thread. Before the first call.
  void on_news(std::function<void(std::int64_t batch)> heard) { heard_ = std::move(heard); }
  /// The batch is new, or its status was changed by a client.
  void tell(std::int64_t batch) const {
    if (heard_) {
      heard_(batch);
    }
  }

  /// Waits for what runs; nothing may be run from now on.
  void stop() { disk_.reset(); }

private:
  batches::batch_store store_;
  std::function<void(std::int64_t)> heard_;
  std::optional<net::offload> disk_;
};

} // namespace inferenceflow::api
