#include "store/ledger_queue.h"

#include <utility>

namespace inferenceflow::store {

namespace {

constexpr std::size_t k_chunk_rows = 64;

} // namespace

bool ledger_queue::push(pending_row&& row) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || unsettled_ >= limits_.rows_max) {
      return false;
    }
    if (chunks_.empty() || chunks_.back().size() == k_chunk_rows) {
      chunks_.emplace_back().reserve(k_chunk_rows);
    }
    chunks_.back().push_back(std::move(row));
    ++waiting_;
    ++unsettled_;
    ++pushed_;
    wake = std::exchange(writer_sleeps_, false) || waiting_ == limits_.rows_per_group_max;
  }
  if (wake) {
    writer_wakes_.notify_one();
  }
  return true;
}

pending_rows ledger_queue::take() {
  std::unique_lock lock(mutex_);
  while (waiting_ == 0 && !closed_) {
    writer_sleeps_ = true;
    writer_wakes_.wait(lock);
  }
  writer_sleeps_ = false;
  if (limits_.interval.count() > 0) {
    writer_wakes_.wait_for(lock, limits_.interval,
                           [&] { return closed_ || flushes_ > 0 || waiting_ >= limits_.rows_per_group_max; });
  }
  waiting_ = 0;
  return std::exchange(chunks_, {});
}

void ledger_queue::settle(std::size_t rows) {
  {
    const std::lock_guard lock(mutex_);
    unsettled_ -= rows;
    settled_ += rows;
  }
  rows_settled_.notify_all();
}

void ledger_queue::flush() {
  std::unique_lock lock(mutex_);
  const std::uint64_t target = pushed_;
  ++flushes_;
  writer_wakes_.notify_one();
  rows_settled_.wait(lock, [&] { return settled_ >= target; });
  --flushes_;
}

bool ledger_queue::pause(std::chrono::milliseconds backoff) {
  std::unique_lock lock(mutex_);
  return writer_wakes_.wait_for(lock, backoff, [&] { return closed_; });
}

void ledger_queue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  writer_wakes_.notify_one();
}

} // namespace inferenceflow::store
