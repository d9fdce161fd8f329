#include "codecs/openai_responses/request_write.h"

#include "codecs/openai_responses/input_write.h"
#include "codecs/openai_responses/item_write.h"
#include "codecs/openai_responses/json_out.h"
#include "codecs/openai_responses/request_fields.h"
#include "dialogue/json_view.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <utility>

namespace inferenceflow::codecs::openai_responses {

using dialogue::extra_field;
using dialogue::json_view;

namespace {

constexpr std::string_view k_reasoning = "reasoning.";
constexpr std::string_view k_text = "text.";

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool is_carried(std::string_view name) {
  return std::any_of(k_carried_fields.begin(), k_carried_fields.end(),
                     [&](const carried_field& f) { return f.name == name; });
}

std::string_view effort_name(dialogue::effort level) {
  switch (level) {
  case dialogue::effort::none: return "none";
  case dialogue::effort::minimal: return "minimal";
  case dialogue::effort::low: return "low";
  case dialogue::effort::medium: return "medium";
  case dialogue::effort::high: return "high";
  case dialogue::effort::extra_high: return "xhigh";
  }
  return "medium";
}

/// Chat Completions nests what this protocol holds flat: {"type":"custom","custom":{…,"format":{"grammar":{…}}}}.
void write_chat_custom(json_out& to, json_view custom) {
  to.open('{');
  to.text_field("type", "custom");
  custom.members([&](std::string_view key, json_view value) {
    if (key != "format" || !value.is_object() || !value.member("grammar").is_object()) {
      to.raw_field(key, value.json());
      return;
    }
    to.key("format");
    to.open('{');
    to.text_field("type", "grammar");
    value.member("grammar").members([&](std::string_view name, json_view part) { to.raw_field(name, part.json()); });
    to.close('}');
  });
  to.close('}');
}

class request_writer {
public:
  request_writer(const dialogue::request& asked, dialogue::written_request& written)
      : asked_(asked)
      , written_(written)
      , to_(written.body) {}

  [[nodiscard]] std::optional<error> write(std::string_view model) {
    check();
    to_.open('{');
    to_.text_field("model", model);
    write_tools();
    write_choice();
    write_prompt();
    write_format();
    write_reasoning();
    write_sampling();
    write_include();
    write_extras();
    to_.close('}');
    return std::move(refusal_);
  }

private:
  void lose(std::string field) { written_.losses.push_back(std::move(field)); }
  void refuse(std::string field, std::string_view why) {
    if (!refusal_) {
      std::string message = fmt::format("{} {}", field, why); // before the field is moved away
      refusal_ = make_error(error_kind::invalid_request, std::move(message), std::move(field));
    }
  }
  [[nodiscard]] const extra_field* extra(std::string_view name) const {
    const auto found =
        std::find_if(asked_.extras.begin(), asked_.extras.end(), [&](const extra_field& f) { return f.name == name; });
    return found == asked_.extras.end() ? nullptr : &*found;
  }
  /// `json` as a value, or a refusal that names `field`.
  void write_json(std::string_view json, std::string_view field) {
    if (const auto valid = one_line_json(json)) {
      to_.raw(*valid);
    } else {
      to_.null();
      refuse(std::string{field}, "is not valid JSON");
    }
  }

  void check();
  void write_tools();
  void write_tool(const dialogue::tool& tool, std::string_view place);
  void write_opaque_tool(const dialogue::tool& tool, std::string_view place);
  void write_choice();
  void write_prompt();
  void write_format();
  void write_reasoning();
  void write_sampling();
  void write_include();
  void write_extras();
  /// Members of an object that travelled as extras named "prefix.member".
  void write_nested(std::string_view prefix);

