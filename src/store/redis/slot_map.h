/// Which node of a cluster owns which slot, as far as known.
///
/// Role:      client routes commands by it; CLUSTER SLOTS fills it, MOVED corrects it.
/// Lifecycle: empty → load() and assign() in any order.
/// Threading: one event loop; not thread-safe.
/// Bounds:    k_masters_max nodes; 32 KiB for the slots.
/// Source:    Redis documentation, CLUSTER SLOTS.
#pragma once

#include "base/error.h"
#include "store/redis/address.h"
#include "store/redis/reply.h"
#include "store/redis/slot.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace inferenceflow::redis {

inline constexpr std::size_t k_masters_max = 1'000; ///< what the cluster specification is made for

class slot_map {
public:
  slot_map() { owners_.fill(k_nobody); }

  /// Replaces everything by the answer to CLUSTER SLOTS.
  /// @param asked  the node that answered: stands in for hosts that it leaves out.
  /// @returns upstream_failed when the answer has another form, or names too many nodes; the map is as before then.
  [[nodiscard]] result<void> load(const reply& answer, const node_name& asked);

  /// Corrects one slot. Ignored beyond k_masters_max nodes.
  void assign(std::uint16_t slot, const node_name& owner);

  /// @returns the owner, or nullptr when nobody is known. Valid until the next load() or assign().
  [[nodiscard]] const node_name* owner(std::uint16_t slot) const noexcept;

  /// Every node that owns slots, or did before assign(). Valid until the next load() or assign().
  [[nodiscard]] std::span<const node_name> masters() const noexcept { return masters_; }

private:
  static constexpr std::uint16_t k_nobody = 0xFFFF;

  /// Index of `name`, added if it is new; k_nobody when there are too many.
  [[nodiscard]] std::uint16_t index_of(const node_name& name);

  std::array<std::uint16_t, k_slots> owners_{};
  std::vector<node_name> masters_;
};

} // namespace inferenceflow::redis
