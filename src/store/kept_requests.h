/// The requests that a ledger kept, for whoever sends them again.
///
/// Role:      cache warming reads them, beside a gateway that goes on writing.
/// Lifecycle: open() → most_repeated() → read()* → destruction.
/// Threading: one thread; blocking.
/// Bounds:    most_repeated() holds a number per request, read() one request; no transaction stays open between calls,
///            so that a slow reader does not keep the ledger's log from shrinking.
#pragma once

#include "store/ledger.h"
#include "store/sqlite_database.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::store {

struct repeated_request {
  kept_request asked;
  std::string tenant;
  std::int64_t count = 0; ///< since it was kept first
};

class kept_requests {
public:
  /// Opens a ledger's file for reading.
  /// @returns unavailable naming the path: not there, not a ledger, of a version that keeps no requests.
  [[nodiscard]] static result<kept_requests> open(const std::string& path);

  /// Names of the requests that came most often, most often first, of those that came at `since_ms` (Unix time) or
  /// later. @returns unavailable when the database cannot be read.
  [[nodiscard]] result<std::vector<std::int64_t>> most_repeated(std::int64_t since_ms, std::size_t requests_max);

  /// @param name  as most_repeated() gave it.
  /// @returns nullopt when it was dropped meanwhile; unavailable when the database cannot be read or the body unpacked.
  [[nodiscard]] result<std::optional<repeated_request>> read(std::int64_t name);

private:
  explicit kept_requests(sqlite_database database)
      : database_(std::move(database)) {}

  sqlite_database database_;
  sqlite_statement ranking_;
  sqlite_statement one_;
};

} // namespace inferenceflow::store
