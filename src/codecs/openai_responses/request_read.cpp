#include "codecs/openai_responses/request_read.h"

#include "codecs/openai_responses/input_read.h"
#include "codecs/openai_responses/request_fields.h"
#include "dialogue/json_view.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::codecs::openai_responses {

using dialogue::json_view;

namespace {

bool is_told(std::string_view name) {
  return std::find(k_told_fields.begin(), k_told_fields.end(), name) != k_told_fields.end();
}

bool is_essential(std::string_view name) {
  return std::any_of(k_carried_fields.begin(), k_carried_fields.end(),
                     [&](const carried_field& f) { return f.essential && f.name == name; });
}

/// A function that has nothing but what the superset knows; a deferred one, say, stays the provider's own.
bool is_plain_function(json_view tool) {
  bool plain = tool.member("type").text() == "function";
  tool.members([&](std::string_view key, json_view value) {
    constexpr std::array<std::string_view, 5> k_plain{"type", "name", "description", "parameters", "strict"};
    plain = plain && (std::find(k_plain.begin(), k_plain.end(), key) != k_plain.end() || value.json() == "false");
  });
  return plain;
}

dialogue::tool read_tool(json_view tool) {
  dialogue::tool read;
  const std::string_view type = tool.member("type").required_text();
  const bool function = type == "function";
  const json_view name = tool.member("name");
  read.name = function || type == "custom" ? name.required_text() : name.present() ? name.text() : type;
  if (!is_plain_function(tool)) {
    read.opaque = tool.json();
    read.origin = dialogue::protocol::openai_responses;
    return read;
  }
  read.description = tool.member("description").text();
  const json_view parameters = tool.member("parameters");
  if (parameters.present() && !parameters.is_object()) {
    parameters.fail("must be an object");
  }
  read.parameters = parameters.json();
  // Not strict is what every other protocol means by saying nothing, so false reads as unsaid.
  if (tool.member("strict").flag().value_or(false)) {
    read.strict = true;
  }
  return read;
}

void read_choice(json_view body, dialogue::request& into) {
  into.choice.parallel = body.member("parallel_tool_calls").flag();
  const json_view choice = body.member("tool_choice");
  if (!choice.present()) {
    return;
  }
  if (choice.is_text()) {
    const std::string_view mode = choice.text();
    if (mode == "auto") {
      into.choice.mode = dialogue::tool_mode::automatic;
    } else if (mode == "none") {
      into.choice.mode = dialogue::tool_mode::forbidden;
    } else if (mode == "required") {
      into.choice.mode = dialogue::tool_mode::required;
    } else {
      choice.fail("must be \"auto\", \"none\", \"required\" or an object");
    }
    return;
  }
  const std::string_view type = choice.member("type").required_text();
  if (type == "function" || type == "custom") {
    into.choice.mode = dialogue::tool_mode::named;
    into.choice.name = choice.member("name").required_text();
  } else {
    into.extras.push_back({.name = "tool_choice", .json = choice.json(), .essential = is_essential("tool_choice")});
  }
}

/// Members of `of` that the superset has no place for, as "path.member".
template <class Known>
void read_extras(json_view of, std::string_view path, const Known& known, dialogue::request& into) {
  of.members([&](std::string_view key, json_view value) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      into.extras.push_back({.name = fmt::format("{}.{}", path, key), .json = value.json()});
    }
  });
}

void read_format(json_view text, dialogue::request& into) {
  constexpr std::array<std::string_view, 1> k_known{"format"};
  read_extras(text, "text", k_known, into);
  const json_view format = text.member("format");
  if (!format.present()) {
    return;
  }
  const std::string_view type = format.member("type").required_text();
  if (type == "json_object") {
    into.format.kind = dialogue::format_kind::json;
  } else if (type == "json_schema") {
    into.format.kind = dialogue::format_kind::json_schema;
    into.format.name = format.member("name").required_text();
    into.format.description = format.member("description").text();
    into.format.strict = format.member("strict").flag();
    const json_view schema = format.member("schema");
    if (!schema.is_object()) {
      schema.fail(schema.present() ? "must be an object" : "is missing");
    }
    into.format.schema = schema.json();
  } else if (type != "text") {
    format.member("type").fail("must be \"text\", \"json_object\" or \"json_schema\"");
  }
}

