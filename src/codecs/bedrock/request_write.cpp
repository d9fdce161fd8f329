#include "codecs/bedrock/request_write.h"

#include "codecs/bedrock/block_write.h"
#include "codecs/bedrock/message_write.h"
#include "codecs/bedrock/model_fields.h"
#include "codecs/bedrock/model_path.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::codecs::bedrock {
namespace {

using namespace dialogue;

bool holds_tool_calls(const request& asked) {
  for (const message& said : asked.messages) {
    for (const part& block : said.parts) {
      if (std::holds_alternative<tool_call_part>(block) || std::holds_alternative<tool_result_part>(block)) {
        return true;
      }
    }
  }
  return false;
}

class request_writer {
public:
  request_writer(const request& asked, std::string_view model)
      : asked_(asked)
      , model_(model)
      , out_(written_.body) {}

  [[nodiscard]] result<written_request> write();

private:
  void refuse(std::string field, std::string_view message) {
    if (!fault_) {
      fault_ = make_error(error_kind::invalid_request, fmt::format("{} {}", field, message), field);
    }
  }
  void lose(std::string_view field) { written_.losses.emplace_back(field); }
  void lose_if(bool set, std::string_view field) {
    if (set) {
      lose(field);
    }
  }

  void refuse_the_impossible();
  void write_tools();
  void write_tool(const tool& offered, std::size_t index);
  void write_choice();
  void write_inference();
  void write_format();
  void write_service_tier();
  void write_extras();
  void list_losses();

