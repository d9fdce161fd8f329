#include "api/request_surface.h"

#include "api/files_surface.h"
#include "api/intake.h"
#include "api/percent_decode.h"
#include "api/request_report.h"
#include "base/ids.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace inferenceflow::api {

namespace {

constexpr std::string_view k_path = "/v1/requests/";

/// The report, or nothing when there is no such request.
result<std::optional<std::string>> report_on(store::ledger& ledger, const std::string& id, const std::string& tenant) {
  auto row = ledger.find(id, tenant);
  if (row && !*row) {
    ledger.flush(); // it may be on its way
    row = ledger.find(id, tenant);
  }
  if (!row) {
    return row.error();
  }
  if (!*row) {
    return std::optional<std::string>{};
  }
  const auto said = ledger.feedback_on(id, tenant);
  if (!said) {
    return said.error();
  }
  return std::optional{request_json(**row, *said)};
}

} // namespace

net::task<void> serve_request(call_context& context, service& serving) {
  const auto asked = read_headers(context, serving.settings(), "requests");
  if (!asked) {
    const error why = asked.error();
    co_await context.send_error(why);
    co_return;
  }
  const std::string id = percent_decode(context.head().path.substr(k_path.size()));
  if (!is_valid_request_id(id)) {
    co_await send_missing(context, "request", id.substr(0, k_request_id_bytes_max));
    co_return;
  }
  std::function<result<std::optional<std::string>>()> find =
      [&ledger = serving.shared.ledger, id, tenant = asked->tenant] { return report_on(ledger, id, tenant); };
  const auto report = co_await serving.blocking.run(std::move(find));
  if (!report) {
    const error why = report.error();
    co_await context.send_error(why);
    co_return;
  }
  if (!*report) {
    co_await send_missing(context, "request", id);
    co_return;
  }
  co_await context.send_json(200, **report);
}

} // namespace inferenceflow::api
