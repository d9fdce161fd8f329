/// The columns of a ledger row, in one order for insert and select.
#pragma once

#include "store/ledger.h"
#include "store/sqlite_database.h"

#include <cstdint>
#include <string_view>

namespace inferenceflow::store {

/// What a row stores beside its entry_id, which also holds finished_ms.
inline constexpr std::string_view k_ledger_columns =
    "request_id, trace_id, tenant, user, surface, model_requested, model_served, provider, cache, status, "
    "error_kind, finish_reason, streamed, fresh_input, cached_input, cache_write, output, reasoning, estimated, "
    "ceiling_priced, cost_nano_usd, direct_nano_usd, latency_us, first_byte_us, batched, "
    "role, strategy, tier, chosen, propensity, explored, quality, confidence, escalations, complexity, asked_key";
inline constexpr int k_ledger_column_count = 36;

/// The two ways to write a row.
struct ledger_inserts {
  sqlite_statement plain;        ///< fails with SQLITE_CONSTRAINT_PRIMARYKEY when the entry_id is taken
  sqlite_statement unless_there; ///< changes nothing when the entry_id is there: repeats what may be on disk already
};

/// Lifetime: `database` must outlive the statements.
/// @returns unavailable when the table is not as expected.
[[nodiscard]] result<ledger_inserts> prepare_inserts(sqlite_database& database);

/// Binds `entry_id` and `row` in the order of k_ledger_columns; token counts are clamped to 0 … k_tokens_max.
/// @param asked_key  of the body that is kept beside the row; empty = none.
/// Lifetime: `row` and what `asked_key` views must live until the statement is reset.
void bind_row(sqlite_statement& insert, std::int64_t entry_id, const ledger_row& row,
              std::string_view asked_key = {}) noexcept;

/// Reads what bind_row wrote, but for asked_key, from a select of finished_ms and k_ledger_columns.
[[nodiscard]] ledger_row read_row(const sqlite_statement& select);

/// Reads the explanation of a row from two columns of `decisions`, explanation and bytes. One that is damaged counts as
/// dropped: what it explains stands in the row.
void read_explanation(const sqlite_statement& select, int column, ledger_row& into);

} // namespace inferenceflow::store
