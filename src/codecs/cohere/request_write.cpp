#include "codecs/cohere/request_write.h"

#include "codecs/cohere/document.h"
#include "codecs/cohere/json_out.h"
#include "codecs/cohere/message_write.h"
#include "codecs/cohere/write_notes.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace inferenceflow::codecs::cohere {

using dialogue::format_kind;
using dialogue::protocol;
using dialogue::request;
using dialogue::tool;
using dialogue::tool_mode;

namespace {

/// Fields of Cohere's body that the superset has no place for, and that its reader therefore keeps as extras.
constexpr std::array<std::string_view, 3> k_own_extras = {"citation_options", "safety_mode", "priority"};

class request_writer {
public:
  request_writer(const request& asked, std::string& body, write_notes& notes)
      : asked_(asked)
      , json_(body)
      , notes_(notes) {}

  void write(std::string_view model) {
    json_.open_object();
    json_.text_member("model", model);
    write_tools();
    json_.key("messages");
    write_messages(json_, asked_.messages, notes_);
    write_documents();
    write_format();
    write_sampling();
    write_reasoning();
    write_extras();
    note_losses();
    json_.key("stream");
    json_.flag(asked_.stream);
    json_.close_object();
  }

private:
  void write_tools();
  void write_tool(const tool& given, std::size_t index);
  void write_strict();
  void write_choice();
  void write_documents();
  void write_format();
  void write_sampling();
  void write_bounded(std::string_view name, std::string_view field, std::optional<double> value, double least,
                     double most);
  void write_reasoning();
  void write_extras();
  void note_losses();

