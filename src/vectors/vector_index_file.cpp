// Saving and loading. The file: magic, version, dimension; per scope a 1, its id and its vectors; a 0; the checksum.
#include "vectors/index_file.h"
#include "vectors/locked_scope.h"
#include "vectors/vector_index.h"

#include <fmt/format.h>
#include <limits>

namespace inferenceflow::vectors {

namespace {

/// "IFVINDEX" as a number, which reads differently on a machine of the other byte order.
constexpr std::uint64_t k_magic = 0x584544'4E495646'49U;
constexpr std::uint32_t k_version = 1;

enum class mark : std::uint8_t { end = 0, scope = 1 };

result<void> read_header(index_reader& from, std::size_t dimension) {
  std::uint64_t magic = 0;
  std::uint32_t version = 0;
  std::uint32_t stored = 0;
  if (!from.number(magic) || magic != k_magic) {
    return from.fault("this is no vector index of this program and kind of machine");
  }
  if (!from.number(version) || version != k_version) {
    return from.fault(fmt::format("version {} of the format; this program reads {}", version, k_version));
  }
  if (!from.number(stored) || stored != dimension) {
    return from.fault(fmt::format("vectors of {} components; this index holds those of {}", stored, dimension));
  }
  return {};
}

} // namespace

result<void> vector_index::save(const std::string& path) const {
  const std::lock_guard one_at_a_time{saving_};
  auto file = index_file::create(path);
  if (!file) {
    return file.error();
  }
  index_writer part;
  part.number<std::uint64_t>(k_magic);
  part.number<std::uint32_t>(k_version);
  part.number<std::uint32_t>(static_cast<std::uint32_t>(dimension()));
  for (const auto& [scope, in] : all_scopes()) {
    part.number<std::uint8_t>(static_cast<std::uint8_t>(mark::scope));
    part.number<std::uint64_t>(scope.high);
    part.number<std::uint64_t>(scope.low);
    {
      const auto lock = in->for_reading();
      in->vectors.write(part);
    }
    if (auto written = file->append(part); !written) {
      return written;
    }
    part.clear();
  }
  part.number<std::uint8_t>(static_cast<std::uint8_t>(mark::end));
  if (auto written = file->append(part); !written) {
    return written;
  }
  return file->commit();
}

result<vector_index::scope_map> vector_index::read(const std::string& path) const {
  auto from = index_reader::open(path);
  if (!from) {
    return from.error();
  }
  if (auto header = read_header(*from, dimension()); !header) {
    return header.error();
  }
  scope_map scopes;
  std::size_t total = 0;
  for (;;) {
    std::uint8_t next = 0;
    if (!from->number(next) || next > static_cast<std::uint8_t>(mark::scope)) {
      return from->fault("neither a scope nor the end");
    }
    if (static_cast<mark>(next) == mark::end) {
      break;
    }
    scope_id scope;
    auto in = std::make_shared<locked_scope>(format_, limits_.exact_rows_max);
    if (!from->number(scope.high) || !from->number(scope.low)) {
      return from->fault("a scope is cut off");
    }
    if (auto read = in->vectors.read(*from); !read) {
      return read.error();
    }
    total += in->bytes();
    if (total > limits_.bytes_max) {
      return make_error(error_kind::unavailable,
                        fmt::format("it holds more than the {} bytes allowed", limits_.bytes_max));
    }
    // A scope that was emptied while it was saved stands there without entries.
    if (in->vectors.size() != 0 && !scopes.emplace(scope, std::move(in)).second) {
      return from->fault("a scope stands there twice");
    }
  }
  if (auto finished = from->finish(); !finished) {
    return finished.error();
  }
  return scopes;
}

result<void> vector_index::load(const std::string& path) {
  clear();
  auto scopes = read(path);
  if (!scopes) {
    auto failure = scopes.error();
    failure.message = fmt::format("{} cannot be loaded: {}", path, failure.message);
    return failure;
  }
  for (auto& [scope, in] : *scopes) {
    bytes_.fetch_add(in->bytes());
    count_.fetch_add(in->vectors.size());
    auto& part = stripe_of(scope);
    const std::unique_lock lock{part.guard};
    part.scopes.insert_or_assign(scope, in);
  }
  return {};
}

} // namespace inferenceflow::vectors
