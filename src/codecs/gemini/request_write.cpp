#include "codecs/gemini/request_write.h"

#include "codecs/gemini/content_write.h"
#include "codecs/gemini/json_out.h"
#include "codecs/gemini/target.h"
#include "codecs/gemini/thinking.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string>
#include <utility>

namespace inferenceflow::codecs::gemini {

using dialogue::extra_field;
using dialogue::format_kind;
using dialogue::request;
using dialogue::tool_mode;

namespace {

constexpr std::string_view k_tool_prefix = "toolConfig.";
constexpr std::string_view k_generation_prefix = "generationConfig.";
constexpr std::string_view k_mode = "toolConfig.functionCallingConfig.mode";
constexpr std::string_view k_allowed = "toolConfig.functionCallingConfig.allowedFunctionNames";
/// Extras of the body's top level that are Gemini's.
constexpr std::array<std::string_view, 4> k_own_extras = {"safetySettings", "cachedContent", "labels",
                                                          "modelArmorConfig"};

bool begins(std::string_view text, std::string_view with) {
  return text.substr(0, with.size()) == with;
}

bool is_own(std::string_view name) {
  return begins(name, k_tool_prefix) || begins(name, k_generation_prefix) ||
         std::find(k_own_extras.begin(), k_own_extras.end(), name) != k_own_extras.end();
}

const extra_field* extra_named(const request& asked, std::string_view name) {
  const auto found = std::find_if(asked.extras.begin(), asked.extras.end(),
                                  [&](const extra_field& extra) { return extra.name == name; });
  return found == asked.extras.end() ? nullptr : &*found;
}

class request_writer {
public:
  request_writer(const request& asked, std::string_view model, std::string& body)
      : asked_(asked)
      , model_(model)
      , out_(body) {}

  void write();
  [[nodiscard]] write_notes& notes() noexcept { return notes_; }

private:
  void write_tools();
  void write_function(const dialogue::tool& function, std::size_t index);
  void write_tool_config();
  void write_calling_config();
  void write_generation_config();
  void write_format();
  void write_sampling();
  /// Appends the members whose extras begin with `prefix`.
  void write_extras(std::string_view prefix);
  void write_own_extras();
  void write_service_tier();
  void note_dropped();
  [[nodiscard]] std::string embedded(std::string_view json, std::string_view field);