  const request& asked_;
  json_out json_;
  write_notes& notes_;
};

void request_writer::write_tool(const tool& given, std::size_t index) {
  const std::string path = fmt::format("tools[{}]", index);
  if (given.cache_mark) {
    notes_.drop(path + ".cache_mark");
  }
  if (!given.opaque.empty()) {
    if (given.origin != protocol::cohere) {
      notes_.refuse(path, "Cohere does not have this tool");
    }
    json_.raw(given.opaque);
    return;
  }
  json_.open_object();
  json_.text_member("type", "function");
  json_.open_object_member("function");
  json_.text_member("name", given.name);
  if (!given.description.empty()) {
    json_.text_member("description", given.description);
  }
  if (!given.parameters.empty() && !is_object_text(given.parameters)) {
    notes_.refuse(path + ".parameters", "must be a JSON Schema");
  }
  // Cohere wants a schema even of a tool that takes nothing.
  json_.raw_member("parameters", given.parameters.empty() ? std::string_view{R"({"type":"object","properties":{}})"}
                                                          : std::string_view{given.parameters});
  json_.close_object();
  json_.close_object();
}

/// Cohere's switch is for all tools at once.
void request_writer::write_strict() {
  const auto& first = asked_.tools.front().strict;
  const bool alike =
      std::all_of(asked_.tools.begin(), asked_.tools.end(), [&](const tool& each) { return each.strict == first; });
  if (alike) {
    if (first) {
      json_.key("strict_tools");
      json_.flag(*first);
    }
    return;
  }
  for (std::size_t i = 0; i < asked_.tools.size(); ++i) {
    if (asked_.tools[i].strict) {
      notes_.drop(fmt::format("tools[{}].strict", i));
    }
  }
}

void request_writer::write_choice() {
  const auto& choice = asked_.choice;
  if (choice.parallel == false) {
    notes_.drop("choice.parallel");
  }
  if (choice.mode == tool_mode::forbidden && !asked_.tools.empty()) {
    json_.text_member("tool_choice", "NONE");
  } else if (choice.mode == tool_mode::required) {
    json_.text_member("tool_choice", "REQUIRED");
  } else if (choice.mode == tool_mode::named) {
    if (asked_.tools.size() == 1 && asked_.tools.front().name == choice.name) {
      json_.text_member("tool_choice", "REQUIRED");
    } else {
      notes_.refuse("choice.name", "Cohere can force some tool, but not one of several");
    }
  }
}

void request_writer::write_tools() {
  if (!asked_.tools.empty()) {
    json_.open_array_member("tools");
    for (std::size_t i = 0; i < asked_.tools.size(); ++i) {
      write_tool(asked_.tools[i], i);
    }
    json_.close_array();
    write_strict();
  }
  write_choice();
}

void request_writer::write_documents() {
  const auto documents = documents_of(asked_.messages);
  if (documents.empty()) {
    return;
  }
  json_.open_array_member("documents");
  std::size_t cited = 0;
  for (const dialogue::media_part* document : documents) {
    write_document(json_, *document);
    cited += document->cited ? 1 : 0;
  }
  json_.close_array();
  if (cited != 0 && cited != documents.size()) {
    notes_.drop("cited"); // Cohere cites all documents or none
  }
  const bool said = std::any_of(asked_.extras.begin(), asked_.extras.end(),
                                [](const auto& extra) { return extra.name == "citation_options"; });
  if (cited == 0 && !said) {
    json_.raw_member("citation_options", R"({"mode":"OFF"})"); // Cohere would cite them unasked
  }
}

void request_writer::write_format() {
  const auto& format = asked_.format;
  if (format.kind == format_kind::text) {
    return;
  }
  if (!asked_.tools.empty() || !documents_of(asked_.messages).empty()) {
    notes_.refuse("format", "Cohere takes it beside neither tools nor documents");
  }
  json_.open_object_member("response_format");
  json_.text_member("type", "json_object");
  if (format.kind == format_kind::json_schema) {
    if (!is_object_text(format.schema)) {
      notes_.refuse("format.schema", "must be a JSON Schema");
    }
    json_.raw_member("json_schema", format.schema);
  }
  json_.close_object();
  if (!format.name.empty()) {
    notes_.drop("format.name");
  }
  if (!format.description.empty()) {
    notes_.drop("format.description");
  }
  if (format.strict == false) {
    notes_.drop("format.strict"); // Cohere always holds to the schema
  }
}

/// A value outside Cohere's range is moved to its edge, which is a loss; sent as it is, it would be an error.
void request_writer::write_bounded(std::string_view name, std::string_view field, std::optional<double> value,
                                   double least, double most) {
  if (!value) {
    return;
  }
  if (*value < least || *value > most) {
    notes_.drop(std::string{field});
  }
  json_.key(name);
  json_.number(std::clamp(*value, least, most));
}

void request_writer::write_sampling() {
  const auto& sample = asked_.sample;
  if (asked_.tokens_max) {
    json_.integer_member("max_tokens", *asked_.tokens_max);
  }
  if (!asked_.stop.empty()) {
    json_.open_array_member("stop_sequences");
    for (const std::string& each : asked_.stop) {
      json_.text(each);
    }
    json_.close_array();
  }
  if (sample.temperature) {
    json_.key("temperature");
    json_.number(*sample.temperature);
  }
  write_bounded("p", "top_p", sample.top_p, 0.01, 0.99);
  if (sample.top_k) {
    if (*sample.top_k < 0 || *sample.top_k > 500) {
      notes_.drop("top_k");
    }
    json_.integer_member("k", std::clamp<std::int64_t>(*sample.top_k, 0, 500));
  }
  write_bounded("presence_penalty", "presence_penalty", sample.presence_penalty, 0, 1);
  write_bounded("frequency_penalty", "frequency_penalty", sample.frequency_penalty, 0, 1);
  if (sample.seed) {
    json_.integer_member("seed", *sample.seed);
  }
  if (asked_.logprobs) {
    json_.key("logprobs");
    json_.flag(true);
  }
  if (asked_.top_logprobs > 0) {
    notes_.refuse("top_logprobs", "Cohere tells the probability of the chosen tokens only");
  }
}

void request_writer::write_reasoning() {
  const auto& wish = asked_.reasoning;
  if (wish.budget_tokens || wish.level) {
    const bool off = wish.budget_tokens ? *wish.budget_tokens == 0 : wish.level == dialogue::effort::none;
    json_.open_object_member("thinking");
    json_.text_member("type", off ? "disabled" : "enabled");
    if (!off && wish.budget_tokens.value_or(-1) > 0) {
      json_.integer_member("token_budget", *wish.budget_tokens);
    }
    json_.close_object();
  }
  if (wish.level && (wish.budget_tokens || wish.level != dialogue::effort::none)) {
    notes_.drop("reasoning.level");
  }
  if (wish.shown == false) {
    notes_.drop("reasoning.shown");
  }
  if (!wish.summary.empty()) {
    notes_.drop("reasoning.summary");
  }
}

void request_writer::write_extras() {
  for (const dialogue::extra_field& extra : asked_.extras) {
    if (std::find(k_own_extras.begin(), k_own_extras.end(), extra.name) != k_own_extras.end()) {
      json_.raw_member(extra.name, extra.json);
    } else if (extra.essential) {
      notes_.refuse(extra.name, "Cohere has no such field");
    } else {
      notes_.drop(extra.name);
    }
  }
}

void request_writer::note_losses() {
  if (asked_.answers != 1) {
    notes_.refuse("answers", "Cohere gives one answer");
  }
  const auto& sample = asked_.sample;
  const std::array<std::pair<bool, std::string_view>, 6> lost = {{
      {sample.min_p.has_value(), "min_p"},
      {sample.repetition_penalty.has_value(), "repetition_penalty"},
      {!sample.logit_bias.empty(), "logit_bias"},
      {!asked_.user.empty(), "user"},
      {!asked_.service_tier.empty(), "service_tier"},
      {!asked_.cache_key.empty(), "cache_key"},
  }};
  for (const auto& [given, field] : lost) {
    if (given) {
      notes_.drop(std::string{field});
    }
  }
}

} // namespace

result<dialogue::written_request> write_request(const request& asked, std::string_view model) {
  dialogue::written_request written;
  write_notes notes;
  request_writer{asked, written.body, notes}.write(model);
  if (notes.refused) {
    return *notes.refused;
  }
  written.path = "/v2/chat";
  written.losses = std::move(notes.losses);
  return written;
}

} // namespace inferenceflow::codecs::cohere
