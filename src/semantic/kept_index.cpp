#include "semantic/kept_index.h"

#include "vectors/index_file.h"

#include <filesystem>
#include <fmt/format.h>
#include <limits>

namespace inferenceflow::semantic {

namespace {

namespace fs = std::filesystem;

/// "IFSMKEYS" as a number, which reads differently on a machine of the other byte order.
constexpr std::uint64_t k_magic = 0x535945'4B4D5346'49U;
constexpr std::uint32_t k_version = 1;

std::string vectors_file(const std::string& path, std::uint64_t stamp) {
  return fmt::format("{}.{:016x}", path, stamp);
}

struct keys_file {
  std::uint64_t stamp = 0;
  std::uint32_t dimension = 0;
  std::vector<kept_id> ids;
};

result<keys_file> read_keys(const std::string& path) {
  auto from = vectors::index_reader::open(path);
  if (!from) {
    return from.error();
  }
  std::uint64_t magic = 0;
  std::uint32_t version = 0;
  std::uint64_t count = 0;
  keys_file read;
  if (!from->number(magic) || magic != k_magic || !from->number(version) || version != k_version) {
    return from->fault("these are no keys of an index of this program and kind of machine");
  }
  if (!from->number(read.stamp) || !from->number(read.dimension) || !from->number(count) || count > k_kept_ids_max ||
      !from->has(count, 3 * sizeof(std::uint64_t))) {
    return from->fault("the file is too short for what it says");
  }
  read.ids.resize(count);
  for (kept_id& each : read.ids) {
    if (!from->number(each.id) || !from->number(each.key.high) || !from->number(each.key.low)) {
      return from->fault("the file ends too early");
    }
  }
  if (const auto whole = from->finish(); !whole) {
    return whole.error();
  }
  return read;
}

/// Vectors that no keys belong to: of the older pair, or of a write that did not end.
void remove_others(const std::string& path, std::uint64_t stamp) {
  const fs::path named{path};
  const std::string prefix = named.filename().string() + ".";
  std::error_code ignored; // what cannot be removed stays
  for (const auto& file : fs::directory_iterator(named.has_parent_path() ? named.parent_path() : ".", ignored)) {
    const std::string name = file.path().filename().string();
    const bool ours = name.starts_with(prefix) && name.size() == prefix.size() + 16 &&
                      name.find_first_not_of("0123456789abcdef", prefix.size()) == std::string::npos;
    if (ours && name != fs::path(vectors_file(path, stamp)).filename().string()) {
      fs::remove(file.path(), ignored);
    }
  }
}

} // namespace

result<void> write_index(const std::string& path, const vectors::vector_index& vectors, std::span<const kept_id> ids,
                         std::uint64_t stamp) {
  if (auto saved = vectors.save(vectors_file(path, stamp)); !saved) {
    return saved;
  }
  auto file = vectors::index_file::create(path);
  if (!file) {
    return file.error();
  }
  vectors::index_writer part;
  part.number<std::uint64_t>(k_magic);
  part.number<std::uint32_t>(k_version);
  part.number<std::uint64_t>(stamp);
  part.number<std::uint32_t>(static_cast<std::uint32_t>(vectors.dimension()));
  part.number<std::uint64_t>(ids.size());
  for (const kept_id& each : ids) {
    part.number<std::uint64_t>(each.id);
    part.number<std::uint64_t>(each.key.high);
    part.number<std::uint64_t>(each.key.low);
  }
  if (auto written = file->append(part); !written) {
    return written;
  }
  if (auto placed = file->commit(); !placed) {
    return placed;
  }
  remove_others(path, stamp);
  return {};
}

result<kept_index> read_index(const std::string& path) {
  auto keys = read_keys(path);
  if (!keys) {
    return keys.error();
  }
  // Entries are bounded with their vectors, by the table.
  auto made = vectors::vector_index::make(keys->dimension, {.bytes_max = std::numeric_limits<std::size_t>::max()});
  if (!made) {
    return made.error();
  }
  if (const auto loaded = (*made)->load(vectors_file(path, keys->stamp)); !loaded) {
    return loaded.error();
  }
  return kept_index{.vectors = std::move(*made), .ids = std::move(keys->ids)};
}

} // namespace inferenceflow::semantic
