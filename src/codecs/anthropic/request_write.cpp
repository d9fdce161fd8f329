#include "codecs/anthropic/request_write.h"

#include "codecs/anthropic/beta_features.h"
#include "codecs/anthropic/block_write.h"
#include "codecs/anthropic/json_text.h"
#include "codecs/anthropic/loss_list.h"
#include "codecs/anthropic/message_write.h"
#include "codecs/anthropic/reasoning_plan.h"
#include "codecs/anthropic/vocabulary.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace inferenceflow::codecs::anthropic {

using dialogue::extra_field;
using dialogue::request;
using dialogue::tool_mode;

namespace {

/// Extras that are Anthropic's. Others' extras may bear the same names; these shapes tell them apart well enough.
constexpr std::array<std::string_view, 11> k_own_extras{
    "cache_control", "container", "context_management", "diagnostics",     "fallback_credit_token",    "fallbacks",
    "inference_geo", "speed",     "mcp_servers",        "user_profile_id", "output_config.task_budget"};
constexpr std::array<std::string_view, 4> k_own_tool_extras{"defer_loading", "input_examples", "allowed_callers",
                                                            "eager_input_streaming"};

template <class List> bool holds(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// "defer_loading" of "tools[3].defer_loading" with `index` 3; empty when the extra is of something else.
std::string_view tool_member(std::string_view name, std::size_t index) {
  const std::string prefix = fmt::format("tools[{}].", index);
  return name.substr(0, prefix.size()) == prefix ? name.substr(prefix.size()) : std::string_view{};
}

class body_writer {
public:
  body_writer(const request& asked, std::string_view model, std::string& body)
      : asked_(asked)
      , model_(model)
      , traits_(traits_of(model))
      , out_(body)
      , betas_(asked) {}

  void write() {
    const reasoning_plan plan = plan_reasoning(asked_, traits_, losses_);
    out_.begin_object();
    out_.text("model", model_);
    out_.number("max_tokens", plan.tokens_max);
    write_tools();
    write_choice();
    write_messages(out_, asked_, traits_, losses_);
    write_sampling();
    write_thinking_config(plan);
    write_output_config(plan);
    if (!asked_.user.empty()) {
      out_.key("metadata");
      out_.begin_object();
      out_.text("user_id", asked_.user);
      out_.end_object();
    }
    write_service_tier();
    write_extras();
    if (asked_.stream) {
      out_.flag("stream", true);
    }
    out_.end_object();
    refuse_what_changes_the_question();
  }

  [[nodiscard]] loss_list& losses() noexcept { return losses_; }
  [[nodiscard]] std::string beta_header() const { return betas_.header(); }

private:
  void write_tools();
  void write_tool(const dialogue::tool& offered, std::size_t index);
  void write_choice();
  void write_sampling();
  void write_thinking_config(const reasoning_plan& plan);
  void write_output_config(const reasoning_plan& plan);
  void write_service_tier();
  void write_extras();
  void refuse_what_changes_the_question();
  [[nodiscard]] const extra_field* extra(std::string_view name) const;
  [[nodiscard]] bool is_written_elsewhere(const extra_field& field) const;

  const request& asked_;
  std::string_view model_;
  model_traits traits_;
  json_writer out_;
  beta_features betas_;
  loss_list losses_;
};

const extra_field* body_writer::extra(std::string_view name) const {
  const auto found = std::find_if(asked_.extras.begin(), asked_.extras.end(),
                                  [&](const extra_field& field) { return field.name == name; });
  return found == asked_.extras.end() ? nullptr : &*found;
}

void body_writer::write_tool(const dialogue::tool& offered, std::size_t index) {
  const std::string path = fmt::format("tools[{}]", index);
  if (!offered.opaque.empty()) {
    if (offered.origin != dialogue::protocol::anthropic || !is_json_object(offered.opaque)) {
      losses_.refuse(path, "is a tool that only another provider has");
      return;
    }
    out_.raw(offered.opaque);
    return;
  }
  if (!offered.parameters.empty() && !is_json_object(offered.parameters)) {
    losses_.refuse(path + ".parameters", "must be a JSON object");
    return;
  }
  out_.begin_object();
  out_.text("name", offered.name);
  if (!offered.description.empty()) {
    out_.text("description", offered.description);
  }
  out_.raw("input_schema",
           offered.parameters.empty() ? R"({"type":"object","properties":{}})" : std::string_view{offered.parameters});
  if (offered.strict) {
    out_.flag("strict", *offered.strict);
  }
  for (const extra_field& field : asked_.extras) {
    if (const auto member = tool_member(field.name, index); holds(k_own_tool_extras, member)) {
      out_.raw(member, field.json);
    }
  }
  write_cache_mark(out_, offered.cache_mark);
  out_.end_object();
}

void body_writer::write_tools() {
  if (asked_.tools.empty()) {
    return;
  }
  out_.key("tools");
  out_.begin_array();
  for (std::size_t i = 0; i < asked_.tools.size(); ++i) {
    write_tool(asked_.tools[i], i);
  }
  out_.end_array();
}

void body_writer::write_choice() {
  const dialogue::tool_choice& choice = asked_.choice;
  // The API takes tool_choice only beside tools; without them "auto" and "none" say nothing.
  const bool idle =
      choice.mode == tool_mode::unsaid || choice.mode == tool_mode::automatic || choice.mode == tool_mode::forbidden;
  const bool single = choice.parallel.has_value() && !*choice.parallel;
  if ((idle && asked_.tools.empty()) || (choice.mode == tool_mode::unsaid && !single)) {
    return;
  }
  out_.key("tool_choice");
  out_.begin_object();
  out_.text("type", choice.mode == tool_mode::required    ? "any"
                    : choice.mode == tool_mode::named     ? "tool"
                    : choice.mode == tool_mode::forbidden ? "none"
                                                          : "auto");
  if (choice.mode == tool_mode::named) {
    out_.text("name", choice.name);
  }
  if (choice.parallel && choice.mode != tool_mode::forbidden) {
    out_.flag("disable_parallel_tool_use", single);
  }
  out_.end_object();
}

void body_writer::write_sampling() {
  const dialogue::sampling& sample = asked_.sample;
  if (!asked_.stop.empty()) {
    out_.key("stop_sequences");
    out_.begin_array();
    for (const std::string& stop : asked_.stop) {
      out_.text(stop);
    }
    out_.end_array();
  }
  if (sample.temperature) {
    // Others count to 2. Anthropic's own compatibility endpoint caps as well.
    out_.key("temperature");
    out_.number(std::min(*sample.temperature, 1.0));
    if (*sample.temperature > 1.0) {
      losses_.drop("sample.temperature");
    }
  }
  if (sample.top_p) {
    out_.key("top_p");
    out_.number(*sample.top_p);
  }
  if (sample.top_k) {
    out_.number("top_k", *sample.top_k);
  }
  const std::array unknown{std::pair{sample.min_p.has_value(), "sample.min_p"},
                           std::pair{sample.presence_penalty.has_value(), "sample.presence_penalty"},
                           std::pair{sample.frequency_penalty.has_value(), "sample.frequency_penalty"},
                           std::pair{sample.repetition_penalty.has_value(), "sample.repetition_penalty"},
                           std::pair{sample.seed.has_value(), "sample.seed"},
                           std::pair{!sample.logit_bias.empty(), "sample.logit_bias"},
                           std::pair{!asked_.cache_key.empty(), "cache_key"}};
  for (const auto& [present, name] : unknown) {
    if (present) {
      losses_.drop(name);
    }
  }
}

void body_writer::write_thinking_config(const reasoning_plan& plan) {
  if (plan.thinking.empty()) {
    return;
  }
  out_.key("thinking");
  out_.begin_object();
  out_.text("type", plan.thinking);
  if (plan.thinking == "enabled") {
    out_.number("budget_tokens", plan.budget_tokens);
  }
  if (plan.thinking != "disabled" && (asked_.reasoning.shown || !asked_.reasoning.summary.empty())) {
    out_.text("display", asked_.reasoning.shown.value_or(true) ? "summarized" : "omitted");
  }
  out_.end_object();
}

void body_writer::write_output_config(const reasoning_plan& plan) {
  const dialogue::output_format& format = asked_.format;
  const extra_field* budget = extra("output_config.task_budget");
  const bool schema = format.kind == dialogue::format_kind::json_schema;
  if (format.kind == dialogue::format_kind::json) {
    losses_.refuse("format", "asks for JSON without a schema, which this provider cannot promise");
  }
  if (schema && !is_json_object(format.schema)) {
    losses_.refuse("format.schema", "must be a JSON object");
  }
  if (plan.effort.empty() && budget == nullptr && !schema) {
    return;
  }
  out_.key("output_config");
  out_.begin_object();
  if (!plan.effort.empty()) {
    const extra_field* above = extra("output_config.effort");
    const bool most =
        above != nullptr && above->json == R"("max")" && asked_.reasoning.level == dialogue::effort::extra_high;
    out_.text("effort", most ? "max" : plan.effort);
  }
  if (schema) {
    out_.key("format");
    out_.begin_object();
    out_.text("type", "json_schema");
    out_.raw("schema", format.schema);
    out_.end_object();
  }
  if (budget != nullptr) {
    out_.raw("task_budget", budget->json);
  }
  out_.end_object();
  const std::array unknown{std::pair{schema && !format.name.empty(), "format.name"},
                           std::pair{schema && !format.description.empty(), "format.description"},
                           std::pair{schema && !format.strict.value_or(true), "format.strict"}};
  for (const auto& [present, name] : unknown) {
    if (present) {
      losses_.drop(name);
    }
  }
}

void body_writer::write_service_tier() {
  if (asked_.service_tier == "auto" || asked_.service_tier == "standard_only") {
    out_.text("service_tier", asked_.service_tier);
  } else if (!asked_.service_tier.empty()) {
    losses_.drop("service_tier");
  }
}

bool body_writer::is_written_elsewhere(const extra_field& field) const {
  if (field.name == "output_config.effort") {
    return traits_.effort && field.json == R"("max")" && asked_.reasoning.level == dialogue::effort::extra_high;
  }
  for (std::size_t i = 0; i < asked_.tools.size(); ++i) {
    if (holds(k_own_tool_extras, tool_member(field.name, i))) {
      return asked_.tools[i].opaque.empty();
    }
  }
  return field.name == "output_config.task_budget";
}

void body_writer::write_extras() {
  for (const extra_field& field : asked_.extras) {
    // OpenAI's Responses have a context_management too: a list, where Anthropic's is an object.
    const bool own =
        holds(k_own_extras, field.name) && (field.name != "context_management" || is_json_object(field.json));
    if (own) {
      betas_.note_field(field.name, field.json);
    }
    if (is_written_elsewhere(field)) {
      continue;
    }
    if (own) {
      out_.raw(field.name, field.json);
    } else if (field.essential) {
      losses_.refuse(field.name, "is a field that this provider does not have");
    } else {
      losses_.drop(field.name);
    }
  }
}

void body_writer::refuse_what_changes_the_question() {
  if (asked_.answers != 1) {
    losses_.refuse("answers", "must be 1: this provider gives one answer");
  }
  if (asked_.logprobs || asked_.top_logprobs > 0) {
    losses_.refuse("logprobs", "are not given by this provider");
  }
}

} // namespace

result<dialogue::written_request> write_messages_request(const request& asked, std::string_view model) {
  dialogue::written_request made;
  body_writer writer{asked, model, made.body};
  writer.write();
  if (writer.losses().refusal()) {
    return *writer.losses().refusal();
  }
  made.path = k_path;
  made.headers.emplace_back("anthropic-version", k_version);
  if (std::string betas = writer.beta_header(); !betas.empty()) {
    made.headers.emplace_back("anthropic-beta", std::move(betas));
  }
  made.losses = std::move(writer.losses()).take();
  return made;
}

} // namespace inferenceflow::codecs::anthropic
