#include "codecs/gemini/request_read.h"

#include "codecs/gemini/call_ids.h"
#include "codecs/gemini/config_read.h"
#include "codecs/gemini/fields.h"
#include "codecs/gemini/json_out.h"
#include "codecs/gemini/part_read.h"
#include "codecs/gemini/schema.h"
#include "codecs/gemini/target.h"
#include "dialogue/json_view.h"

#include <fmt/format.h>
#include <utility>
#include <vector>

namespace inferenceflow::codecs::gemini {

using dialogue::json_view;
using dialogue::message;
using dialogue::role;

namespace {

role role_of(const json_view& content) {
  const json_view name = content.member("role");
  const std::string_view who = name.text();
  if (who == "model") {
    return role::assistant;
  }
  if (!who.empty() && who != "user" && who != "function" && who != "tool") {
    name.fail("must be user or model");
  }
  return role::user;
}

/// Results of tools stand in user turns; the superset keeps them in messages of their own. Empty texts are left out,
/// but where nothing else is said: that is how clients ask for an answer to the system instruction alone.
void read_content(const json_view& content, std::vector<message>& into, call_ids& ids) {
  const role who = role_of(content);
  const std::size_t begin = into.size();
  bool any_part = false;
  each_of(content.member("parts"), [&](const json_view& part) {
    auto what = read_part(part, ids);
    any_part = true;
    if (!what) {
      return;
    }
    const role whose = std::holds_alternative<dialogue::tool_result_part>(*what) ? role::tool : who;
    if (into.size() == begin || into.back().who != whose) {
      into.push_back({.who = whose});
    }
    into.back().parts.push_back(std::move(*what));
  });
  if (any_part && into.size() == begin) {
    into.push_back({.who = who, .parts = {dialogue::text_part{}}});
  }
}

void read_messages(const json_view& root, dialogue::request& asked) {
  call_ids ids;
  message system{.who = role::system};
  each_of(get(root, k_system_instruction).member("parts"), [&](const json_view& part) {
    if (auto what = read_part(part, ids)) {
      system.parts.push_back(std::move(*what));
    }
  });
  if (!system.parts.empty()) {
    asked.messages.push_back(std::move(system));
  }
  const std::size_t before = asked.messages.size();
  const json_view contents = root.member("contents");
  each_of(contents, [&](const json_view& content) { read_content(content, asked.messages, ids); });
  if (!contents.present()) {
    contents.fail("is missing");
  } else if (asked.messages.size() == before) {
    contents.fail("must hold at least one part");
  }
}

dialogue::tool read_function(const json_view& declaration) {
  dialogue::tool function;
  function.name = declaration.member("name").required_text();
  function.description = declaration.member("description").text();
  const json_view schema = get(declaration, k_parameters_json_schema);
  function.parameters = schema.present() ? schema.json() : json_schema_text(declaration.member("parameters").json());
  return function;
}

void read_tools(const json_view& tools, std::vector<dialogue::tool>& into) {
  each_of(tools, [&](const json_view& given) {
    each_of(get(given, k_function_declarations),
            [&](const json_view& declaration) { into.push_back(read_function(declaration)); });
    given.members([&](std::string_view name, const json_view& own) {
      if (name != k_function_declarations.camel && name != k_function_declarations.snake) {
        std::string whole;
        json_out out{whole};
        out.value(name);
        whole = fmt::format("{{{}:{}}}", whole, own.json());
        into.push_back({.name = std::string{name}, .opaque = std::move(whole), .origin = dialogue::protocol::gemini});
      }
    });
  });
}

} // namespace

result<dialogue::request> read_request(std::string_view body, const dialogue::request_target& target) {
  const model_method addressed = model_method_of(target.path);
  const bool stream = addressed.method == "streamGenerateContent";
  if (!stream && addressed.method != "generateContent") {
    return make_error(
        error_kind::not_found,
        fmt::format("no method '{}': generateContent and streamGenerateContent are served", addressed.method));
  }
  dialogue::json_document document;
  const json_view root = document.parse(body);
  if (!document.failure() && !root.is_object()) {
    root.fail("must be a JSON object");
  }
  dialogue::request asked;
  asked.model = addressed.model;
  asked.stream = stream;
  read_tools(root.member("tools"), asked.tools);
  read_tool_config(get(root, k_tool_config), asked);
  read_messages(root, asked);
  read_generation_config(get(root, k_generation_config), asked);
  read_top_level(root, asked);
  if (document.failure()) {
    return *document.failure();
  }
  return asked;
}

} // namespace inferenceflow::codecs::gemini
