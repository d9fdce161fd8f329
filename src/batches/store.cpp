#include "batches/store.h"

#include "batches/rows.h"
#include "batches/schema.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::batches {

using store::sqlite_statement;

namespace {

constexpr std::string_view k_in_memory = ":memory:";

error missing_input(std::string_view id) {
  return make_error(error_kind::invalid_request, fmt::format("No such File object: {}", id), "input_file_id");
}

/// Why `path` cannot be opened, with its name.
error named(const std::string& path, error why) {
  if (why.message.find("database is locked") != std::string::npos) { // whose code a rollback has changed
    why.message = fmt::format("{}: another process has it open", path);
  } else if (!why.message.starts_with(path)) {
    why.message = fmt::format("{}: {}", path, why.message);
  }
  return why;
}

} // namespace

result<batch_store> batch_store::open(const std::string& path, bool sync) {
  if (path != k_in_memory) {
    std::error_code failure;
    const auto folder = std::filesystem::path(path).parent_path();
    if (!folder.empty()) {
      std::filesystem::create_directories(folder, failure);
    }
    if (failure) {
      return make_error(error_kind::unavailable,
                        fmt::format("{}: its folder cannot be created: {}", path, failure.message()));
    }
  }
  auto database = store::sqlite_database::open(path, store::open_mode::read_write);
  if (!database) {
    return named(path, database.error());
  }
  // Locked for as long as it is open: two processes would ask every line twice.
  const auto set = database->execute(
      fmt::format("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = {}; "
                  "PRAGMA journal_size_limit = 67108864",
                  sync ? "FULL" : "NORMAL"));
  auto made = set ? make_tables(*database) : set;
  if (!made) {
    return named(path, made.error());
  }
  return batch_store{std::move(*database)};
}

result<sqlite_statement> batch_store::bound(std::string_view sql, std::initializer_list<std::string_view> texts,
                                            std::initializer_list<std::int64_t> numbers) {
  auto statement = database_.prepare(sql);
  if (statement) {
    int at = 0;
    for (const std::string_view text : texts) {
      statement->bind(at++, text);
    }
    for (const std::int64_t number : numbers) {
      statement->bind(at++, number);
    }
  }
  return statement;
}

result<void> batch_store::change(std::string_view sql, std::initializer_list<std::string_view> texts,
                                 std::initializer_list<std::int64_t> numbers) {
  auto statement = bound(sql, texts, numbers);
  if (!statement) {
    return statement.error();
  }
  return statement->step() == SQLITE_DONE ? result<void>{} : database_.make_failure();
}

result<std::int64_t> batch_store::count(std::string_view sql, std::initializer_list<std::string_view> texts,
                                        std::initializer_list<std::int64_t> numbers) {
  auto statement = bound(sql, texts, numbers);
  if (!statement) {
    return statement.error();
  }
  if (statement->step() != SQLITE_ROW) {
    return database_.make_failure();
  }
  return statement->number(0);
}

result<void> batch_store::add_file(const file_record& file, std::string_view content, const store_limits& limits) {
  return in_transaction([&]() -> result<void> {
    const auto files = count("SELECT count(*) FROM files WHERE tenant = ?", {file.tenant});
    const auto bytes = count("SELECT coalesce((SELECT sum(bytes) FROM files WHERE tenant = ?1 AND batch = 0), 0) + "
                             "coalesce((SELECT sum(stored_bytes) FROM batches WHERE tenant = ?1), 0)",
                             {file.tenant});
    if (!files || !bytes) {
      return files ? bytes.error() : files.error();
    }
    if (*files >= limits.files_max) {
      return make_error(error_kind::conflict,
                        fmt::format("there are {} files already, which is the limit; delete some", *files));
    }
    if (*bytes + static_cast<std::int64_t>(content.size()) > limits.bytes_max) {
      return make_error(error_kind::conflict,
                        fmt::format("files, requests and answers take {} bytes, this file {}, and the limit is {}; "
                                    "delete some files",
                                    *bytes, content.size(), limits.bytes_max));
    }
    auto good = change("INSERT INTO files (id, tenant, filename, purpose, bytes, created_s, expires_s) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?)",
                       {file.id, file.tenant, file.filename, file.purpose},
                       {static_cast<std::int64_t>(content.size()), file.created_s, file.expires_s});
    for (std::int64_t at = 0; good && !content.empty(); ++at) {
      auto piece = bound("INSERT INTO pieces (file, at, bytes) VALUES (?, ?, ?)", {file.id}, {at});
      if (!piece) {
        return piece.error();
      }
      piece->bind_blob(2, content.substr(0, k_piece_bytes));
      if (piece->step() != SQLITE_DONE) {
        good = database_.make_failure();
      }
      content.remove_prefix(std::min(content.size(), k_piece_bytes));
    }
    return good;
  });
}

