#include "store/redis/slot_map.h"

#include <algorithm>
#include <optional>

namespace inferenceflow::redis {

namespace {

error malformed(std::string what) {
  return make_error(error_kind::upstream_failed, "CLUSTER SLOTS: " + std::move(what));
}

/// One range with the address of its master.
struct slot_range {
  std::size_t first = 0;
  std::size_t last = 0;
  std::optional<node_name> master = {}; ///< nothing when the node does not know its address itself
};

std::optional<slot_range> read_range(const reply& entry, const node_name& asked) {
  if (!entry.is(reply_kind::list) || entry.elements.size() < 3) {
    return std::nullopt;
  }
  const reply& first = entry.elements[0];
  const reply& last = entry.elements[1];
  const reply& master = entry.elements[2];
  constexpr auto k_end = static_cast<std::int64_t>(k_slots);
  if (!first.is(reply_kind::integer) || !last.is(reply_kind::integer) || first.integer < 0 ||
      last.integer < first.integer || last.integer >= k_end) {
    return std::nullopt;
  }
  if (!master.is(reply_kind::list) || master.elements.size() < 2 || !master.elements[1].is(reply_kind::integer)) {
    return std::nullopt;
  }
  const reply& host = master.elements[0];
  const std::int64_t port = master.elements[1].integer;
  if ((!host.is(reply_kind::text) && !host.is(reply_kind::nil)) || port < 1 || port > 65'535) {
    return std::nullopt;
  }
  slot_range range{.first = static_cast<std::size_t>(first.integer), .last = static_cast<std::size_t>(last.integer)};
  if (host.text != "?") {
    range.master =
        node_name{.host = host.text.empty() ? asked.host : host.text, .port = static_cast<std::uint16_t>(port)};
  }
  return range;
}

} // namespace

result<void> slot_map::load(const reply& answer, const node_name& asked) {
  if (!answer.is(reply_kind::list) || answer.elements.empty()) {
    return malformed("no slots are assigned");
  }
  slot_map next;
  for (const reply& entry : answer.elements) {
    const auto range = read_range(entry, asked);
    if (!range) {
      return malformed("a range of another form than [first, last, [host, port, …], …]");
    }
    if (!range->master) {
      continue;
    }
    const std::uint16_t index = next.index_of(*range->master);
    if (index == k_nobody) {
      return malformed("more than " + std::to_string(k_masters_max) + " nodes");
    }
    std::fill(next.owners_.begin() + static_cast<std::ptrdiff_t>(range->first),
              next.owners_.begin() + static_cast<std::ptrdiff_t>(range->last) + 1, index);
  }
  *this = std::move(next);
  return {};
}

void slot_map::assign(std::uint16_t slot, const node_name& owner) {
  if (const std::uint16_t index = index_of(owner); index != k_nobody && slot < k_slots) {
    owners_[slot] = index;
  }
}

const node_name* slot_map::owner(std::uint16_t slot) const noexcept {
  const std::uint16_t index = slot < k_slots ? owners_[slot] : k_nobody;
  return index == k_nobody ? nullptr : &masters_[index];
}

std::uint16_t slot_map::index_of(const node_name& name) {
  const auto found = std::find(masters_.begin(), masters_.end(), name);
  if (found != masters_.end()) {
    return static_cast<std::uint16_t>(found - masters_.begin());
  }
  if (masters_.size() == k_masters_max) {
    return k_nobody;
  }
  masters_.push_back(name);
  return static_cast<std::uint16_t>(masters_.size() - 1);
}

} // namespace inferenceflow::redis