void read_effort(json_view level, dialogue::request& into) {
  using dialogue::effort;
  constexpr std::array k_levels{
      std::pair{std::string_view{"none"}, effort::none},     std::pair{std::string_view{"minimal"}, effort::minimal},
      std::pair{std::string_view{"low"}, effort::low},       std::pair{std::string_view{"medium"}, effort::medium},
      std::pair{std::string_view{"high"}, effort::high},     std::pair{std::string_view{"xhigh"}, effort::extra_high},
      std::pair{std::string_view{"max"}, effort::extra_high}};
  const std::string_view name = level.text();
  for (const auto& [known, means] : k_levels) {
    if (known == name) {
      into.reasoning.level = means;
    }
  }
  if (!into.reasoning.level) {
    level.fail("must be \"none\", \"minimal\", \"low\", \"medium\", \"high\", \"xhigh\" or \"max\"");
  }
  if (name == "max") {
    into.extras.push_back({.name = "reasoning.effort", .json = R"("max")"}); // above what the superset counts
  }
}

void read_reasoning(json_view reasoning, dialogue::request& into) {
  constexpr std::array<std::string_view, 3> k_known{"effort", "summary", "generate_summary"};
  read_extras(reasoning, "reasoning", k_known, into);
  if (const json_view level = reasoning.member("effort"); level.present()) {
    read_effort(level, into);
  }
  const json_view summary = reasoning.member("summary");
  into.reasoning.summary = (summary.present() ? summary : reasoning.member("generate_summary")).text();
  if (!into.reasoning.summary.empty()) {
    into.reasoning.shown = true;
  }
}

void read_include(json_view include, dialogue::request& into) {
  std::string rest;
  include.each([&](json_view wish) {
    if (wish.text() == k_logprobs_wish) {
      into.logprobs = true;
    } else {
      rest.append(rest.empty() ? "[" : ",").append(wish.json());
    }
  });
  if (!rest.empty()) {
    into.extras.push_back({.name = "include", .json = rest + "]"});
  }
}

void read_user(json_view body, dialogue::request& into) {
  const std::string_view user = body.member("user").text();
  const json_view identifier = body.member("safety_identifier");
  into.user = user.empty() ? identifier.text() : user;
  if (!user.empty() && identifier.present()) {
    into.extras.push_back({.name = "safety_identifier", .json = identifier.json()});
  }
}

void read_prompt(json_view body, dialogue::request& into) {
  const std::string_view instructions = body.member("instructions").text();
  if (!instructions.empty()) {
    into.messages.push_back(
        {.who = dialogue::role::system, .parts = {dialogue::text_part{.text = std::string{instructions}}}});
  }
  const json_view input = body.member("input");
  const bool elsewhere = body.member("previous_response_id").present() || body.member("conversation").present() ||
                         body.member("prompt").present();
  if (!input.present() && !elsewhere) {
    input.fail("is missing");
  }
  read_input(input, into);
}

} // namespace

result<dialogue::request> read_request(std::string_view body) {
  dialogue::json_document document;
  const json_view root = document.parse(body);
  dialogue::request read;
  if (!document.failure()) {
    read.model = root.member("model").required_text();
    read_prompt(root, read);
    root.member("tools").each([&](json_view tool) { read.tools.push_back(read_tool(tool)); });
    read_choice(root, read);
    read_format(root.member("text"), read);
    read_reasoning(root.member("reasoning"), read);
    read_include(root.member("include"), read);
    read_user(root, read);
    read.sample.temperature = root.member("temperature").number();
    read.sample.top_p = root.member("top_p").number();
    read.tokens_max = root.member("max_output_tokens").integer(1);
    read.top_logprobs = root.member("top_logprobs").integer(0, 20).value_or(0);
    read.stream = root.member("stream").flag().value_or(false);
    read.service_tier = root.member("service_tier").text();
    read.cache_key = root.member("prompt_cache_key").text();
    root.members([&](std::string_view key, json_view value) {
      const std::string json = is_told(key) ? std::string{} : value.json();
      // Nothing is kept and nothing runs behind the client's back: what all other protocols do anyway.
      const bool says_nothing = json == "false" && (key == "store" || key == "background");
      if (!json.empty() && !says_nothing) {
        read.extras.push_back({.name = std::string{key}, .json = json, .essential = is_essential(key)});
      }
    });
  }
  if (document.failure()) {
    return *document.failure();
  }
  return read;
}

} // namespace inferenceflow::codecs::openai_responses
