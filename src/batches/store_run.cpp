// The runner's half of batch_store: what becomes of a batch and its lines.
#include "batches/line_reader.h"
#include "batches/rows.h"
#include "batches/schema.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::batches {

result<batch_record> batch_store::batch_by_number(std::int64_t number) {
  auto found = bound(fmt::format("SELECT {} FROM batches WHERE number = ?", k_batch_columns), {}, {number});
  if (!found) {
    return found.error();
  }
  const int code = found->step();
  return code == SQLITE_ROW    ? result<batch_record>{batch_of(*found)}
         : code == SQLITE_DONE ? make_error(error_kind::unavailable, fmt::format("batch {} is gone", number))
                               : database_.make_failure();
}

result<std::optional<batch_record>> batch_store::cancel(std::string_view tenant, std::string_view id,
                                                        std::int64_t now_s) {
  return in_transaction([&]() -> result<std::optional<batch_record>> {
    auto found = find_batch(tenant, id);
    if (!found || !*found || (*found)->status == batch_status::cancelling) {
      return found;
    }
    if (!can_be_cancelled((*found)->status)) {
      return make_error(error_kind::conflict,
                        fmt::format("Cannot cancel a batch with status '{}'.", to_string((*found)->status)));
    }
    auto changed = change("UPDATE batches SET status = ?, cancelling_s = ? WHERE number = ?", {},
                          {static_cast<int>(batch_status::cancelling), now_s, (*found)->number});
    if (!changed) {
      return changed.error();
    }
    return find_batch(tenant, id);
  });
}

result<std::vector<batch_record>> batch_store::unfinished() {
  auto found =
      bound(fmt::format("SELECT {} FROM batches WHERE status IN (0, 2, 3, 6) ORDER BY number LIMIT ?", k_batch_columns),
            {}, {k_unfinished_max + 1});
  if (!found) {
    return found.error();
  }
  auto all = rows_of<batch_record>(database_, *found, k_unfinished_max, batch_of);
  return all ? result<std::vector<batch_record>>{std::move(all->records)} : all.error();
}

result<batch_record> batch_store::validate(std::int64_t batch, std::size_t lines_max, std::int64_t now_s) {
  return in_transaction([&]() -> result<batch_record> {
    auto found = batch_by_number(batch);
    if (!found || found->status != batch_status::validating) {
      return found;
    }
    const auto done = insert_lines(*found, lines_max, now_s);
    return done ? batch_by_number(batch) : done.error();
  });
}

result<void> batch_store::fail(std::int64_t batch, const std::string& errors, std::int64_t now_s) {
  return change("UPDATE batches SET errors = ?, status = ?, failed_s = ? WHERE number = ?", {errors},
                {static_cast<int>(batch_status::failed), now_s, batch});
}

result<void> batch_store::insert_lines(const batch_record& batch, std::size_t lines_max, std::int64_t now_s) {
  const auto file = find_file(batch.tenant, batch.input_file, now_s);
  if (!file) {
    return file.error();
  }
  if (!*file) {
    const line_error gone{.code = "file_not_found", .message = "The input file was deleted.", .param = "", .line = 0};
    return fail(batch.number, to_json({gone}), now_s);
  }
  const auto content = whole_content(batch.input_file);
  if (!content) {
    return content.error();
  }
  const auto read = read_file(*content, batch.endpoint, lines_max);
  if (!read.errors.empty()) {
    return fail(batch.number, to_json(read.errors), now_s);
  }
  auto insert = bound("INSERT INTO items (custom_id, text, batch, line, state) VALUES (?, ?, ?, ?, 0)", {});
  if (!insert) {
    return insert.error();
  }
  std::int64_t bytes = 0;
  for (const auto& [line, request] : read.requests) {
    insert->bind(0, request.custom_id);
    insert->bind(1, request.body);
    insert->bind(2, batch.number);
    insert->bind(3, line);
    if (insert->step() != SQLITE_DONE) {
      return database_.make_failure();
    }
    insert->reset();
    bytes += static_cast<std::int64_t>(request.body.size());
  }
  return change("UPDATE batches SET status = ?, in_progress_s = ?, total = ?, stored_bytes = ? WHERE number = ?", {},
                {static_cast<int>(batch_status::in_progress), now_s, static_cast<std::int64_t>(read.requests.size()),
                 bytes, batch.number});
}

result<std::vector<batch_item>> batch_store::waiting(std::int64_t batch, std::int64_t after, bool& more) {
  auto found =
      bound("SELECT line, custom_id, text FROM items WHERE batch = ?1 AND state = 0 AND line > ?2 AND NOT EXISTS "
            "(SELECT 1 FROM pooled_lines AS p WHERE p.batch = ?1 AND p.line = items.line) ORDER BY line",
            {}, {batch, after});
  if (!found) {
    return found.error();
  }
  std::vector<batch_item> items;
  std::size_t bytes = 0;
  more = true;
  while (items.size() < k_page_items && bytes < k_page_bytes) {
    const int code = found->step();
    if (code != SQLITE_ROW) {
      more = false;
      return code == SQLITE_DONE ? result<std::vector<batch_item>>{std::move(items)} : database_.make_failure();
    }
    items.push_back({.line = found->number(0), .custom_id = found->text(1), .body = found->text(2)});
    bytes += items.back().body.size();
  }
  return items;
}