  const request& asked_;
  std::string_view model_;
  json_out out_;
  write_notes notes_;
};

void request_writer::write() {
  out_.open_object();
  write_tools();
  write_tool_config();
  write_messages(out_, asked_.messages, model_, notes_);
  write_generation_config();
  write_service_tier();
  write_own_extras();
  out_.close_object();
  note_dropped();
}

std::string request_writer::embedded(std::string_view json, std::string_view field) {
  auto text = embeddable(json, json_shape::any);
  if (!text) {
    notes_.refuse(std::string{field}, "is not valid JSON");
  }
  return text.value_or("null");
}

void request_writer::write_function(const dialogue::tool& function, std::size_t index) {
  out_.open_object();
  out_.member("name", std::string_view{function.name});
  out_.member_unless_empty("description", function.description);
  if (!function.parameters.empty()) {
    out_.member_raw("parametersJsonSchema", embedded(function.parameters, fmt::format("tools[{}].parameters", index)));
  }
  out_.close_object();
  if (function.strict.value_or(false)) {
    notes_.losses.add(fmt::format("tools[{}].strict", index));
  }
  if (function.cache_mark) {
    notes_.losses.add(fmt::format("tools[{}].cache_mark", index));
  }
}

void request_writer::write_tools() {
  if (asked_.tools.empty()) {
    return;
  }
  out_.key("tools");
  out_.open_array();
  bool open = false; // an object of function declarations
  const auto close_functions = [&] {
    if (open) {
      out_.close_array();
      out_.close_object();
      open = false;
    }
  };
  for (std::size_t i = 0; i < asked_.tools.size(); ++i) {
    const dialogue::tool& tool = asked_.tools[i];
    if (!tool.opaque.empty()) {
      close_functions();
      if (tool.origin != dialogue::protocol::gemini) {
        notes_.refuse(fmt::format("tools[{}]", i), "is a tool of another provider's own");
        continue;
      }
      out_.raw(embedded(tool.opaque, fmt::format("tools[{}]", i)));
      continue;
    }
    if (!open) {
      out_.open_object();
      out_.key("functionDeclarations");
      out_.open_array();
      open = true;
    }
    write_function(tool, i);
  }
  close_functions();
  out_.close_array();
}

void request_writer::write_calling_config() {
  const extra_field* mode = extra_named(asked_, k_mode);
  const extra_field* allowed = extra_named(asked_, k_allowed);
  const dialogue::tool_choice& choice = asked_.choice;
  if (choice.mode == tool_mode::unsaid && mode == nullptr && allowed == nullptr) {
    return;
  }
  out_.key("functionCallingConfig");
  out_.open_object();
  if (mode != nullptr) {
    out_.member_raw("mode", embedded(mode->json, mode->name));
  } else if (choice.mode != tool_mode::unsaid) {
    out_.member("mode", choice.mode == tool_mode::automatic   ? "AUTO"
                        : choice.mode == tool_mode::forbidden ? "NONE"
                                                              : "ANY");
  }
  if (choice.mode == tool_mode::named) {
    out_.key("allowedFunctionNames");
    out_.open_array();
    out_.value(std::string_view{choice.name});
    out_.close_array();
  } else if (allowed != nullptr) {
    out_.member_raw("allowedFunctionNames", embedded(allowed->json, allowed->name));
  }
  out_.close_object();
}

void request_writer::write_tool_config() {
  const bool any_extra = std::any_of(asked_.extras.begin(), asked_.extras.end(),
                                     [](const extra_field& extra) { return begins(extra.name, k_tool_prefix); });
  if (asked_.choice.parallel == false) {
    notes_.losses.add("choice.parallel");
  }
  if (asked_.choice.mode == tool_mode::unsaid && !any_extra) {
    return;
  }
  out_.key("toolConfig");
  out_.open_object();
  write_calling_config();
  write_extras(k_tool_prefix);
  out_.close_object();
}

void request_writer::write_extras(std::string_view prefix) {
  for (const extra_field& extra : asked_.extras) {
    const std::string_view name = extra.name;
    if (begins(name, prefix) && name.find('.', prefix.size()) == std::string_view::npos) {
      out_.member_raw(name.substr(prefix.size()), embedded(extra.json, name));
    }
  }
}

void request_writer::write_own_extras() {
  for (const extra_field& extra : asked_.extras) {
    if (std::find(k_own_extras.begin(), k_own_extras.end(), extra.name) != k_own_extras.end()) {
      out_.member_raw(extra.name, embedded(extra.json, extra.name));
    } else if (!is_own(extra.name)) {
      if (extra.essential) {
        notes_.refuse(extra.name, "cannot be asked of Gemini");
      } else {
        notes_.losses.add(extra.name);
      }
    }
  }
}

void request_writer::write_sampling() {
  const dialogue::sampling& sample = asked_.sample;
  out_.member("temperature", sample.temperature);
  out_.member("topP", sample.top_p);
  out_.member("topK", sample.top_k);
  out_.member("maxOutputTokens", asked_.tokens_max);
  if (asked_.answers != 1) {
    out_.member("candidateCount", asked_.answers);
  }
  if (!asked_.stop.empty()) {
    out_.key("stopSequences");
    out_.open_array();
    for (const std::string& stop : asked_.stop) {
      out_.value(std::string_view{stop});
    }
    out_.close_array();
  }
  out_.member("seed", sample.seed);
  out_.member("presencePenalty", sample.presence_penalty);
  out_.member("frequencyPenalty", sample.frequency_penalty);
  if (asked_.logprobs) {
    out_.member("responseLogprobs", true);
  }
  if (asked_.top_logprobs > 0) {
    out_.member("logprobs", asked_.top_logprobs);
  }
}

void request_writer::write_format() {
  const dialogue::output_format& format = asked_.format;
  if (format.kind != format_kind::text) {
    out_.member("responseMimeType", "application/json");
  }
  if (format.kind == format_kind::json_schema) {
    out_.member_raw("responseJsonSchema", embedded(format.schema, "format.schema"));
  }
  if (!format.name.empty()) {
    notes_.losses.add("format.name");
  }
  if (!format.strict.value_or(true)) {
    notes_.losses.add("format.strict"); // Gemini always holds to the schema
  }
  if (!format.description.empty()) {
    notes_.losses.add("format.description");
  }
}

void request_writer::write_generation_config() {
  out_.key("generationConfig");
  out_.open_object();
  write_sampling();
  write_format();
  write_thinking(out_, asked_.reasoning, model_, notes_.losses);
  write_extras(k_generation_prefix);
  out_.close_object();
}

void request_writer::write_service_tier() {
  const std::string_view tier = asked_.service_tier;
  if (tier == "default" || tier == "standard_only") {
    out_.member("serviceTier", "standard");
  } else if (tier == "flex" || tier == "priority") {
    out_.member("serviceTier", tier);
  } else if (!tier.empty() && tier != "auto") {
    notes_.losses.add("service_tier");
  }
}

void request_writer::note_dropped() {
  const std::array<std::pair<std::string_view, bool>, 5> dropped = {
      {{"min_p", asked_.sample.min_p.has_value()},
       {"repetition_penalty", asked_.sample.repetition_penalty.has_value()},
       {"logit_bias", !asked_.sample.logit_bias.empty()},
       {"user", !asked_.user.empty()},
       {"cache_key", !asked_.cache_key.empty()}}};
  for (const auto& [field, is_set] : dropped) {
    if (is_set) {
      notes_.losses.add(field);
    }
  }
}

} // namespace

result<dialogue::written_request> write_request(const request& asked, std::string_view model) {
  dialogue::written_request written;
  request_writer writer{asked, model, written.body};
  writer.write();
  if (writer.notes().fault) {
    return *writer.notes().fault;
  }
  written.path = path_for(model, asked.stream ? "streamGenerateContent" : "generateContent");
  if (asked.stream) {
    written.path += "?alt=sse";
  }
  written.losses = writer.notes().losses.take();
  return written;
}

} // namespace inferenceflow::codecs::gemini
