/// Entries that went during one call: announced to the observers, and freed, after the shard's mutex is released.
///
/// Role:      cache_shard declares one before it locks.
/// Lifecycle: on the stack, outside of the lock's scope.
/// Threading: one thread.
/// Bounds:    the entries of one shard.
#pragma once

#include "cache/cache_key.h"
#include "cache/cached_answer.h"
#include "cache/entry_observer.h"

#include <memory>
#include <utility>
#include <vector>

namespace inferenceflow::cache {

using observer_list = std::vector<entry_observer*>;

class departures {
public:
  explicit departures(const observer_list& observers)
      : observers_(observers) {}
  ~departures() {
    for (entry_observer* const observer : observers_) {
      for (const auto& each : gone_) {
        observer->on_gone(each.key, *each.answer, each.why);
      }
    }
  }
  departures(const departures&) = delete;
  departures& operator=(const departures&) = delete;

  void add(const cache_key& key, std::shared_ptr<const cached_answer> answer, departure why) {
    gone_.push_back({key, std::move(answer), why});
  }

private:
  struct departed {
    cache_key key;
    std::shared_ptr<const cached_answer> answer;
    departure why;
  };
  const observer_list& observers_;
  std::vector<departed> gone_;
};

} // namespace inferenceflow::cache
