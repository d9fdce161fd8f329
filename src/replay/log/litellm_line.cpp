#include "replay/log/json_fields.h"
#include "replay/log/lines.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace inferenceflow::replay {

namespace json = boost::json;

namespace {

/// The proxy shortens long texts and says so with this word; what is left is another request.
constexpr std::string_view k_shortened = "litellm_truncated";

/// @returns empty for calls that no model answers in words or vectors.
std::string path_of_call(std::string_view call) {
  if (!call.empty() && call.front() == 'a' && call != "anthropic_messages") {
    call.remove_prefix(1); // the asynchronous kind
  }
  if (call == "embedding") {
    return "/v1/embeddings";
  }
  if (call == "text_completion") {
    return "/v1/completions";
  }
  if (call == "anthropic_messages" || call == "nthropic_messages") {
    return "/v1/messages";
  }
  if (call == "responses") {
    return "/v1/responses";
  }
  return call.empty() || call == "completion" ? "/v1/chat/completions" : "";
}

std::int64_t count(const json::object& of, names wanted) {
  const double number = number_member(of, wanted).value_or(0);
  return static_cast<std::int64_t>(std::clamp(number, 0.0, static_cast<double>(cost::k_tokens_max)));
}

json::object object_in(const json::object& of, names wanted) {
  auto found = document_member(of, wanted);
  return found.is_object() ? std::move(found.get_object()) : json::object{};
}

/// LiteLLM's prompt_tokens hold what was read from and written to a cache, whoever the provider is.
std::optional<cost::token_usage> usage_of_row(const json::object& line) {
  const auto metadata = object_in(line, {"metadata"});
  auto detail = object_in(metadata, {"usage_object"});
  if (detail.empty()) {
    detail = object_in(metadata, {"additional_usage_values"});
  }
  const auto prompt_detail = object_in(detail, {"prompt_tokens_details"});
  const auto output_detail = object_in(detail, {"completion_tokens_details"});
  const std::int64_t input = count(line, {"prompt_tokens"});
  const std::int64_t output = count(line, {"completion_tokens"});
  if (input + output == 0) {
    return std::nullopt;
  }
  cost::token_usage found;
  found.cached_input =
      std::min(std::max(count(detail, {"cache_read_input_tokens"}), count(prompt_detail, {"cached_tokens"})), input);
  found.cache_write = std::min(count(detail, {"cache_creation_input_tokens"}), input - found.cached_input);
  found.fresh_input = input - found.cached_input - found.cache_write;
  found.reasoning = std::min(count(output_detail, {"reasoning_tokens"}), output);
  found.output = output - found.reasoning;
  return found;
}

void take_body(const json::object& line, record& into) {
  const auto sent = object_in(line, {"proxy_server_request"});
  const auto messages = document_member(line, {"messages"});
  if (sent.contains("messages") || sent.contains("input") || sent.contains("prompt")) {
    json::object body = sent;
    body["model"] = into.model;
    into.body = json::serialize(body);
  } else if (messages.is_array() && !messages.get_array().empty()) {
    const char* const name = into.path == "/v1/embeddings" ? "input" : "messages";
    into.body = json::serialize(json::object{{"model", into.model}, {name, messages}});
    into.parameters_known = false;
  }
  if (into.body.find(k_shortened) != std::string::npos) {
    into.body.clear();
  }
}

void take_names(const json::object& line, record& into) {
  into.id = text_member(line, {"request_id"});
  into.served = text_member(line, {"model"});
  into.model = text_member(line, {"model_group", "model"});
  into.provider = text_member(line, {"custom_llm_provider"});
  if (const auto slash = into.served.find('/');
      slash != std::string::npos && into.served.substr(0, slash) == into.provider) {
    into.served.erase(0, slash + 1);
  }
  into.tenant = text_member(line, {"team_id", "api_key"});
  into.user = text_member(line, {"end_user", "user"});
  into.session = text_member(line, {"session_id"});
}

} // namespace

bool is_litellm(const json::object& line) {
  return line.contains("request_id") && line.contains("startTime") &&
         (line.contains("spend") || line.contains("call_type"));
}

log_item read_litellm_line(const json::object& line) {
  record found;
  take_names(line, found);
  found.path = path_of_call(text_member(line, {"call_type"}));
  if (const auto at = time_member(line, {"startTime"})) {
    found.began_ms = *at;
    found.timed = true;
  }
  if (const auto took = number_member(line, {"request_duration_ms"}); took && *took >= 0 && *took < 1e9) {
    found.latency_ms = static_cast<std::int64_t>(*took);
  } else if (const auto ended = time_member(line, {"endTime"}); ended && found.timed && *ended >= found.began_ms) {
    found.latency_ms = *ended - found.began_ms;
  }
  found.usage = usage_of_row(line);
  if (const auto spent = number_member(line, {"spend"}); spent && *spent >= 0 && *spent < 1e6) {
    found.claimed = money::from_nano_usd(std::llround(*spent * 1e9));
  }
  if (text_member(line, {"status"}) == "failure" && !found.usage) {
    return {.why = skip_reason::failed};
  }
  if (found.model.empty() || found.path.empty()) {
    return {.why = skip_reason::no_request};
  }
  take_body(line, found);
  const auto response = document_member(line, {"response"});
  if (auto text = answer_text_of(response); text && !(response.is_object() && response.get_object().empty())) {
    found.answer = text->find(k_shortened) == std::string::npos ? std::move(*text) : std::string{};
    found.answer_bytes = found.answer.empty() ? std::nullopt : std::optional{found.answer.size()};
  }
  if (found.body.empty() && !found.usage) {
    return {.why = skip_reason::no_request};
  }
  return {.read = std::move(found)};
}

} // namespace inferenceflow::replay
