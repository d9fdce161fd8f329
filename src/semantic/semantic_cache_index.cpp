// The vectors over a restart: saved with the keys they belong to, and claimed by the entries that come back.
#include "semantic/kept_index.h"
#include "semantic/semantic_cache.h"

namespace inferenceflow::semantic {

result<void> semantic_cache::save_index(const std::string& path) {
  std::vector<kept_id> ids;
  std::uint64_t stamp = 0;
  {
    const std::lock_guard lock{mutex_};
    if (!index_) {
      return {}; // nothing was ever asked: what is there is as good as before
    }
    stamp = draws_();
    entries_.for_each([&ids](entry_id id, const entry& each) {
      if (!each.pending) {
        ids.push_back({.id = id, .key = each.key});
      }
    });
  }
  return write_index(path, *index_, ids, stamp);
}

result<std::size_t> semantic_cache::load_index(const std::string& path) {
  auto read = read_index(path);
  if (!read) {
    return read.error();
  }
  entry_id last = 0;
  read->vectors->for_each([&last](const vectors::scope_id&, entry_id id) { last = std::max(last, id); });
  const std::lock_guard lock{mutex_};
  for (const kept_id& each : read->ids) {
    unclaimed_.emplace(each.key, each.id);
  }
  entries_.number_from(last + 1);
  index_ = std::move(read->vectors);
  return index_->size();
}

entry_id semantic_cache::claimed(const entry& made) {
  const auto at = made.pending ? unclaimed_.end() : unclaimed_.find(made.key);
  if (at == unclaimed_.end()) {
    return 0;
  }
  const entry_id id = at->second;
  unclaimed_.erase(at);
  return entries_.find(id) == nullptr && index_->contains(made.scope, id) ? id : 0;
}

void semantic_cache::forget_unclaimed() {
  {
    const std::lock_guard lock{mutex_};
    unclaimed_.clear();
    if (!index_) {
      return;
    }
  }
  index_->for_each([this](const vectors::scope_id& scope, entry_id id) {
    const std::lock_guard lock{mutex_};
    if (entries_.find(id) == nullptr) {
      index_->erase(scope, id);
    }
  });
}

} // namespace inferenceflow::semantic
