/// Entries whose row is the same, byte for byte, as that of an entry with a slot of its own.
///
/// A graph must not hold many equal rows: they link to one another until no list has room for anything else, and what
/// lies beyond them is never found. Equal rows do come in numbers, since embedders cut long texts off.
#pragma once

#include "vectors/neighbour.h"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace inferenceflow::vectors {

/// A row's place in a graph.
using slot_type = std::uint32_t;

class twin_table {
public:
  /// @param id  not yet held.
  void add(entry_id id, slot_type slot);
  /// True when `id` was a twin.
  bool erase(entry_id id);
  /// Takes one twin of `slot` out, to become the slot's own entry. @returns false when there is none.
  bool take(slot_type slot, entry_id& id);

  [[nodiscard]] bool contains(entry_id id) const { return slots_.count(id) != 0; }
  [[nodiscard]] std::size_t size() const { return slots_.size(); }
  [[nodiscard]] bool empty() const { return slots_.empty(); }
  [[nodiscard]] const std::vector<entry_id>& of(slot_type slot) const;
  /// Every twin and its slot.
  [[nodiscard]] const std::unordered_map<entry_id, slot_type>& all() const { return slots_; }

  [[nodiscard]] std::size_t bytes() const { return size() * k_bytes_each; }

private:
  /// A node of each map at worst, their buckets, and room in a list.
  static constexpr std::size_t k_bytes_each = 160;

  std::unordered_map<entry_id, slot_type> slots_;
  std::unordered_map<slot_type, std::vector<entry_id>> twins_;
};

} // namespace inferenceflow::vectors
