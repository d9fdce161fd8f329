#include "vectors/twin_table.h"

#include <algorithm>

namespace inferenceflow::vectors {

void twin_table::add(entry_id id, slot_type slot) {
  slots_.emplace(id, slot);
  twins_[slot].push_back(id);
}

bool twin_table::erase(entry_id id) {
  const auto found = slots_.find(id);
  if (found == slots_.end()) {
    return false;
  }
  const auto list = twins_.find(found->second);
  auto& ids = list->second;
  *std::find(ids.begin(), ids.end(), id) = ids.back();
  ids.pop_back();
  if (ids.empty()) {
    twins_.erase(list);
  }
  slots_.erase(found);
  return true;
}

bool twin_table::take(slot_type slot, entry_id& id) {
  const auto list = twins_.find(slot);
  if (list == twins_.end()) {
    return false;
  }
  id = list->second.back();
  return erase(id);
}

const std::vector<entry_id>& twin_table::of(slot_type slot) const {
  static const std::vector<entry_id> none;
  const auto list = twins_.find(slot);
  return list == twins_.end() ? none : list->second;
}

} // namespace inferenceflow::vectors
