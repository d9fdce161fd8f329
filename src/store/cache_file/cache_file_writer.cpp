// The writer's thread: groups, what to do when the disk fails, and a broken file.
#include "store/cache_file/cache_file.h"

#include <fmt/format.h>

namespace inferenceflow::store::cache_file {

namespace {

/// After a full file this much of the bound is kept, so that the next groups find room.
constexpr std::int64_t k_keep_when_full_percent = 75;

} // namespace

void cache_file::run() {
  for (;;) {
    std::vector<write_job> jobs = queue_.take();
    if (jobs.empty()) {
      return;
    }
    if (broken_.exchange(false)) {
      recover("a read found it corrupt");
    }
    write_group(jobs);
    queue_.settle(jobs);
  }
}

// A cache: what cannot be written now is dropped, not tried again and again while more comes in.
void cache_file::write_group(std::vector<write_job>& jobs) {
  result<group_counts> written = make_error(error_kind::unavailable, "the cache file is out of use");
  if (!writes_) {
    recover("out of use");
  }
  if (writes_) {
    written = write_all(jobs);
  }
  if (written) {
    stored_ += written->stored;
    dropped_ += written->dropped;
    erased_ += written->erased;
    evicted_ += written->evicted;
  } else {
    ++errors_;
    if (writes_) {
      writes_->rollback();
    }
    warn(fmt::format("{}; {} writes are dropped", written.error().message, jobs.size()));
    if (writes_ && writes_->broken()) {
      recover(written.error().message);
    } else if (writes_ && writes_->full()) {
      const auto freed = writes_->trim(now_ms(), options_.bytes_max / 100 * k_keep_when_full_percent);
      evicted_ += freed ? *freed : 0;
    }
  }
  available_ = writes_.has_value();
  note_totals();
  std::size_t count = 0;
  for (write_job& job : jobs) {
    if (auto* asked = std::get_if<erase_where_job>(&job)) {
      asked->done(written ? result<std::uint64_t>{written->asked[count++]} : result<std::uint64_t>{written.error()});
    } else if (!written && std::holds_alternative<put_job>(job)) {
      ++dropped_;
    }
  }
}

result<cache_file::group_counts> cache_file::write_all(std::vector<write_job>& jobs) {
  group_counts counts;
  if (auto begun = writes_->begin(); !begun) {
    return begun.error();
  }
  for (write_job& job : jobs) {
    if (auto done = write_one(job, counts); !done) {
      return done.error();
    }
  }
  const auto trimmed = writes_->trim(now_ms(), options_.bytes_max);
  if (!trimmed) {
    return trimmed.error();
  }
  if (auto done = writes_->commit(); !done) {
    return done.error();
  }
  counts.evicted = *trimmed;
  return counts;
}

result<void> cache_file::write_one(write_job& job, group_counts& counts) {
  if (const auto* put = std::get_if<put_job>(&job)) {
    const bool fits = static_cast<std::int64_t>(put->bytes.size()) <= options_.bytes_max / 4;
    const auto written = fits ? writes_->put(put->name, put->bytes, now_ms(), put->expires_ms) : result<bool>{false};
    if (!written) {
      return written.error();
    }
    ++(*written ? counts.stored : counts.dropped);
    return {};
  }
  if (const auto* touched = std::get_if<touch_job>(&job)) {
    return writes_->touch(touched->name, now_ms());
  }
  const auto* asked = std::get_if<erase_where_job>(&job);
  const auto gone =
      asked != nullptr ? writes_->erase_where(asked->filter) : writes_->erase(std::get<erase_job>(job).name);
  if (!gone) {
    return gone.error();
  }
  counts.erased += *gone;
  if (asked != nullptr) {
    counts.asked.push_back(*gone);
  }
  return {};
}

// Nobody else may have the file open while it gets another name.
void cache_file::recover(const std::string& reason) {
  const std::lock_guard lock(read_mutex_);
  const bool was_open = writes_.has_value();
  reads_.reset();
  writes_.reset();
  if (was_open) {
    set_aside(options_, reason, clock_);
  }
  std::string why;
  auto opened = open_tables(options_, why);
  if (!opened) {
    warn(why);
    return;
  }
  reads_.emplace(std::move(opened->reads));
  writes_.emplace(std::move(opened->writes));
}

void cache_file::note_totals() {
  entries_ = writes_ ? writes_->entries() : 0;
  bytes_ = writes_ ? writes_->bytes() : 0;
}

void cache_file::warn(const std::string& what) const {
  if (options_.on_warning) {
    options_.on_warning(fmt::format("cache file: {}", what));
  }
}

} // namespace inferenceflow::store::cache_file
