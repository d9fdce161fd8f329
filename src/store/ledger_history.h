/// What a ledger knows of its requests, one after the other: the row, what was said of it, what was asked.
///
/// Role:      training files, off-policy reports and replay read it, beside a gateway that goes on writing.
/// Lifecycle: open() → next()* → destruction.
/// Threading: one thread; blocking.
/// Bounds:    one request at a time; no transaction stays open between calls, so that a slow reader does not keep the
///            ledger's log from shrinking.
#pragma once

#include "store/ledger.h"
#include "store/sqlite_database.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::store {

struct history_query {
  std::int64_t from_ms = 0;          ///< inclusive
  std::int64_t until_ms = INT64_MAX; ///< exclusive
  bool judged_only = false;          ///< only requests of which something was said
};

struct past_request {
  std::int64_t entry_id = 0;
  ledger_row row = {};             ///< `asked` is set where the body is kept still, the explanation likewise
  bool body_was_kept = false;      ///< then `asked` may be missing because it was dropped, or cannot be unpacked
  std::vector<feedback> said = {}; ///< oldest first
};

class ledger_history {
public:
  /// Opens a ledger's file for reading.
  /// @returns unavailable naming the path: not there, not a ledger, of another version.
  [[nodiscard]] static result<ledger_history> open(const std::string& path, const history_query& asked);

  /// The next request, in the order in which they finished; shadows are among them, each a row of its own.
  /// @returns nullopt after the last; unavailable when the database cannot be read.
  [[nodiscard]] result<std::optional<past_request>> next();

  /// How many there are from the first to the last, to show progress; new ones may come. Reads an index or all rows.
  [[nodiscard]] result<std::int64_t> count();

private:
  ledger_history(sqlite_database database, std::int64_t first, std::int64_t end)
      : database_(std::move(database))
      , first_(first)
      , at_(first)
      , end_(end) {}

  sqlite_database database_;
  sqlite_statement next_;
  sqlite_statement said_;
  sqlite_statement count_;
  std::int64_t first_; ///< entry_ids
  std::int64_t at_;
  std::int64_t end_;
};

} // namespace inferenceflow::store
