// The part of batch_store that keeps lines in batches at providers.
#include "batches/rows.h"

#include <utility>

namespace inferenceflow::batches {

result<std::optional<batch_item>> batch_store::waiting_line(std::int64_t batch, std::int64_t line) {
  auto found =
      bound("SELECT line, custom_id, text FROM items WHERE batch = ? AND state = 0 AND line = ?", {}, {batch, line});
  if (!found) {
    return found.error();
  }
  const int code = found->step();
  if (code == SQLITE_ROW) {
    return std::optional{batch_item{.line = found->number(0), .custom_id = found->text(1), .body = found->text(2)}};
  }
  return code == SQLITE_DONE ? result<std::optional<batch_item>>{std::nullopt} : database_.make_failure();
}

result<std::vector<pooled_line>> batch_store::add_pooled(const pooled_batch& batch) {
  return in_transaction([&]() -> result<std::vector<pooled_line>> {
    auto written =
        change("INSERT INTO pooled (target, mark, number, created_s) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (number) DO "
               "UPDATE SET target = ?1, mark = ?2, remote = ''",
               {batch.target, batch.mark}, {batch.number, batch.created_s});
    if (written) {
      written = change("DELETE FROM pooled_lines WHERE pooled = ?", {}, {batch.number});
    }
    std::vector<pooled_line> in;
    for (const auto& line : batch.lines) {
      const auto before = database_.number("SELECT total_changes()");
      if (!written || !before) {
        break;
      }
      written = change("INSERT INTO pooled_lines (request_id, pooled, batch, line) SELECT ?1, ?2, ?3, ?4 WHERE EXISTS "
                       "(SELECT 1 FROM items WHERE batch = ?3 AND state = 0 AND line = ?4)",
                       {line.request_id}, {batch.number, line.batch, line.line});
      if (const auto after = database_.number("SELECT total_changes()"); after && *after > *before) {
        in.push_back(line);
      }
    }
    if (!written) {
      return written.error();
    }
    return in;
  });
}

result<void> batch_store::set_remote(std::int64_t pooled, std::string_view remote) {
  return change("UPDATE pooled SET remote = ? WHERE number = ?", {remote}, {pooled});
}

result<void> batch_store::forget_empty() {
  return change("DELETE FROM pooled WHERE number NOT IN (SELECT pooled FROM pooled_lines)", {});
}

result<std::vector<pooled_batch>> batch_store::pooled() {
  return in_transaction([&]() -> result<std::vector<pooled_batch>> {
    auto cleaned = change("DELETE FROM pooled_lines WHERE NOT EXISTS (SELECT 1 FROM items AS i WHERE i.batch = "
                          "pooled_lines.batch AND i.state = 0 AND i.line = pooled_lines.line)",
                          {});
    if (cleaned) {
      cleaned = forget_empty();
    }
    auto found = cleaned ? bound("SELECT p.number, p.target, p.mark, p.remote, p.created_s, l.batch, l.line, "
                                 "l.request_id, b.expires_s FROM pooled AS p JOIN pooled_lines AS l ON l.pooled = "
                                 "p.number JOIN batches AS b ON b.number = l.batch ORDER BY p.number, l.batch, l.line",
                                 {})
                         : result<store::sqlite_statement>{cleaned.error()};
    if (!found) {
      return found.error();
    }
    std::vector<pooled_batch> all;
    int code = SQLITE_DONE;
    while ((code = found->step()) == SQLITE_ROW) {
      if (all.empty() || all.back().number != found->number(0)) {
        all.push_back({.number = found->number(0),
                       .target = found->text(1),
                       .mark = found->text(2),
                       .remote = found->text(3),
                       .created_s = found->number(4)});
      }
      all.back().lines.push_back({.batch = found->number(5),
                                  .line = found->number(6),
                                  .request_id = found->text(7),
                                  .expires_s = found->number(8)});
    }
    return code == SQLITE_DONE ? result<std::vector<pooled_batch>>{std::move(all)} : database_.make_failure();
  });
}

result<void> batch_store::release(const std::vector<pooled_line>& lines) {
  return in_transaction([&]() -> result<void> {
    for (const auto& line : lines) {
      auto gone = change("DELETE FROM pooled_lines WHERE batch = ? AND line = ?", {}, {line.batch, line.line});
      if (!gone) {
        return gone;
      }
    }
    return forget_empty();
  });
}

} // namespace inferenceflow::batches
