#include "store/kept_requests.h"

#include "store/kept_body.h"
#include "store/ledger_schema.h"

namespace inferenceflow::store {

result<kept_requests> kept_requests::open(const std::string& path) {
  auto database = open_ledger_for_reading(path);
  if (!database) {
    return database.error();
  }
  auto ranking = database->prepare("SELECT id FROM requests WHERE last_ms >= ?1 "
                                   "ORDER BY count DESC, last_ms DESC, id LIMIT ?2");
  auto one = database->prepare("SELECT path, body, body_bytes, tenant, count FROM requests WHERE id = ?1");
  if (!ranking || !one) {
    return database->make_failure();
  }
  kept_requests opened{std::move(*database)};
  opened.ranking_ = std::move(*ranking);
  opened.one_ = std::move(*one);
  return opened;
}

result<std::vector<std::int64_t>> kept_requests::most_repeated(std::int64_t since_ms, std::size_t requests_max) {
  ranking_.bind(0, since_ms);
  ranking_.bind(1, static_cast<std::int64_t>(requests_max));
  std::vector<std::int64_t> names;
  int code = ranking_.step();
  for (; code == SQLITE_ROW; code = ranking_.step()) {
    names.push_back(ranking_.number(0));
  }
  const error why = code == SQLITE_DONE ? error{} : database_.make_failure();
  ranking_.reset();
  if (code != SQLITE_DONE) {
    return why;
  }
  return names;
}

result<std::optional<repeated_request>> kept_requests::read(std::int64_t name) {
  one_.bind(0, name);
  const int code = one_.step();
  if (code != SQLITE_ROW) {
    const error why = code == SQLITE_DONE ? error{} : database_.make_failure();
    one_.reset();
    if (code != SQLITE_DONE) {
      return why;
    }
    return std::optional<repeated_request>{};
  }
  auto body = unpack_body(one_.blob(1), static_cast<std::size_t>(one_.number(2)));
  repeated_request found{.asked = {.path = one_.text(0), .body = {}}, .tenant = one_.text(3), .count = one_.number(4)};
  one_.reset();
  if (!body) {
    return body.error();
  }
  found.asked.body = std::move(*body);
  return std::optional{std::move(found)};
}

} // namespace inferenceflow::store
