#include "store/ledger_tables.h"

#include <utility>

namespace inferenceflow::store {

result<ledger_tables> ledger_tables::open(sqlite_database& database, const ledger_options& options) {
  auto rows = prepare_inserts(database);
  if (!rows) {
    return rows.error();
  }
  auto requests = request_table::open(database, options.requests);
  if (!requests) {
    return requests.error();
  }
  auto decisions = decision_table::open(database, options.decisions);
  if (!decisions) {
    return decisions.error();
  }
  auto feedback = feedback_table::open(database, options.said);
  if (!feedback) {
    return feedback.error();
  }
  return ledger_tables{.rows = std::move(*rows),
                       .requests = std::move(*requests),
                       .decisions = std::move(*decisions),
                       .feedback = std::move(*feedback)};
}

int ledger_tables::trim() {
  for (const int code : {requests.trim(), decisions.trim(), feedback.trim()}) {
    if (code != SQLITE_DONE) {
      return code;
    }
  }
  return SQLITE_DONE;
}

void ledger_tables::recount() {
  requests.recount();
  decisions.recount();
  feedback.recount();
}

} // namespace inferenceflow::store
