#include "codecs/bedrock/request_read.h"

#include "codecs/bedrock/block_read.h"
#include "codecs/bedrock/model_fields.h"
#include "codecs/bedrock/model_path.h"

#include <algorithm>
#include <array>
#include <utility>

namespace inferenceflow::codecs::bedrock {
namespace {

using namespace dialogue;

void read_system(const json_view& system, request& asked) {
  message said{.who = role::system};
  system.each([&](const json_view& block) { read_block(block, speaker::client, said.parts); });
  if (!said.parts.empty()) {
    asked.messages.push_back(std::move(said));
  }
}

/// Results of tools come in a user's turn; here they are messages of their own, in their place.
void add_user_turn(std::vector<part>&& parts, request& asked) {
  bool is_first = true;
  for (part& block : parts) {
    const role who = std::holds_alternative<tool_result_part>(block) ? role::tool : role::user;
    if (is_first || asked.messages.back().who != who) {
      asked.messages.push_back({.who = who});
      is_first = false;
    }
    asked.messages.back().parts.push_back(std::move(block));
  }
  if (is_first) {
    asked.messages.push_back({.who = role::user});
  }
}

void read_message(const json_view& turn, request& asked) {
  const std::string_view who = turn.member("role").required_text();
  const json_view content = turn.member("content");
  if (!content.present()) {
    content.fail("is missing");
  }
  std::vector<part> parts;
  content.each([&](const json_view& block) { read_block(block, speaker::client, parts); });
  if (who == "user") {
    add_user_turn(std::move(parts), asked);
  } else if (who == "assistant") {
    asked.messages.push_back({.who = role::assistant, .parts = std::move(parts)});
  } else {
    turn.member("role").fail(R"(must be "user" or "assistant")");
  }
}

void read_tool(const json_view& entry, request& asked) {
  if (const json_view point = entry.member("cachePoint"); point.present()) {
    if (asked.tools.empty() || asked.tools.back().cache_mark) {
      point.fail("must stand behind a tool");
      return;
    }
    asked.tools.back().cache_mark = read_cache_point(point);
    return;
  }
  if (const json_view own = entry.member("systemTool"); own.present()) {
    asked.tools.push_back(
        {.name = std::string{own.member("name").required_text()}, .opaque = entry.json(), .origin = protocol::bedrock});
    return;
  }
  const json_view spec = entry.member("toolSpec");
  const json_view schema = spec.member("inputSchema").member("json");
  if (!spec.present()) {
    entry.fail("must hold toolSpec, systemTool or cachePoint");
  } else if (!schema.is_object()) {
    schema.fail(schema.present() ? "must be an object" : "is missing");
  }
  asked.tools.push_back({.name = std::string{spec.member("name").required_text()},
                         .description = std::string{spec.member("description").text()},
                         .parameters = schema.json(),
                         .strict = spec.member("strict").flag(),
                         .opaque = {}});
}

void read_tools(const json_view& config, request& asked) {
  config.member("tools").each([&](const json_view& entry) { read_tool(entry, asked); });
  const json_view wanted = config.member("toolChoice");
  if (!wanted.present()) {
    return;
  }
  if (const json_view named = wanted.member("tool"); named.present()) {
    asked.choice.mode = tool_mode::named;
    asked.choice.name = named.member("name").required_text();
  } else if (wanted.member("any").present()) {
    asked.choice.mode = tool_mode::required;
  } else if (wanted.member("auto").present()) {
    asked.choice.mode = tool_mode::automatic;
  } else {
    wanted.fail("must hold auto, any or tool");
  }
}

void read_inference(const json_view& config, request& asked) {
  asked.tokens_max = config.member("maxTokens").integer(1);
  asked.sample.temperature = config.member("temperature").number();
  asked.sample.top_p = config.member("topP").number();
  config.member("stopSequences").each([&](const json_view& stop) { asked.stop.emplace_back(stop.required_text()); });
}

void read_format(const json_view& config, request& asked) {
  const json_view format = config.member("textFormat");
  if (!format.present()) {
    return;
  }
  if (format.member("type").required_text() != "json_schema") {
    format.member("type").fail(R"(must be "json_schema")");
  }
  const json_view schema = format.member("structure").member("jsonSchema");
  asked.format.kind = format_kind::json_schema;
  asked.format.name = schema.member("name").text();
  asked.format.description = schema.member("description").text();
  asked.format.schema = schema.member("schema").required_text();
  if (!asked.format.schema.empty() && !is_json_object(asked.format.schema)) {
    schema.member("schema").fail("must be a JSON object in a string");
  }
}

/// What only Converse has. A guardrail that is not applied, or a prompt without its variables, is not what was asked
/// for.
void read_extras(const json_view& body, request& asked) {
  struct row {
    std::string_view name;
    bool essential;
  };
  constexpr std::array k_extras{
      row{"guardrailConfig", true},
      row{"promptVariables", true},
      row{"requestMetadata", false},
      row{"performanceConfig", false},
      row{"additionalModelResponseFieldPaths", false},
  };
  for (const row& extra : k_extras) {
    if (const json_view value = body.member(extra.name); value.present()) {
      asked.extras.push_back({.name = std::string{extra.name}, .json = value.json(), .essential = extra.essential});
    }
  }
}

} // namespace

result<request> read_request(std::string_view body, const request_target& target) {
  auto place = parse_model_path(target.path);
  if (!place) {
    return make_error(error_kind::invalid_request,
                      "the path must be /model/{modelId}/converse or /model/{modelId}/converse-stream", "modelId");
  }
  json_document document;
  const json_view root = document.parse(body);
  if (!root.present() && !document.failure()) {
    root.fail("must be an object");
  }
  request asked;
  asked.model = std::move(place->model);
  asked.stream = place->stream;
  read_system(root.member("system"), asked);
  const json_view messages = root.member("messages");
  // A prompt that Bedrock keeps brings its own messages; it is named by its ARN.
  if (!messages.present() && asked.model.find(":prompt/") == std::string::npos) {
    messages.fail("is missing");
  }
  messages.each([&](const json_view& turn) { read_message(turn, asked); });
  read_tools(root.member("toolConfig"), asked);
  read_inference(root.member("inferenceConfig"), asked);
  read_format(root.member("outputConfig"), asked);
  asked.service_tier = root.member("serviceTier").member("type").text();
  read_model_fields(root.member("additionalModelRequestFields"), asked);
  read_extras(root, asked);
  if (document.failure()) {
    return *document.failure();
  }
  return asked;
}

} // namespace inferenceflow::codecs::bedrock