  const request& asked_;
  std::string_view model_;
  written_request written_;
  json_out out_;
  std::optional<error> fault_;
};

/// What would be asked otherwise than it was meant.
void request_writer::refuse_the_impossible() {
  if (asked_.answers != 1) {
    refuse("answers", "must be 1: Bedrock gives one answer a call");
  }
  if (asked_.logprobs || asked_.top_logprobs > 0) {
    refuse("logprobs", "are not given by Bedrock's Converse");
  }
  if (asked_.format.kind == format_kind::json) {
    refuse("format", "cannot be JSON without a schema: Bedrock needs one");
  }
  const bool forced = asked_.choice.mode == tool_mode::required || asked_.choice.mode == tool_mode::named;
  if (asked_.tools.empty() && forced) {
    refuse("choice", "forces a tool call, but there are no tools");
  }
  if (!asked_.tools.empty() && asked_.choice.mode == tool_mode::forbidden && holds_tool_calls(asked_)) {
    // Without tools Bedrock takes no conversation that holds calls, and with them it can forbid none.
    refuse("choice", "cannot forbid tool calls in a conversation that holds some: Bedrock has no such mode");
  }
}

void request_writer::write_tool(const tool& offered, std::size_t index) {
  if (!offered.opaque.empty()) {
    if (offered.origin != protocol::bedrock || !is_json_object(offered.opaque)) {
      refuse(fmt::format("tools[{}]", index), "is a tool of another provider's own");
      return;
    }
    out_.raw(offered.opaque);
  } else {
    if (!offered.parameters.empty() && !is_json_object(offered.parameters)) {
      refuse(fmt::format("tools[{}].parameters", index), "must be a JSON object");
      return;
    }
    out_.open_object().key("toolSpec").open_object().key("name").text(offered.name);
    if (!offered.description.empty()) {
      out_.key("description").text(offered.description);
    }
    constexpr std::string_view k_takes_none = R"({"type":"object","properties":{}})";
    out_.key("inputSchema").open_object().key("json");
    out_.raw(offered.parameters.empty() ? k_takes_none : offered.parameters).close_object();
    if (offered.strict) {
      out_.key("strict").flag(*offered.strict);
    }
    out_.close_object().close_object();
  }
  if (offered.cache_mark) {
    write_cache_point(*offered.cache_mark, out_);
  }
}

void request_writer::write_choice() {
  switch (asked_.choice.mode) {
  case tool_mode::automatic:
    out_.key("toolChoice").open_object().key("auto").open_object().close_object().close_object();
    break;
  case tool_mode::required:
    out_.key("toolChoice").open_object().key("any").open_object().close_object().close_object();
    break;
  case tool_mode::named:
    out_.key("toolChoice").open_object().key("tool").open_object().key("name").text(asked_.choice.name);
    out_.close_object().close_object();
    break;
  case tool_mode::unsaid:
  case tool_mode::forbidden: break;
  }
}

void request_writer::write_tools() {
  if (asked_.tools.empty()) {
    return;
  }
  if (asked_.choice.mode == tool_mode::forbidden) { // what cannot be seen cannot be called
    lose("tools");
    return;
  }
  lose_if(asked_.choice.parallel == false, "choice.parallel");
  out_.key("toolConfig").open_object().key("tools").open_array();
  for (std::size_t i = 0; i < asked_.tools.size(); ++i) {
    write_tool(asked_.tools[i], i);
  }
  out_.close_array();
  write_choice();
  out_.close_object();
}

void request_writer::write_inference() {
  if (!asked_.tokens_max && !asked_.sample.temperature && !asked_.sample.top_p && asked_.stop.empty()) {
    return;
  }
  out_.key("inferenceConfig").open_object();
  if (asked_.tokens_max) {
    out_.key("maxTokens").integer(*asked_.tokens_max);
  }
  if (asked_.sample.temperature) {
    out_.key("temperature").number(std::min(*asked_.sample.temperature, 1.0));
    lose_if(*asked_.sample.temperature > 1.0, "sample.temperature");
  }
  if (asked_.sample.top_p) {
    out_.key("topP").number(*asked_.sample.top_p);
  }
  if (!asked_.stop.empty()) {
    out_.key("stopSequences").open_array();
    for (const std::string& stop : asked_.stop) {
      out_.text(stop);
    }
    out_.close_array();
  }
  out_.close_object();
}

void request_writer::write_format() {
  if (asked_.format.kind != format_kind::json_schema) {
    return;
  }
  if (!is_json_object(asked_.format.schema)) {
    refuse("format.schema", "must be a JSON object");
    return;
  }
  lose_if(asked_.format.strict == false, "format.strict"); // Converse always holds the answer to the schema
  out_.key("outputConfig").open_object().key("textFormat").open_object().key("type").text("json_schema");
  out_.key("structure").open_object().key("jsonSchema").open_object().key("schema").text(asked_.format.schema);
  if (!asked_.format.name.empty()) {
    out_.key("name").text(asked_.format.name);
  }
  if (!asked_.format.description.empty()) {
    out_.key("description").text(asked_.format.description);
  }
  out_.close_object().close_object().close_object().close_object();
}

void request_writer::write_service_tier() {
  constexpr std::array<std::string_view, 4> k_tiers{"default", "flex", "priority", "reserved"};
  if (std::find(k_tiers.begin(), k_tiers.end(), asked_.service_tier) != k_tiers.end()) {
    out_.key("serviceTier").open_object().key("type").text(asked_.service_tier).close_object();
  } else {
    lose_if(!asked_.service_tier.empty(), "service_tier");
  }
}

void request_writer::write_extras() {
  constexpr std::array<std::string_view, 5> k_own{"guardrailConfig", "promptVariables", "requestMetadata",
                                                  "performanceConfig", "additionalModelResponseFieldPaths"};
  for (const extra_field& extra : asked_.extras) {
    if (extra.name.starts_with(k_model_field_prefix)) {
      continue; // stands in additionalModelRequestFields
    }
    if (std::find(k_own.begin(), k_own.end(), extra.name) != k_own.end()) {
      out_.key(extra.name).raw(extra.json);
    } else if (extra.essential) {
      refuse(extra.name, "is nothing that Bedrock's Converse has");
    } else {
      lose(extra.name);
    }
  }
}

void request_writer::list_losses() {
  const sampling& sample = asked_.sample;
  lose_if(sample.min_p.has_value(), "min_p");
  lose_if(sample.presence_penalty.has_value(), "presence_penalty");
  lose_if(sample.frequency_penalty.has_value(), "frequency_penalty");
  lose_if(sample.repetition_penalty.has_value(), "repetition_penalty");
  lose_if(sample.seed.has_value(), "seed");
  lose_if(!sample.logit_bias.empty(), "logit_bias");
  lose_if(!asked_.user.empty(), "user");
  lose_if(!asked_.cache_key.empty(), "cache_key");
}

result<written_request> request_writer::write() {
  refuse_the_impossible();
  if (fault_) {
    return *fault_;
  }
  // Tools, system, messages: the order in which they make up the prompt.
  out_.open_object();
  write_tools();
  message_writer messages{asked_, family_of(model_) != model_family::anthropic, out_, written_.losses};
  messages.write_system();
  messages.write_messages();
  write_inference();
  write_format();
  write_service_tier();
  write_model_fields(asked_, model_, out_, written_.losses);
  write_extras();
  list_losses();
  out_.close_object();
  if (messages.fault() && !fault_) {
    fault_ = messages.fault();
  }
  if (asked_.tools.empty() && holds_tool_calls(asked_)) {
    refuse("tools", "must define the tools whose calls the conversation holds: Bedrock takes it no other way");
  }
  if (fault_) {
    return *fault_;
  }
  written_.path = make_model_path(model_, asked_.stream);
  return std::move(written_);
}

} // namespace

result<written_request> write_request(const request& asked, std::string_view model) {
  return request_writer{asked, model}.write();
}

} // namespace inferenceflow::codecs::bedrock
