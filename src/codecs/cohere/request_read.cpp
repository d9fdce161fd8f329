#include "codecs/cohere/request_read.h"

#include "codecs/cohere/document.h"
#include "codecs/cohere/message_read.h"
#include "dialogue/json_view.h"

#include <algorithm>
#include <array>

namespace inferenceflow::codecs::cohere {

using dialogue::format_kind;
using dialogue::json_view;
using dialogue::protocol;
using dialogue::request;
using dialogue::role;
using dialogue::tool;
using dialogue::tool_mode;

namespace {

/// Everything that is read below; any other field is kept as an extra.
constexpr std::array<std::string_view, 19> k_known = {"model",
                                                      "messages",
                                                      "stream",
                                                      "tools",
                                                      "strict_tools",
                                                      "tool_choice",
                                                      "documents",
                                                      "thinking",
                                                      "response_format",
                                                      "max_tokens",
                                                      "temperature",
                                                      "stop_sequences",
                                                      "seed",
                                                      "k",
                                                      "frequency_penalty",
                                                      "presence_penalty",
                                                      "p",
                                                      "logprobs",
                                                      "citation_options"};

constexpr std::string_view k_no_parameters = R"({"type":"object","properties":{}})";

tool read_tool(const json_view& given, std::optional<bool> strict) {
  const std::string_view type = given.member("type").text();
  if (!type.empty() && type != "function") {
    return {.name = std::string{type}, .opaque = given.json(), .origin = protocol::cohere};
  }
  const json_view function = given.member("function");
  tool read{.name = std::string{function.member("name").required_text()},
            .description = std::string{function.member("description").text()},
            .parameters = function.member("parameters").json(),
            .strict = strict};
  if (read.parameters == k_no_parameters) {
    read.parameters.clear();
  }
  return read;
}

void read_tools(const json_view& root, request& into) {
  const auto strict = root.member("strict_tools").flag();
  root.member("tools").each([&](const json_view& given) { into.tools.push_back(read_tool(given, strict)); });
  const json_view choice = root.member("tool_choice");
  const std::string_view word = choice.text();
  if (word == "REQUIRED") {
    into.choice.mode = tool_mode::required;
  } else if (word == "NONE") {
    into.choice.mode = tool_mode::forbidden;
  } else if (!word.empty()) {
    choice.fail("must be REQUIRED or NONE");
  }
}

/// Cohere cites unless it is told not to.
bool citations_off(const json_view& options) {
  const std::string_view mode = options.member("mode").text();
  return mode == "OFF" || mode == "DISABLED";
}

/// The request's documents stand before the last user message's own words: all of the conversation may rest on them,
/// and what came before stays as it was for a prompt cache.
void read_documents(const json_view& root, request& into) {
  const json_view documents = root.member("documents");
  const json_view options = root.member("citation_options");
  const bool off = citations_off(options);
  std::vector<dialogue::part> parts;
  documents.each([&](const json_view& document) { parts.emplace_back(read_document(document, !off)); });
  if (options.present() && (!off || parts.empty())) {
    into.extras.push_back({.name = "citation_options", .json = options.json()});
  }
  if (parts.empty()) {
    return;
  }
  const auto last = std::find_if(into.messages.rbegin(), into.messages.rend(),
                                 [](const dialogue::message& each) { return each.who == role::user; });
  if (last == into.messages.rend()) {
    documents.fail("need a user message to go with");
    return;
  }
  last->parts.insert(last->parts.begin(), std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end()));
}

void read_format(const json_view& given, request& into) {
  const json_view type = given.member("type");
  if (!given.present() || type.text() == "text") {
    return;
  }
  if (type.required_text() != "json_object") {
    type.fail("must be text or json_object");
    return;
  }
  const json_view named = given.member("json_schema");
  const json_view schema = named.present() ? named : given.member("schema");
  into.format.kind = schema.present() ? format_kind::json_schema : format_kind::json;
  into.format.schema = schema.json();
}

void read_thinking(const json_view& given, request& into) {
  if (!given.present()) {
    return;
  }
  const json_view type = given.member("type");
  const std::string_view word = type.text();
  const auto budget = given.member("token_budget").integer(1);
  if (word == "disabled") {
    into.reasoning.budget_tokens = 0;
  } else if (word.empty() || word == "enabled") {
    into.reasoning.budget_tokens = budget.value_or(-1);
  } else {
    type.fail("must be enabled or disabled");
  }
}

void read_sampling(const json_view& root, request& into) {
  into.sample.temperature = root.member("temperature").number();
  into.sample.top_p = root.member("p").number();
  into.sample.top_k = root.member("k").integer();
  into.sample.presence_penalty = root.member("presence_penalty").number();
  into.sample.frequency_penalty = root.member("frequency_penalty").number();
  into.sample.seed = root.member("seed").integer();
}

void read_extras(const json_view& root, request& into) {
  root.members([&](std::string_view name, const json_view& value) {
    if (std::find(k_known.begin(), k_known.end(), name) == k_known.end()) {
      into.extras.push_back({.name = std::string{name}, .json = value.json()});
    }
  });
}

} // namespace

result<request> read_request(std::string_view body) {
  dialogue::json_document document;
  const json_view root = document.parse(body);
  if (document.failure()) {
    return *document.failure();
  }
  if (!root.is_object()) {
    root.fail("must be an object");
    return *document.failure();
  }
  request read;
  read.model = root.member("model").required_text();
  const json_view messages = root.member("messages");
  if (!messages.present()) {
    messages.fail("is missing");
  }
  messages.each([&](const json_view& each) { read.messages.push_back(read_message(each)); });
  read_tools(root, read);
  read_documents(root, read);
  read_format(root.member("response_format"), read);
  root.member("stop_sequences").each([&](const json_view& each) { read.stop.emplace_back(each.text()); });
  read_sampling(root, read);
  read.tokens_max = root.member("max_tokens").integer(0);
  read.logprobs = root.member("logprobs").flag().value_or(false);
  read.stream = root.member("stream").flag().value_or(false);
  read_thinking(root.member("thinking"), read);
  read_extras(root, read);
  if (document.failure()) {
    return *document.failure();
  }
  return read;
}

} // namespace inferenceflow::codecs::cohere
