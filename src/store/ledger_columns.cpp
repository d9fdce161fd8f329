#include "store/ledger_columns.h"

#include "store/kept_body.h"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <utility>

namespace inferenceflow::store {

namespace {

/// role … complexity
constexpr int k_routed_column_count = 10;

std::int64_t clamped(std::int64_t tokens) {
  return std::clamp<std::int64_t>(tokens, 0, cost::k_tokens_max);
}

/// NULL in all columns for a row that was not routed.
void bind_routed(sqlite_statement& insert, int column, const std::optional<routed_part>& routed) noexcept {
  if (!routed) {
    for (int i = 0; i < k_routed_column_count; ++i) {
      insert.bind_null(column++);
    }
    return;
  }
  const auto put_known = [&](const std::optional<double>& number) {
    number ? insert.bind_real(column++, *number) : insert.bind_null(column++);
  };
  insert.bind(column++, to_string(routed->role));
  insert.bind(column++, routed->strategy);
  insert.bind(column++, routed->tier);
  insert.bind(column++, routed->chosen);
  insert.bind_real(column++, routed->propensity);
  insert.bind(column++, std::int64_t{routed->explored ? 1 : 0});
  put_known(routed->quality);
  put_known(routed->confidence);
  insert.bind(column++, std::int64_t{routed->escalations});
  insert.bind_real(column++, routed->complexity);
}

std::optional<routed_part> read_routed(const sqlite_statement& select, int column) {
  if (select.is_null(column)) {
    return std::nullopt;
  }
  const auto take_known = [&] {
    const int at = column++;
    return select.is_null(at) ? std::nullopt : std::optional{select.real(at)};
  };
  routed_part routed;
  routed.role = routed_role_named(select.text(column++));
  routed.strategy = select.text(column++);
  routed.tier = select.text(column++);
  routed.chosen = select.text(column++);
  routed.propensity = select.real(column++);
  routed.explored = select.number(column++) != 0;
  routed.quality = take_known();
  routed.confidence = take_known();
  routed.escalations = static_cast<std::uint32_t>(std::clamp<std::int64_t>(select.number(column++), 0, UINT32_MAX));
  routed.complexity = select.real(column);
  return routed;
}

} // namespace

result<ledger_inserts> prepare_inserts(sqlite_database& database) {
  std::string marks = "?";
  for (int i = 0; i < k_ledger_column_count; ++i) {
    marks += ",?";
  }
  const std::string sql = fmt::format("INSERT INTO ledger (entry_id, {}) VALUES ({})", k_ledger_columns, marks);
  auto plain = database.prepare(sql);
  if (!plain) {
    return plain.error();
  }
  // Not OR IGNORE, which would skip a row for other reasons than its entry_id too.
  auto unless_there = database.prepare(sql + " ON CONFLICT (entry_id) DO NOTHING");
  if (!unless_there) {
    return unless_there.error();
  }
  return ledger_inserts{.plain = std::move(*plain), .unless_there = std::move(*unless_there)};
}

void bind_row(sqlite_statement& insert, std::int64_t entry_id, const ledger_row& row,
              std::string_view asked_key) noexcept {
  int column = 0;
  const auto put_text = [&](std::string_view text) { insert.bind(column++, text); };
  const auto put = [&](std::int64_t number) { insert.bind(column++, number); };
  put(entry_id);
  put_text(row.request_id);
  put_text(row.trace_id);
  put_text(row.tenant);
  put_text(row.user);
  put_text(row.surface);
  put_text(row.model_requested);
  put_text(row.model_served);
  put_text(row.provider);
  put_text(row.cache);
  put(row.status);
  put_text(row.error_kind);
  put_text(row.finish_reason);
  put(row.streamed ? 1 : 0);
  put(clamped(row.usage.fresh_input));
  put(clamped(row.usage.cached_input));
  put(clamped(row.usage.cache_write));
  put(clamped(row.usage.output));
  put(clamped(row.usage.reasoning));
  put(row.source == cost::usage_source::estimated ? 1 : 0);
  put(row.ceiling_priced ? 1 : 0);
  put(row.cost.nano_usd());
  put(row.direct.nano_usd());
  put(row.latency_us);
  put(row.first_byte_us);
  put(row.batched ? 1 : 0);
  bind_routed(insert, column, row.routed);
  column += k_routed_column_count;
  asked_key.empty() ? insert.bind_null(column) : insert.bind_blob(column, asked_key);
}

ledger_row read_row(const sqlite_statement& select) {
  int column = 0;
  const auto take_text = [&] { return select.text(column++); };
  const auto take = [&] { return select.number(column++); };
  ledger_row row;
  row.finished_ms = take();
  row.request_id = take_text();
  row.trace_id = take_text();
  row.tenant = take_text();
  row.user = take_text();
  row.surface = take_text();
  row.model_requested = take_text();
  row.model_served = take_text();
  row.provider = take_text();
  row.cache = take_text();
  row.status = static_cast<int>(take());
  row.error_kind = take_text();
  row.finish_reason = take_text();
  row.streamed = take() != 0;
  row.usage.fresh_input = take();
  row.usage.cached_input = take();
  row.usage.cache_write = take();
  row.usage.output = take();
  row.usage.reasoning = take();
  row.source = take() != 0 ? cost::usage_source::estimated : cost::usage_source::reported;
  row.ceiling_priced = take() != 0;
  row.cost = money::from_nano_usd(take());
  row.direct = money::from_nano_usd(take());
  row.latency_us = take();
  row.first_byte_us = take();
  row.batched = take() != 0;
  row.routed = read_routed(select, column);
  return row;
}

void read_explanation(const sqlite_statement& select, int column, ledger_row& into) {
  if (!into.routed || select.is_null(column)) {
    return;
  }
  const auto bytes = static_cast<std::size_t>(select.number(column + 1));
  if (auto text = unpack_body(select.blob(column), std::min(bytes, k_explanation_bytes_max))) {
    into.routed->explanation = std::move(*text);
  }
}

} // namespace inferenceflow::store
