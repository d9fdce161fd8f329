/// Blocks of keys that stand in several places and are inherited key by key: `resilience`, `cache.semantic`.
///
/// Role:      used by merged() of each block and by the loader's steps that note which keys the file gives. A block has
///            a member `said`, one bit per row of its scope.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    those of the scope; `said` must have a bit for each of its rows.
#pragma once

#include "config/bind.h"
#include "config/setting_table.h"

#include <bitset>
#include <cstddef>
#include <string>

namespace inferenceflow::config {

/// Both must hold the same type, as two references of one row do.
void copy_value(const value_ref& from, const value_ref& to);

/// `below` with everything that `above` says. @param scope  whose rows describe a Block.
template <class Block> Block merged_by(const setting_scope& scope, const Block& below, Block above) {
  Block one = below;
  for (std::size_t i = 0; i < scope.settings.size(); ++i) {
    if (above.said[i]) {
      copy_value(scope.settings[i].at(&above), scope.settings[i].at(&one));
    }
  }
  one.said |= above.said;
  return one;
}

/// Notes in `said` which keys of the block at `path` (with a trailing dot) the file gives.
template <std::size_t Rows>
void note_said(const setting_scope& scope, const key_places& places, const std::string& path, std::bitset<Rows>& said) {
  for (std::size_t i = 0; i < scope.settings.size(); ++i) {
    said[i] = places.contains(path + std::string(scope.settings[i].key));
  }
}

} // namespace inferenceflow::config
