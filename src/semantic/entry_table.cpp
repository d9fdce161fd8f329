#include "semantic/entry_table.h"

#include "semantic/verifier.h"

#include <boost/assert.hpp>
#include <utility>

namespace inferenceflow::semantic {

namespace {
/// Slots of three hash tables at their usual load, the list's node and allocator slack.
constexpr std::size_t k_bookkeeping_bytes = 192;
} // namespace

std::size_t entry::charged_bytes(std::size_t vector_bytes) const {
  return sizeof(entry) + k_bookkeeping_bytes + sizeof(std::string) + text->capacity() + vector_bytes;
}

entry_id entry_table::add(entry made, std::size_t vector_bytes, entry_id id) {
  if (id == 0) {
    id = next_++;
  }
  made.answer = id;
  slot put{.what = std::move(made), .bytes = 0, .place = order_.insert(order_.end(), id)};
  put.bytes = put.what.charged_bytes(vector_bytes);
  bytes_ += put.bytes;
  if (!put.what.pending) {
    by_key_[put.what.key] = id;
  }
  answers_[id] = {.of = {.seen = {}, .shift = k_new_answer}, .entries = 1};
  entries_.emplace(id, std::move(put));
  return id;
}

entry* entry_table::find(entry_id id) {
  const auto at = entries_.find(id);
  return at == entries_.end() ? nullptr : &at->second.what;
}

const entry* entry_table::find(entry_id id) const {
  const auto at = entries_.find(id);
  return at == entries_.end() ? nullptr : &at->second.what;
}

entry_id entry_table::by_key(const cache::cache_key& key) const {
  const auto at = by_key_.find(key);
  return at == by_key_.end() ? 0 : at->second;
}

void entry_table::keep(entry_id id, const cache::cache_key& key) {
  if (entry* ended = find(id)) {
    if (const auto named = by_key_.find(ended->key); named != by_key_.end() && named->second == id) {
      by_key_.erase(named); // kept before, under another key
    }
    ended->pending = false;
    ended->key = key;
    by_key_[key] = id;
  }
}

proof& entry_table::answer_of(const entry& of) {
  const auto at = answers_.find(of.answer);
  BOOST_ASSERT_MSG(at != answers_.end(), "an entry's answer is counted for as long as the entry is there");
  return at->second.of;
}

const proof& entry_table::answer_of(const entry& of) const {
  return answers_.at(of.answer).of;
}

void entry_table::join(entry& one, const entry& other) {
  if (one.answer == other.answer) {
    return;
  }
  const auto left = answers_.find(one.answer);
  if (--left->second.entries == 0) {
    answers_.erase(left);
  }
  one.answer = other.answer;
  ++answers_.find(other.answer)->second.entries;
}

bool entry_table::erase(entry_id id) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) {
    return false;
  }
  const entry& gone = at->second.what;
  if (const auto named = by_key_.find(gone.key); named != by_key_.end() && named->second == id) {
    by_key_.erase(named);
  }
  if (const auto shared = answers_.find(gone.answer); --shared->second.entries == 0) {
    answers_.erase(shared);
  }
  bytes_ -= at->second.bytes;
  order_.erase(at->second.place);
  entries_.erase(at);
  return true;
}

entry_id entry_table::victim() {
  for (std::size_t passed = 0; passed < 2 * entries_.size(); ++passed) {
    const entry_id oldest = order_.front();
    entry& met = entries_.find(oldest)->second.what;
    if (!met.pending && !std::exchange(met.used, false)) {
      return oldest;
    }
    order_.splice(order_.end(), order_, order_.begin());
  }
  return 0;
}

} // namespace inferenceflow::semantic
