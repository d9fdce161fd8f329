#include "store/ledger_columns.h"

#include <algorithm>
#include <fmt/format.h>
#include <string>

namespace inferenceflow::store {

namespace {

std::int64_t clamped(std::int64_t tokens) {
  return std::clamp<std::int64_t>(tokens, 0, cost::k_tokens_max);
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

void bind_row(sqlite_statement& insert, std::int64_t entry_id, const ledger_row& row) noexcept {
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
  return row;
}

} // namespace inferenceflow::store