result<std::optional<file_record>> batch_store::find_file(std::string_view tenant, std::string_view id,
                                                          std::int64_t now_s) {
  auto found =
      bound(fmt::format("SELECT {} FROM files WHERE id = ? AND tenant = ? AND (expires_s = 0 OR expires_s > ?)",
                        k_file_columns),
            {id, tenant}, {now_s});
  if (!found) {
    return found.error();
  }
  const int code = found->step();
  return code == SQLITE_ROW    ? result<std::optional<file_record>>{file_of(*found)}
         : code == SQLITE_DONE ? result<std::optional<file_record>>{std::nullopt}
                               : database_.make_failure();
}

result<listed<file_record>> batch_store::list_files(const list_wish& wish, std::int64_t now_s) {
  auto found = bound(
      fmt::format("SELECT {} FROM files WHERE tenant = ?1 AND (?2 = '' OR purpose = ?2) AND (expires_s = 0 OR "
                  "expires_s > ?5) AND (?3 = '' OR number {} (SELECT number FROM files WHERE id = ?3 AND tenant = ?1)) "
                  "ORDER BY number {} LIMIT ?4",
                  k_file_columns, wish.newest_first ? '<' : '>', wish.newest_first ? "DESC" : "ASC"),
      {wish.tenant, wish.purpose, wish.after}, {wish.count + 1, now_s});
  return found ? rows_of<file_record>(database_, *found, wish.count, file_of) : found.error();
}

result<void> batch_store::drop_file(const file_record& file) {
  auto gone = change("DELETE FROM pieces WHERE file = ?", {file.id});
  if (gone && file.purpose == k_output_purpose) {
    // Its lines are its content.
    gone = change("UPDATE batches SET stored_bytes = max(0, stored_bytes - (SELECT bytes FROM files WHERE id = ?1)) "
                  "WHERE number = (SELECT batch FROM files WHERE id = ?1)",
                  {file.id});
    if (gone) {
      gone = change("DELETE FROM items WHERE batch = (SELECT batch FROM files WHERE id = ?1) "
                    "AND state = (SELECT state FROM files WHERE id = ?1)",
                    {file.id});
    }
  }
  return gone ? change("DELETE FROM files WHERE id = ?", {file.id}) : gone;
}

result<bool> batch_store::remove_file(std::string_view tenant, std::string_view id) {
  return in_transaction([&]() -> result<bool> {
    const auto found = find_file(tenant, id, 0);
    if (!found || !*found) {
      return found ? result<bool>{false} : found.error();
    }
    const auto gone = drop_file(**found);
    return gone ? result<bool>{true} : gone.error();
  });
}

result<std::int64_t> batch_store::remove_expired(std::int64_t now_s) {
  return in_transaction([&]() -> result<std::int64_t> {
    auto found =
        bound(fmt::format("SELECT {} FROM files WHERE expires_s > 0 AND expires_s <= ? LIMIT ?", k_file_columns), {},
              {now_s, 101});
    if (!found) {
      return found.error();
    }
    auto expired = rows_of<file_record>(database_, *found, 100, file_of);
    if (!expired) {
      return expired.error();
    }
    found->reset();
    for (const auto& file : expired->records) {
      if (auto gone = drop_file(file); !gone) {
        return gone.error();
      }
    }
    return static_cast<std::int64_t>(expired->records.size());
  });
}

result<std::string> batch_store::read_piece(const file_record& file, file_cursor& at) {
  std::string text;
  const bool output = file.purpose == k_output_purpose;
  auto found = output ? bound("SELECT line, text FROM items WHERE batch = (SELECT batch FROM files WHERE id = ?1) AND "
                              "state = (SELECT state FROM files WHERE id = ?1) AND line > ?2 ORDER BY line",
                              {file.id}, {at.next})
                      : bound("SELECT at + 1, bytes FROM pieces WHERE file = ? AND at = ?", {file.id}, {at.next});
  if (!found) {
    return found.error();
  }
  int code = SQLITE_ROW;
  while (text.size() < k_piece_bytes && (code = found->step()) == SQLITE_ROW) {
    at.next = found->number(0);
    text += found->blob(1);
    if (!output) {
      at.end = text.size() < k_piece_bytes;
      return text;
    }
  }
  at.end = code == SQLITE_DONE;
  return code == SQLITE_ROW || code == SQLITE_DONE ? result<std::string>{std::move(text)} : database_.make_failure();
}

