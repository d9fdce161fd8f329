#include "replay/log/json_fields.h"
#include "replay/log/lines.h"

#include <boost/json.hpp>
#include <cmath>

namespace inferenceflow::replay {

namespace json = boost::json;

namespace {

/// What logs put beside the members of a body. `user`, `metadata` and `stream` belong to both and stay.
constexpr std::string_view k_not_of_the_body[] = {
    "timestamp",  "time",        "ts",       "created",    "created_at", "start_time", "end_time", "completed_at",
    "response",   "usage",       "id",       "request_id", "tenant",     "team",       "session",  "session_id",
    "latency_ms", "duration_ms", "duration", "latency",    "latency_s",  "path",       "url",      "endpoint",
    "status",     "status_code", "error",    "cost",       "spend",      "provider",   "batch",    "user_id"};

const names k_times{"timestamp", "time", "ts", "start_time", "created", "created_at"};

json::value body_of(const json::object& line) {
  auto body = document_member(line, {"request", "body", "request_body"});
  if (body.is_object()) {
    // A whole HTTP request: {"url": …, "body": {…}}.
    const auto* inner = body.get_object().if_contains("body");
    return inner != nullptr && inner->is_object() ? json::value(*inner) : body;
  }
  if (!line.contains("messages") && !line.contains("prompt") && !line.contains("input")) {
    return nullptr;
  }
  json::object direct = line;
  for (const std::string_view name : k_not_of_the_body) {
    direct.erase(name);
  }
  return direct;
}

/// A path of an address or of itself.
std::string path_of(std::string address) {
  if (const auto scheme = address.find("://"); scheme != std::string::npos) {
    const auto slash = address.find('/', scheme + 3);
    address = slash == std::string::npos ? std::string{} : address.substr(slash);
  }
  return address.substr(0, address.find('?'));
}

std::optional<std::int64_t> latency_of(const json::object& line, const record& into) {
  if (const auto ms = number_member(line, {"latency_ms", "duration_ms"}); ms && *ms >= 0 && *ms < 1e9) {
    return static_cast<std::int64_t>(*ms);
  }
  if (const auto seconds = number_member(line, {"latency_s", "latency", "duration"});
      seconds && *seconds >= 0 && *seconds < 1e6) {
    return static_cast<std::int64_t>(*seconds * 1e3);
  }
  const auto ended = time_member(line, {"end_time", "completed_at"});
  if (ended && into.timed && *ended >= into.began_ms) {
    return *ended - into.began_ms;
  }
  return std::nullopt;
}

void take_response(const json::value& response, record& into) {
  into.answer = answer_text_of(response).value_or("");
  if (!response.is_null()) {
    into.answer_bytes = into.answer.size();
  }
  const auto* object = response.if_object();
  if (object == nullptr) {
    return;
  }
  if (const auto* usage = member(*object, {"usage"})) {
    into.usage = usage_of(*usage);
  }
  into.served = text_member(*object, {"model"});
  if (!into.timed) {
    if (const auto at = time_member(*object, {"created", "created_at"})) {
      into.began_ms = *at;
      into.timed = true;
    }
  }
}

bool has_failed(const json::object& line, double status) {
  const auto* error = member(line, {"error"});
  return status >= 400 || (error != nullptr && !(error->is_string() && error->get_string().empty()));
}

void take_names(const json::object& line, record& into) {
  into.id = text_member(line, {"id", "request_id", "custom_id"});
  into.tenant = text_member(line, {"tenant", "team", "team_id", "organization"});
  into.user = text_member(line, {"user", "user_id", "end_user"});
  into.session = text_member(line, {"session", "session_id", "conversation_id"});
  into.provider = text_member(line, {"provider"});
  into.path = path_of(text_member(line, {"path", "url", "endpoint"}));
  into.batch = flag_member(line, {"batch"}) ? batch_use::could_wait : batch_use::none;
}

} // namespace

log_item read_openai_line(const json::object& line) {
  record found;
  take_names(line, found);
  if (const auto at = time_member(line, k_times)) {
    found.began_ms = *at;
    found.timed = true;
  }
  found.latency_ms = latency_of(line, found);
  double status = number_member(line, {"status", "status_code"}).value_or(0);
  auto response = document_member(line, {"response"});
  if (const auto* whole = response.if_object();
      whole != nullptr && whole->contains("status_code") && whole->contains("body")) {
    status = number_member(*whole, {"status_code"}).value_or(0); // a line of a batch's output
    found.batch = line.contains("custom_id") ? batch_use::bought : found.batch;
    response = document_member(*whole, {"body"});
  } else if (line.contains("custom_id")) {
    found.batch = batch_use::could_wait;
  }
  take_response(response, found);
  if (const auto* usage = member(line, {"usage"})) {
    found.usage = usage_of(*usage);
  }
  if (const auto cost = number_member(line, {"cost", "spend"}); cost && *cost >= 0 && *cost < 1e6) {
    found.claimed = money::from_nano_usd(std::llround(*cost * 1e9));
  }
  const auto body = body_of(line);
  if (const auto* object = body.if_object()) {
    found.model = text_member(*object, {"model"});
    found.body = json::serialize(*object);
    found.user = found.user.empty() ? text_member(*object, {"user"}) : found.user;
  }
  if (found.model.empty()) {
    found.model = text_member(line, {"model"});
  }
  if (found.model.empty()) {
    found.model = found.served;
  }
  if (has_failed(line, status) && !found.usage) {
    return {.why = skip_reason::failed};
  }
  if (found.model.empty() || (found.body.empty() && !found.usage)) {
    return {.why = skip_reason::no_request};
  }
  return {.read = std::move(found)};
}

} // namespace inferenceflow::replay
