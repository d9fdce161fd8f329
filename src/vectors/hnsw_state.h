/// What hnsw_graph keeps: hnswlib's graph, and which of its slots are way-points.
///
/// hnswlib 0.6.2 defines ordinary functions in its header, so that two files of one program that include it do not
/// link. NO_MANUAL_VECTORIZATION leaves them out; what else it leaves out, this module brings itself (kernels) or can
/// do without (prefetching on insert: within the noise of bench/vectors).
#pragma once

#include "vectors/hnsw_graph.h"
#include "vectors/twin_table.h"

#ifndef NO_MANUAL_VECTORIZATION
#define NO_MANUAL_VECTORIZATION
#endif
#include <cstdint>
#include <hnswlib/hnswlib.h>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

namespace inferenceflow::vectors {

struct search_scratch;
static_assert(std::is_same_v<slot_type, hnswlib::tableint>);

/// Rows as hnswlib sees them: opaque bytes with a distance.
class row_space final : public hnswlib::SpaceInterface<float> {
public:
  explicit row_space(const row_format& format)
      : format_{format} {}

  std::size_t get_data_size() override { return format_.row_bytes(); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return distance; }
  void* get_dist_func_param() override {
    return const_cast<row_format*>(&format_); // NOLINT(cppcoreguidelines-pro-type-const-cast): handed back as const
  }

private:
  static float distance(const void* a, const void* b, const void* format) {
    return 1.0F - static_cast<const row_format*>(format)->similarity(static_cast<const std::byte*>(a),
                                                                     static_cast<const std::byte*>(b));
  }

  const row_format& format_;
};

struct hnsw_graph::state {
  /// @param capacity  at least 1.
  state(const row_format& rows, std::size_t capacity);

  void fit_to_capacity();

  [[nodiscard]] bool is_dead(slot_type slot) const { return ((dead[slot / 64] >> (slot % 64)) & 1U) != 0; }
  void mark(slot_type slot, bool as_dead) {
    const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
    dead[slot / 64] = as_dead ? dead[slot / 64] | bit : dead[slot / 64] & ~bit;
  }

  [[nodiscard]] const std::byte* row(slot_type slot) const {
    return reinterpret_cast<const std::byte*>(graph.getDataByInternalId(slot));
  }
  [[nodiscard]] std::span<const slot_type> links(slot_type slot, int layer) const {
    auto* list = graph.get_linklist_at_level(slot, layer);
    return {list + 1, graph.getListCount(list)};
  }

  /// The slot of a held row with the same bytes as `row`; none is found when the search misses it.
  [[nodiscard]] std::optional<slot_type> equal_to(const std::byte* row) const;

  [[nodiscard]] slot_type descend(const std::byte* query) const;
  void search(const std::byte* query, slot_type start, std::size_t breadth, search_scratch& scratch) const;
  void prefetch(slot_type slot) const;

  /// Parts of read(), each of which checks what it read.
  [[nodiscard]] result<void> read_upper_layers(index_reader& from, const std::vector<std::uint8_t>& levels);
  [[nodiscard]] result<void> check_slot(const index_reader& from, slot_type slot) const;
  [[nodiscard]] result<void> name_slots(const index_reader& from);
  [[nodiscard]] result<void> read_twins(index_reader& from);

  const row_format& format;
  row_space space;
  hnswlib::HierarchicalNSW<float> graph;
  std::vector<std::uint64_t> dead;   ///< one bit per slot
  std::vector<slot_type> free_slots; ///< the dead ones, to be taken by the next adds
  std::size_t upper_bytes = 0;       ///< of the links of upper layers
  twin_table twins;
};

/// Bytes of a slot in hnswlib's lowest layer: links and their number, row, label.
[[nodiscard]] inline std::size_t layer0_bytes(const row_format& format) {
  return (2 * k_graph_links + 1) * sizeof(slot_type) + format.row_bytes() + sizeof(hnswlib::labeltype);
}

} // namespace inferenceflow::vectors