result<void> batch_store::settle(std::int64_t batch, std::int64_t line, const item_result& what) {
  return in_transaction([&]() -> result<void> {
    const auto waited =
        count("SELECT coalesce((SELECT length(CAST(text AS BLOB)) FROM items WHERE batch = ? AND state = 0 AND "
              "line = ?), -1)",
              {}, {batch, line});
    if (!waited || *waited < 0) {
      return waited ? result<void>{} : waited.error();
    }
    auto written = change("UPDATE items SET text = ?, state = ? WHERE batch = ? AND state = 0 AND line = ?",
                          {what.output}, {what.good ? k_item_good : k_item_bad, batch, line});
    if (written) {
      written = change("DELETE FROM pooled_lines WHERE batch = ? AND line = ?", {}, {batch, line});
    }
    if (!written) {
      return written;
    }
    return change(
        "UPDATE batches SET completed = completed + ?, failed = failed + ?, stored_bytes = stored_bytes + ? "
        "WHERE number = ?",
        {}, {what.good ? 1 : 0, what.good ? 0 : 1, static_cast<std::int64_t>(what.output.size()) - *waited, batch});
  });
}

result<void> batch_store::settle_rest(const batch_record& batch, batch_status end) {
  const bool expired = end == batch_status::expired;
  auto told = change(
      "UPDATE items SET state = ?3, text = json_object('id', 'batch_req_' || lower(hex(randomblob(12))), 'custom_id', "
      "custom_id, 'response', json('null'), 'error', json_object('code', ?1, 'message', ?2)) || char(10) "
      "WHERE batch = ?4 AND state = 0",
      {expired ? "batch_expired" : "batch_cancelled",
       expired ? "This request was not asked before the completion window was over."
               : "This request was not asked before the batch was cancelled."},
      {k_item_bad, batch.number});
  return told ? change("UPDATE batches SET failed = total - completed, stored_bytes = (SELECT "
                       "coalesce(sum(length(CAST(text AS BLOB))), 0) FROM items WHERE batch = ?1) WHERE number = ?1",
                       {}, {batch.number})
              : told;
}

result<std::string> batch_store::make_output(const batch_record& batch, int state, std::int64_t now_s) {
  auto bytes = count("SELECT coalesce(sum(length(CAST(text AS BLOB))), -1) FROM items WHERE batch = ? AND state = ?",
                     {}, {batch.number, state});
  if (!bytes || *bytes < 0) {
    return bytes ? result<std::string>{std::string{}} : bytes.error();
  }
  const bool good = state == k_item_good;
  // The same name whenever it is made: a finish that is done again finds it there.
  std::string id = fmt::format("file-{}{}", batch.id.substr(batch.id.find('_') + 1), good ? "out" : "err");
  auto made =
      change("INSERT OR REPLACE INTO files (id, tenant, filename, purpose, bytes, created_s, expires_s, batch, "
             "state) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)",
             {id, batch.tenant, fmt::format("{}_{}.jsonl", batch.id, good ? "output" : "error"), k_output_purpose},
             {*bytes, now_s, batch.number, state});
  return made ? result<std::string>{std::move(id)} : made.error();
}

result<batch_record> batch_store::finish(std::int64_t batch, batch_status end, std::int64_t now_s) {
  return in_transaction([&]() -> result<batch_record> {
    auto found = batch_by_number(batch);
    if (!found || is_over(found->status)) {
      return found;
    }
    const auto waits = count("SELECT count(*) FROM items WHERE batch = ? AND state = 0", {}, {batch});
    if (!waits || (*waits > 0 && end == batch_status::completed)) {
      return waits ? found : waits.error();
    }
    if (auto told = settle_rest(*found, end); !told) {
      return told.error();
    }
    const auto good = make_output(*found, k_item_good, now_s);
    const auto bad = make_output(*found, k_item_bad, now_s);
    if (!good || !bad) {
      return good ? bad.error() : good.error();
    }
    const std::string_view when = end == batch_status::completed ? "completed_s"
                                  : end == batch_status::expired ? "expired_s"
                                                                 : "cancelled_s";
    auto ended = change(fmt::format("UPDATE batches SET output_file = ?1, error_file = ?2, status = ?3, finalizing_s = "
                                    "iif(finalizing_s = 0, ?4, finalizing_s), {} = ?4 WHERE number = ?5",
                                    when),
                        {*good, *bad}, {static_cast<int>(end), now_s, batch});
    return ended ? batch_by_number(batch) : ended.error();
  });
}

} // namespace inferenceflow::batches
