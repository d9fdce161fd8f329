#include "vectors/vector_index.h"

#include "vectors/locked_scope.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::vectors {

std::size_t vector_index::scope_hash::operator()(const scope_id& scope) const noexcept {
  return static_cast<std::size_t>(scope.high ^ (scope.low * 0x9E3779B97F4A7C15U));
}

result<std::unique_ptr<vector_index>> vector_index::make(std::size_t dimension, index_limits limits) {
  if (dimension == 0 || dimension > k_dimension_max) {
    return make_error(error_kind::invalid_request,
                      fmt::format("vectors of {} components; 1 to {} are possible", dimension, k_dimension_max));
  }
  if (limits.exact_rows_max == 0) {
    return make_error(error_kind::invalid_request, "exact_rows_max must be at least 1");
  }
  return std::unique_ptr<vector_index>{new vector_index{dimension, limits}}; // NOLINT: private constructor
}

vector_index::vector_index(std::size_t dimension, index_limits limits)
    : format_{dimension}
    , limits_{limits} {}

vector_index::stripe& vector_index::stripe_of(const scope_id& scope) const {
  return stripes_[scope_hash{}(scope) % k_stripes];
}

vector_index::scope_pointer vector_index::find(const scope_id& scope) const {
  const auto& part = stripe_of(scope);
  const std::shared_lock lock{part.guard};
  const auto found = part.scopes.find(scope);
  return found == part.scopes.end() ? nullptr : found->second;
}

vector_index::scope_pointer vector_index::find_or_add(const scope_id& scope) {
  if (auto found = find(scope)) {
    return found;
  }
  auto& part = stripe_of(scope);
  const std::unique_lock lock{part.guard};
  auto& held = part.scopes[scope];
  if (!held) {
    held = std::make_shared<locked_scope>(format_, limits_.exact_rows_max);
  }
  return held;
}

void vector_index::forget(const scope_id& scope, const scope_pointer& retired) {
  auto& part = stripe_of(scope);
  const std::unique_lock lock{part.guard};
  const auto found = part.scopes.find(scope);
  if (found != part.scopes.end() && found->second == retired) {
    part.scopes.erase(found);
  }
}

std::vector<std::pair<scope_id, vector_index::scope_pointer>> vector_index::all_scopes() const {
  std::vector<std::pair<scope_id, scope_pointer>> all;
  for (const auto& part : stripes_) {
    const std::shared_lock lock{part.guard};
    all.insert(all.end(), part.scopes.begin(), part.scopes.end());
  }
  return all;
}

result<std::vector<std::byte>> vector_index::row_of(std::span<const float> vector) const {
  if (vector.size() != dimension()) {
    return make_error(
        error_kind::invalid_request,
        fmt::format("a vector of {} components; this index holds those of {}", vector.size(), dimension()));
  }
  std::vector<std::byte> row(format_.row_bytes());
  if (!format_.quantise(vector, row.data())) {
    return make_error(error_kind::invalid_request, "a vector with components that are not finite, or all zero");
  }
  return row;
}

bool vector_index::reserve(std::size_t more) {
  auto current = bytes_.load();
  do {
    if (more > limits_.bytes_max || current > limits_.bytes_max - more) {
      return false;
    }
  } while (!bytes_.compare_exchange_weak(current, current + more));
  return true;
}

result<void> vector_index::insert(const scope_id& scope, entry_id id, std::span<const float> vector) {
  const auto row = row_of(vector);
  if (!row) {
    return row.error();
  }
  for (;;) {
    const auto into = find_or_add(scope);
    result<void> inserted;
    bool looked_up_too_late = false;
    bool empty = false;
    {
      const auto lock = into->for_changing();
      looked_up_too_late = into->retired;
      if (!looked_up_too_late) {
        inserted = insert_locked(*into, id, row->data());
        empty = into->vectors.size() == 0;
        into->retired = empty;
      }
    }
    if (looked_up_too_late || empty) {
      forget(scope, into);
    }
    if (!looked_up_too_late) {
      return inserted;
    }
  }
}

result<void> vector_index::insert_locked(locked_scope& into, entry_id id, const std::byte* row) {
  if (into.vectors.contains(id)) {
    return make_error(error_kind::conflict, fmt::format("entry {} is in the index already", id));
  }
  const auto before = into.bytes();
  const auto most = std::max(into.bytes_after_insert(), before);
  if (!reserve(most - before)) {
    return make_error(error_kind::unavailable,
                      fmt::format("the vector index is full: {} of {} bytes are used", bytes(), limits_.bytes_max));
  }
  into.vectors.insert(id, row);
  // The prediction is an upper bound; give back what was not needed.
  bytes_.fetch_sub(most - std::min(most, into.bytes()));
  count_.fetch_add(1);
  return {};
}

bool vector_index::erase(const scope_id& scope, entry_id id) {
  const auto from = find(scope);
  if (!from) {
    return false;
  }
  bool empty = false;
  {
    const auto lock = from->for_changing();
    const auto before = from->bytes();
    if (!from->vectors.erase(id)) {
      return false;
    }
    bytes_.fetch_sub(before - from->bytes());
    count_.fetch_sub(1);
    empty = from->vectors.size() == 0;
    from->retired = from->retired || empty;
  }
  if (empty) {
    forget(scope, from);
  }
  return true;
}

std::size_t vector_index::erase_scope(const scope_id& scope) {
  const auto from = find(scope);
  if (!from) {
    return 0;
  }
  std::size_t erased = 0;
  {
    const auto lock = from->for_changing();
    erased = from->vectors.size();
    bytes_.fetch_sub(from->bytes());
    count_.fetch_sub(erased);
    from->vectors.clear();
    from->retired = true;
  }
  forget(scope, from);
  return erased;
}

result<std::vector<neighbour>> vector_index::nearest(const scope_id& scope, std::span<const float> vector,
                                                     std::size_t count) const {
  const auto row = row_of(vector);
  if (!row) {
    return row.error();
  }
  best_neighbours best{std::min(count, k_neighbours_max)};
  if (const auto in = find(scope); in && best.count() > 0) {
    const auto lock = in->for_reading();
    in->vectors.nearest(row->data(), best);
  }
  return best.take();
}

bool vector_index::contains(const scope_id& scope, entry_id id) const {
  const auto in = find(scope);
  if (!in) {
    return false;
  }
  const auto lock = in->for_reading();
  return in->vectors.contains(id);
}

void vector_index::for_each(const std::function<void(const scope_id&, entry_id)>& visit) const {
  for (const auto& [scope, in] : all_scopes()) {
    std::vector<entry_id> ids;
    {
      const auto lock = in->for_reading();
      ids = in->vectors.ids();
    }
    for (const auto id : ids) {
      visit(scope, id);
    }
  }
}

std::size_t vector_index::size(const scope_id& scope) const {
  const auto in = find(scope);
  if (!in) {
    return 0;
  }
  const auto lock = in->for_reading();
  return in->vectors.size();
}

void vector_index::clear() {
  for (const auto& [scope, in] : all_scopes()) {
    erase_scope(scope);
  }
}

} // namespace inferenceflow::vectors