result<std::string> batch_store::whole_content(std::string_view file) {
  auto found = bound("SELECT bytes FROM pieces WHERE file = ? ORDER BY at", {file});
  if (!found) {
    return found.error();
  }
  std::string text;
  int code = SQLITE_DONE;
  while ((code = found->step()) == SQLITE_ROW) {
    text += found->blob(0);
  }
  return code == SQLITE_DONE ? result<std::string>{std::move(text)} : database_.make_failure();
}

result<batch_record> batch_store::add_batch(batch_record batch, const store_limits& limits) {
  return in_transaction([&]() -> result<batch_record> {
    const auto file = find_file(batch.tenant, batch.input_file, batch.created_s);
    if (!file) {
      return file.error();
    }
    if (!*file) {
      return missing_input(batch.input_file);
    }
    if ((*file)->purpose != k_batch_purpose) {
      return make_error(error_kind::invalid_request, "input_file_id: the file's purpose must be \"batch\"",
                        "input_file_id");
    }
    const auto own = count("SELECT count(*) FROM batches WHERE tenant = ? AND status IN (0, 2, 3, 6)", {batch.tenant});
    const auto all = count("SELECT count(*) FROM batches WHERE status IN (0, 2, 3, 6)", {});
    if (!own || !all) {
      return own ? all.error() : own.error();
    }
    if (*own >= limits.unfinished_max || *all >= k_unfinished_max) {
      return make_error(error_kind::rate_limited,
                        fmt::format("{} batches are not over yet, which is the limit; wait for one or cancel one",
                                    *own >= limits.unfinished_max ? *own : *all));
    }
    if (auto room = make_room(batch.tenant); !room) {
      return room.error();
    }
    auto added =
        change("INSERT INTO batches (id, tenant, user, endpoint, input_file, window, metadata, status, "
               "created_s, expires_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {batch.id, batch.tenant, batch.user, batch.endpoint, batch.input_file, batch.window, batch.metadata},
               {static_cast<int>(batch_status::validating), batch.created_s, batch.expires_s});
    if (!added) {
      return added.error();
    }
    const auto number = database_.number("SELECT last_insert_rowid()");
    if (!number) {
      return number.error();
    }
    batch.number = *number;
    return batch;
  });
}

result<void> batch_store::make_room(std::string_view tenant) {
  const auto kept = count("SELECT count(*) FROM batches WHERE tenant = ?", {tenant});
  if (!kept || *kept < k_kept_max) {
    return kept ? result<void>{} : kept.error();
  }
  const auto oldest =
      count("SELECT coalesce(min(number), 0) FROM batches WHERE tenant = ? AND status NOT IN (0, 2, 3, 6)", {tenant});
  if (!oldest) {
    return oldest.error();
  }
  for (const std::string_view sql :
       {"DELETE FROM items WHERE batch = ?", "DELETE FROM files WHERE batch = ? AND batch > 0",
        "DELETE FROM batches WHERE number = ?"}) {
    if (auto gone = change(sql, {}, {*oldest}); !gone) {
      return gone;
    }
  }
  return {};
}

result<std::optional<batch_record>> batch_store::find_batch(std::string_view tenant, std::string_view id) {
  auto found = bound(fmt::format("SELECT {} FROM batches WHERE id = ? AND tenant = ?", k_batch_columns), {id, tenant});
  if (!found) {
    return found.error();
  }
  const int code = found->step();
  return code == SQLITE_ROW    ? result<std::optional<batch_record>>{batch_of(*found)}
         : code == SQLITE_DONE ? result<std::optional<batch_record>>{std::nullopt}
                               : database_.make_failure();
}

result<listed<batch_record>> batch_store::list_batches(const list_wish& wish) {
  auto found =
      bound(fmt::format("SELECT {} FROM batches WHERE tenant = ?1 AND (?2 = '' OR number < (SELECT number FROM batches "
                        "WHERE id = ?2 AND tenant = ?1)) ORDER BY number DESC LIMIT ?3",
                        k_batch_columns),
            {wish.tenant, wish.after}, {wish.count + 1});
  return found ? rows_of<batch_record>(database_, *found, wish.count, batch_of) : found.error();
}

} // namespace inferenceflow::batches