  const dialogue::request& asked_;
  dialogue::written_request& written_;
  json_out to_;
  std::optional<error> refusal_;
  std::set<std::string, std::less<>> custom_tools_;
};

void request_writer::check() {
  if (asked_.answers != 1) {
    refuse("answers", "must be 1: this protocol gives one answer to a request");
  }
  if (!asked_.stop.empty()) {
    refuse("stop", "must be empty: this protocol knows no stop sequences");
  }
  const dialogue::sampling& sample = asked_.sample;
  const std::pair<bool, const char*> dropped[] = {
      {sample.min_p.has_value(), "min_p"},
      {sample.top_k.has_value(), "top_k"},
      {sample.presence_penalty.has_value(), "presence_penalty"},
      {sample.frequency_penalty.has_value(), "frequency_penalty"},
      {sample.repetition_penalty.has_value(), "repetition_penalty"},
      {sample.seed.has_value(), "seed"},
      {!sample.logit_bias.empty(), "logit_bias"},
  };
  for (const auto& [set, name] : dropped) {
    if (set) {
      lose(name);
    }
  }
}

void request_writer::write_opaque_tool(const dialogue::tool& tool, std::string_view place) {
  dialogue::json_document document;
  const json_view root = document.parse(tool.opaque);
  const bool custom = root.is_object() && root.member("type").is_text() && root.member("type").text() == "custom";
  if (custom) {
    custom_tools_.insert(tool.name);
  }
  if (tool.origin == dialogue::protocol::openai_responses && root.is_object()) {
    to_.raw(root.json());
  } else if (custom && tool.origin == dialogue::protocol::openai_chat && root.member("custom").is_object()) {
    write_chat_custom(to_, root.member("custom"));
  } else {
    refuse(std::string{place}, "is a tool that only the provider of another protocol has");
  }
}

void request_writer::write_tool(const dialogue::tool& tool, std::string_view place) {
  if (tool.cache_mark) {
    lose(fmt::format("{}.cache_mark", place));
  }
  if (!tool.opaque.empty()) {
    write_opaque_tool(tool, place);
    return;
  }
  to_.open('{');
  to_.text_field("type", "function");
  to_.text_field("name", tool.name);
  if (!tool.description.empty()) {
    to_.text_field("description", tool.description);
  }
  to_.key("parameters");
  if (tool.parameters.empty()) {
    to_.null();
  } else {
    write_json(tool.parameters, fmt::format("{}.parameters", place));
  }
  // Said even if unsaid: this protocol alone would make every argument required.
  to_.flag_field("strict", tool.strict.value_or(false));
  to_.close('}');
}

void request_writer::write_tools() {
  if (asked_.tools.empty()) {
    return;
  }
  to_.key("tools");
  to_.open('[');
  for (std::size_t i = 0; i < asked_.tools.size(); ++i) {
    write_tool(asked_.tools[i], fmt::format("tools[{}]", i));
  }
  to_.close(']');
}

void request_writer::write_choice() {
  if (asked_.choice.parallel) {
    to_.flag_field("parallel_tool_calls", *asked_.choice.parallel);
  }
  switch (asked_.choice.mode) {
  case dialogue::tool_mode::unsaid: break;
  case dialogue::tool_mode::automatic: to_.text_field("tool_choice", "auto"); break;
  case dialogue::tool_mode::forbidden: to_.text_field("tool_choice", "none"); break;
  case dialogue::tool_mode::required: to_.text_field("tool_choice", "required"); break;
  case dialogue::tool_mode::named:
    to_.key("tool_choice");
    to_.open('{');
    to_.text_field("type", custom_tools_.contains(asked_.choice.name) ? "custom" : "function");
    to_.text_field("name", asked_.choice.name);
    to_.close('}');
    break;
  }
}

void request_writer::write_prompt() {
  std::size_t first = 0;
  if (!asked_.messages.empty()) {
    const dialogue::message& leading = asked_.messages.front();
    if (const auto* words = as_instructions(leading); words != nullptr && leading.name.empty()) {
      to_.text_field("instructions", words->text);
      first = 1;
      if (!words->signature.empty()) {
        lose("messages[0].parts[0].signature");
      }
    }
  }
  to_.key("input");
  to_.open('[');
  input_writer input{to_, extra("prompt_cache_options") != nullptr, written_.losses};
  for (std::size_t i = first; i < asked_.messages.size(); ++i) {
    input.write(asked_.messages[i], i);
  }
  to_.close(']');
  if (!refusal_ && input.refusal()) {
    refusal_ = input.refusal();
  }
}

void request_writer::write_nested(std::string_view prefix) {
  for (const extra_field& field : asked_.extras) {
    if (starts_with(field.name, prefix)) {
      to_.key(std::string_view{field.name}.substr(prefix.size()));
      write_json(field.json, field.name);
    }
  }
}

void request_writer::write_format() {
  const dialogue::output_format& format = asked_.format;
  const extra_field* verbosity = extra("verbosity"); // Chat Completions has it at the top
  const bool nested = std::any_of(asked_.extras.begin(), asked_.extras.end(),
                                  [](const extra_field& f) { return starts_with(f.name, k_text); });
  if (format.kind == dialogue::format_kind::text && verbosity == nullptr && !nested) {
    return;
  }
  to_.key("text");
  to_.open('{');
  if (format.kind == dialogue::format_kind::json) {
    to_.raw_field("format", R"({"type":"json_object"})");
  } else if (format.kind == dialogue::format_kind::json_schema) {
    to_.key("format");
    to_.open('{');
    to_.text_field("type", "json_schema");
    to_.text_field("name", format.name.empty() ? "answer" : std::string_view{format.name});
    if (!format.description.empty()) {
      to_.text_field("description", format.description);
    }
    to_.key("schema");
    write_json(format.schema, "format.schema");
    if (format.strict) {
      to_.flag_field("strict", *format.strict);
    }
    to_.close('}');
  }
  if (verbosity != nullptr) {
    to_.key("verbosity");
    write_json(verbosity->json, "verbosity");
  }
  write_nested(k_text);
  to_.close('}');
}

void request_writer::write_reasoning() {
  const dialogue::reasoning_wish& wish = asked_.reasoning;
  auto level = wish.level;
  if (wish.budget_tokens) {
    lose("reasoning.budget_tokens");
    if (!level && *wish.budget_tokens > 0) {
      constexpr std::int64_t k_low_most = 4096;
      constexpr std::int64_t k_medium_most = 16384;
      level = *wish.budget_tokens <= k_low_most      ? dialogue::effort::low
              : *wish.budget_tokens <= k_medium_most ? dialogue::effort::medium
                                                     : dialogue::effort::high;
    }
  }
  const bool shown = !wish.summary.empty() || wish.shown.value_or(false);
  const bool nested = std::any_of(asked_.extras.begin(), asked_.extras.end(),
                                  [](const extra_field& f) { return starts_with(f.name, k_reasoning); });
  if (!level && !shown && !nested) {
    return;
  }
  to_.key("reasoning");
  to_.open('{');
  if (level && extra("reasoning.effort") == nullptr) {
    to_.text_field("effort", effort_name(*level));
  }
  if (shown) {
    to_.text_field("summary", wish.summary.empty() ? "auto" : std::string_view{wish.summary});
  }
  write_nested(k_reasoning);
  to_.close('}');
}

void request_writer::write_sampling() {
  if (asked_.sample.temperature) {
    to_.key("temperature");
    to_.real(*asked_.sample.temperature);
  }
  if (asked_.sample.top_p) {
    to_.key("top_p");
    to_.real(*asked_.sample.top_p);
  }
  if (asked_.tokens_max) {
    constexpr std::int64_t k_least = 16; // fewer are refused here, and nowhere else
    to_.whole_field("max_output_tokens", std::max<std::int64_t>(*asked_.tokens_max, k_least));
    if (*asked_.tokens_max < k_least) {
      lose("tokens_max");
    }
  }
  if (asked_.top_logprobs > 0) {
    to_.whole_field("top_logprobs", asked_.top_logprobs);
  }
  if (asked_.stream) {
    to_.flag_field("stream", true);
  }
  const std::pair<std::string_view, const std::string*> names[] = {
      {"service_tier", &asked_.service_tier}, {"user", &asked_.user}, {"prompt_cache_key", &asked_.cache_key}};
  for (const auto& [name, value] : names) {
    if (!value->empty()) {
      to_.text_field(name, *value);
    }
  }
}

void request_writer::write_include() {
  const extra_field* wishes = extra("include");
  if (wishes == nullptr && !asked_.logprobs) {
    return;
  }
  dialogue::json_document document;
  to_.key("include");
  to_.open('[');
  if (wishes != nullptr) {
    document.parse(wishes->json).each([&](json_view wish) { to_.raw(wish.json()); });
    if (document.failure()) {
      refuse("include", "must be an array");
    }
  }
  if (asked_.logprobs) {
    to_.text(k_logprobs_wish);
  }
  to_.close(']');
}

void request_writer::write_extras() {
  for (const extra_field& field : asked_.extras) {
    if (is_carried(field.name)) {
      if (field.name != "include") {
        to_.key(field.name);
        write_json(field.json, field.name);
      }
    } else if (!starts_with(field.name, k_text) && !starts_with(field.name, k_reasoning) && field.name != "verbosity") {
      if (field.essential) {
        refuse(field.name, "has no counterpart in this protocol");
      }
      lose(field.name);
    }
  }
  // OpenAI keeps every response for a month unless told otherwise; no client of another protocol asked for that.
  const bool state = extra("store") != nullptr || extra("background") != nullptr ||
                     extra("previous_response_id") != nullptr || extra("conversation") != nullptr;
  if (!state) {
    to_.flag_field("store", false);
  }
}

} // namespace

result<dialogue::written_request> write_request(const dialogue::request& asked, std::string_view model) {
  dialogue::written_request written;
  written.path = "/v1/responses";
  if (auto refused = request_writer{asked, written}.write(model)) {
    return std::move(*refused);
  }
  return written;
}

} // namespace inferenceflow::codecs::openai_responses
