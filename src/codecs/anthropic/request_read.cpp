#include "codecs/anthropic/request_read.h"

#include "codecs/anthropic/block_read.h"
#include "codecs/anthropic/message_read.h"
#include "codecs/anthropic/vocabulary.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::codecs::anthropic {

using dialogue::json_view;
using dialogue::request;

namespace {

/// Fields that have a place in the superset, or are read below with what is inside them.
constexpr std::array<std::string_view, 16> k_placed{
    "model", "messages", "system", "max_tokens", "tools",    "tool_choice",   "stop_sequences", "temperature",
    "top_p", "top_k",    "stream", "metadata",   "thinking", "output_config", "service_tier",   "output_format"};

/// Without these the answer would not be what was asked for: tools of other servers, the state that code runs in, and
/// where data may be processed.
constexpr std::array<std::string_view, 3> k_essential{"mcp_servers", "container", "inference_geo"};

template <class List> bool holds(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

void add_extra(request& into, std::string name, const json_view& value, bool essential = false) {
  into.extras.push_back({.name = std::move(name), .json = value.json(), .essential = essential});
}

/// Keeps the members of `object` that are not among `placed` as extras.
template <class List>
void keep_rest(request& into, const json_view& object, std::string_view path, const List& placed) {
  object.members([&](std::string_view key, const json_view& value) {
    if (!holds(placed, key)) {
      add_extra(into, fmt::format("{}.{}", path, key), value);
    }
  });
}

/// Code alone may call the tool: another protocol's model would call it itself.
bool bars_the_model(const json_view& callers) {
  bool direct = false;
  callers.each([&](const json_view& caller) { direct = direct || caller.text() == "direct"; });
  return !direct;
}

void read_tool(request& into, const json_view& from) {
  const std::string_view type = from.member("type").text();
  const std::string_view name = from.member("name").text();
  dialogue::tool made;
  if (!type.empty() && type != "custom") {
    made.name = name.empty() ? type : name;
    made.opaque = from.json();
    made.origin = dialogue::protocol::anthropic;
    into.tools.push_back(std::move(made));
    return;
  }
  made.name = from.member("name").required_text();
  made.description = from.member("description").text();
  const json_view schema = from.member("input_schema");
  if (!schema.is_object()) {
    schema.fail(schema.present() ? "must be an object" : "is missing");
  }
  made.parameters = schema.json();
  made.strict = from.member("strict").flag();
  made.cache_mark = read_cache_mark(from);
  constexpr std::array<std::string_view, 6> k_tool_placed{"type",         "name",   "description",
                                                          "input_schema", "strict", "cache_control"};
  from.members([&](std::string_view key, const json_view& value) {
    if (!holds(k_tool_placed, key)) {
      add_extra(into, fmt::format("tools[{}].{}", into.tools.size(), key), value,
                key == "allowed_callers" && bars_the_model(value));
    }
  });
  into.tools.push_back(std::move(made));
}

void read_choice(request& into, const json_view& from) {
  if (!from.present()) {
    return;
  }
  const json_view kind = from.member("type");
  const std::string_view type = kind.required_text();
  if (type == "auto") {
    into.choice.mode = dialogue::tool_mode::automatic;
  } else if (type == "any") {
    into.choice.mode = dialogue::tool_mode::required;
  } else if (type == "none") {
    into.choice.mode = dialogue::tool_mode::forbidden;
  } else if (type == "tool") {
    into.choice.mode = dialogue::tool_mode::named;
    into.choice.name = from.member("name").required_text();
  } else {
    kind.fail("must be auto, any, none or tool");
  }
  if (const auto single = from.member("disable_parallel_tool_use").flag()) {
    into.choice.parallel = !*single;
  }
}

void read_thinking_wish(request& into, const json_view& from) {
  if (!from.present()) {
    return;
  }
  const json_view kind = from.member("type");
  const std::string_view type = kind.required_text();
  if (type == "enabled") {
    const json_view budget = from.member("budget_tokens");
    if (!budget.present()) {
      budget.fail("is missing");
    }
    into.reasoning.budget_tokens = budget.integer(1);
  } else if (type == "disabled" || type == "adaptive") {
    into.reasoning.budget_tokens = type == "disabled" ? 0 : -1;
  } else {
    kind.fail("must be enabled, disabled or adaptive");
  }
  const json_view display = from.member("display");
  const std::string_view word = display.text();
  if (word == "summarized" || word == "omitted") {
    into.reasoning.shown = word == "summarized";
  } else if (display.present()) {
    display.fail("must be summarized or omitted");
  }
  constexpr std::array<std::string_view, 3> k_thinking_placed{"type", "budget_tokens", "display"};
  keep_rest(into, from, "thinking", k_thinking_placed);
}

void read_format(request& into, const json_view& from) {
  if (!from.present()) {
    return;
  }
  if (const json_view kind = from.member("type"); kind.required_text() != "json_schema") {
    kind.fail("must be json_schema");
  }
  const json_view schema = from.member("schema");
  if (!schema.is_object()) {
    schema.fail(schema.present() ? "must be an object" : "is missing");
  }
  into.format.kind = dialogue::format_kind::json_schema;
  into.format.schema = schema.json();
}

void read_output_config(request& into, const json_view& from) {
  const json_view level = from.member("effort");
  if (level.present()) {
    const std::string_view word = level.text();
    into.reasoning.level = effort_of(word);
    if (!into.reasoning.level) {
      level.fail("must be low, medium, high, xhigh or max");
    }
    if (word == "max") {
      add_extra(into, "output_config.effort", level); // a step above what the superset can say
    }
  }
  read_format(into, from.member("format"));
  constexpr std::array<std::string_view, 2> k_output_placed{"effort", "format"};
  keep_rest(into, from, "output_config", k_output_placed);
}

void read_tuning(request& into, const json_view& root) {
  into.sample.temperature = root.member("temperature").number();
  into.sample.top_p = root.member("top_p").number();
  into.sample.top_k = root.member("top_k").integer(0);
  root.member("stop_sequences").each([&](const json_view& stop) { into.stop.emplace_back(stop.text()); });
  into.stream = root.member("stream").flag().value_or(false);
  into.service_tier = root.member("service_tier").text();
  const json_view metadata = root.member("metadata");
  into.user = metadata.member("user_id").text();
  constexpr std::array<std::string_view, 1> k_metadata_placed{"user_id"};
  keep_rest(into, metadata, "metadata", k_metadata_placed);
}

void read_body(request& into, const json_view& root, body_kind kind) {
  into.model = root.member("model").required_text();
  const json_view tokens = root.member("max_tokens");
  if (!tokens.present() && kind == body_kind::create) {
    tokens.fail("is missing");
  }
  into.tokens_max = tokens.integer(0);
  root.member("tools").each([&](const json_view& from) { read_tool(into, from); });
  read_choice(into, root.member("tool_choice"));
  read_system(root.member("system"), into.messages);
  const json_view messages = root.member("messages");
  if (!messages.present()) {
    messages.fail("is missing");
  }
  read_messages(messages, into.messages);
  read_tuning(into, root);
  read_thinking_wish(into, root.member("thinking"));
  read_output_config(into, root.member("output_config"));
  if (into.format.kind == dialogue::format_kind::text) {
    read_format(into, root.member("output_format")); // the beta's name for output_config.format
  }
  root.members([&](std::string_view key, const json_view& value) {
    if (!holds(k_placed, key)) {
      add_extra(into, std::string{key}, value, holds(k_essential, key));
    }
  });
}

} // namespace

result<request> read_messages_request(std::string_view body, body_kind kind) {
  dialogue::json_document document;
  const json_view root = document.parse(body);
  request got;
  if (!document.failure() && !root.is_object()) {
    root.fail("must be an object");
  } else {
    read_body(got, root, kind);
  }
  if (document.failure()) {
    return *document.failure();
  }
  return got;
}

} // namespace inferenceflow::codecs::anthropic
