#include "replay/log/log_feed.h"

#include <algorithm>
#include <functional>
#include <string>

namespace inferenceflow::replay {

namespace {

std::size_t bytes_of(const record& read) {
  return sizeof(record) + read.body.size() + read.answer.size();
}

/// FNV-1a: the same on every machine.
std::uint64_t hash_of(const std::string& id) {
  std::uint64_t hash = 14'695'981'039'346'656'037ULL;
  for (const char c : id) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
  }
  return hash;
}

} // namespace

bool log_feed::is_repeated(const record& read) {
  if (read.id.empty()) {
    return false;
  }
  const std::uint64_t id = hash_of(read.id);
  if (ids_.size() >= k_ids_max) {
    ++counts_.ids_forgotten;
    return ids_.contains(id);
  }
  return !ids_.insert(id).second;
}

void log_feed::take(record read) {
  if (!read.timed) {
    ++counts_.untimed;
    read.began_ms = read_last_ms_ == 0 ? k_untimed_pace_ms : read_last_ms_ + k_untimed_pace_ms;
  } else if (read.began_ms < read_last_ms_) {
    ++counts_.sorted;
  }
  read_last_ms_ = read.began_ms;
  window_bytes_ += bytes_of(read);
  window_.push_back({.at_ms = read_last_ms_, .number = number_++, .read = std::move(read)});
  std::push_heap(window_.begin(), window_.end(), later);
}

std::optional<record> log_feed::next() {
  while (!drained_ && window_.size() < k_window_records && window_bytes_ < k_window_bytes) {
    auto item = from_->next();
    if (!item) {
      drained_ = true;
      break;
    }
    ++counts_.lines;
    if (item->read && is_repeated(*item->read)) {
      item = log_item{.why = skip_reason::duplicate};
    }
    if (!item->read) {
      ++counts_.skipped[static_cast<std::size_t>(item->why)];
      continue;
    }
    take(std::move(*item->read));
  }
  if (window_.empty()) {
    return std::nullopt;
  }
  std::pop_heap(window_.begin(), window_.end(), later);
  record given = std::move(window_.back().read);
  window_.pop_back();
  window_bytes_ -= bytes_of(given);
  if (counts_.usable++ == 0) {
    counts_.first_ms = given.began_ms;
    counts_.last_ms = given.began_ms;
  }
  if (given.began_ms < counts_.last_ms) {
    ++counts_.clamped;
    given.began_ms = counts_.last_ms;
  } else if (given.began_ms - counts_.last_ms > k_forward_jump_ms) {
    ++counts_.forward_jumps;
  }
  counts_.last_ms = given.began_ms;
  return given;
}

} // namespace inferenceflow::replay
