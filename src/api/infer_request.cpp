#include "api/infer_request.h"

#include "api/field_reader.h"
#include "api/routing_wishes.h"
#include "base/ids.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::api {

namespace json = boost::json;

namespace {

constexpr std::size_t k_name_bytes_max = 256;
constexpr std::size_t k_tenant_bytes_max = 128;
constexpr std::size_t k_wished_names_max = 64;
constexpr std::string_view k_wished_names_allowed = "must be an array of 1 to 64 names, each of 1 to 256 bytes";

bool is_name(const json::value& each) {
  return each.is_string() && !each.get_string().empty() && each.get_string().size() <= k_name_bytes_max;
}

void read_names(field_reader& fields, std::string_view name, std::vector<std::string>& into) {
  json::array names;
  fields.list(name, names);
  if (names.size() > k_wished_names_max || !std::all_of(names.begin(), names.end(), is_name)) {
    return fields.fail(name, k_wished_names_allowed);
  }
  for (const json::value& each : names) {
    into.emplace_back(each.get_string());
  }
}

/// One of three: two names of a prompt, or messages.
void read_question(field_reader& fields, infer_request& into) {
  std::string input;
  fields.text("prompt", 1, std::string::npos, into.simple.prompt);
  fields.text("input", 1, std::string::npos, input);
  fields.list("messages", into.messages);
  const int given = (into.simple.prompt.empty() ? 0 : 1) + (input.empty() ? 0 : 1) + (into.messages.empty() ? 0 : 1);
  if (given == 0) {
    fields.fail("prompt", "must be a string that is not empty, unless there are messages");
  } else if (given > 1) {
    fields.fail(into.messages.empty() ? "input" : "messages", "give one of prompt, input and messages");
  }
  if (!input.empty()) {
    into.simple.prompt = std::move(input);
  }
}

void read_wish(field_reader& fields, pipeline::routing_wish& into) {
  constexpr double largest = std::numeric_limits<double>::max();
  std::optional<double> usd;
  std::optional<std::int64_t> latency_ms;
  fields.number("budget", 0, largest, k_budget_allowed, usd);
  if (usd) {
    into.budget = budget_of(*usd);
    if (!into.budget) {
      fields.fail("budget", k_budget_allowed);
    }
  }
  fields.whole("latency_slo_ms", 1, k_latency_slo_ms_max, k_latency_slo_allowed, latency_ms);
  if (latency_ms) {
    into.latency_slo = std::chrono::milliseconds{*latency_ms};
  }
  fields.number("min_confidence", 0, 1, k_min_confidence_allowed, into.min_confidence);
  read_names(fields, "models", into.models);
  read_names(fields, "tags", into.tags);
}

void read_identity(field_reader& fields, infer_request& into) {
  fields.text("user_id", 0, k_name_bytes_max, into.simple.user);
  fields.text("tenant_id", 0, k_tenant_bytes_max, into.tenant);
  const bool visible = std::all_of(into.tenant.begin(), into.tenant.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!visible) {
    fields.fail("tenant_id", fmt::format("at most {} visible ASCII characters", k_tenant_bytes_max));
  }
  fields.text("request_id", 1, k_request_id_bytes_max, into.request_id);
  if (!into.request_id.empty() && !is_valid_request_id(into.request_id)) {
    fields.fail("request_id", fmt::format("at most {} letters, digits and . _ : / + = @ -", k_request_id_bytes_max));
  }
}

} // namespace

result<infer_request> read_infer(std::string_view body) {
  const auto document = read_object(body);
  if (!document) {
    return document.error();
  }
  infer_request asked;
  field_reader fields{*document};
  std::optional<bool> stream;
  read_question(fields, asked);
  fields.text("model", 1, k_name_bytes_max, asked.simple.model);
  read_wish(fields, asked.wish);
  fields.tokens("max_tokens", asked.simple.max_tokens);
  fields.number("temperature", 0, 2, "must be a number from 0 to 2", asked.simple.temperature);
  fields.flag("stream", stream);
  fields.flag("use_cache", asked.simple.use_cache);
  read_identity(fields, asked);
  fields.object("metadata", asked.simple.metadata);
  if (fields.failure()) {
    return *fields.failure();
  }
  asked.simple.stream = stream.value_or(false);
  return asked;
}

std::string as_chat_body(const infer_request& asked, std::string_view model) {
  return as_chat_body(asked.simple, model, asked.messages);
}

void add_wish(const pipeline::routing_wish& said, pipeline::routing_wish& wish) {
  wish.budget = said.budget ? said.budget : wish.budget;
  wish.latency_slo = said.latency_slo ? said.latency_slo : wish.latency_slo;
  wish.min_confidence = said.min_confidence ? said.min_confidence : wish.min_confidence;
  if (!said.models.empty()) {
    wish.models = said.models;
  }
  if (!said.tags.empty()) {
    wish.tags = said.tags;
  }
}

} // namespace inferenceflow::api
