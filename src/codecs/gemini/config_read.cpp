#include "codecs/gemini/config_read.h"

#include "codecs/gemini/fields.h"
#include "codecs/gemini/schema.h"
#include "codecs/gemini/thinking.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::codecs::gemini {

using dialogue::format_kind;
using dialogue::json_view;
using dialogue::tool_mode;

namespace {

/// Fields with a place in the superset, by camelCase name.
constexpr std::array<std::string_view, 6> k_known_top = {
    "contents", "tools", "toolConfig", "model", "generationConfig", "systemInstruction"};
constexpr std::array<std::string_view, 15> k_known_generation = {"temperature",
                                                                 "topP",
                                                                 "topK",
                                                                 "maxOutputTokens",
                                                                 "candidateCount",
                                                                 "stopSequences",
                                                                 "seed",
                                                                 "presencePenalty",
                                                                 "frequencyPenalty",
                                                                 "responseLogprobs",
                                                                 "logprobs",
                                                                 "responseMimeType",
                                                                 "responseSchema",
                                                                 "responseJsonSchema",
                                                                 "thinkingConfig"};

/// Fields that decide what is answered, not only how.
constexpr std::array<std::string_view, 7> k_essential = {"cachedContent",
                                                         "modelArmorConfig",
                                                         "generationConfig.responseFormat",
                                                         "generationConfig.audioTranscriptionConfig",
                                                         "generationConfig.translationConfig",
                                                         "generationConfig.responseMimeType",
                                                         "generationConfig.responseSchema"};

template <class List> bool among(const List& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string camel_case(std::string_view name) {
  std::string camel;
  bool raise = false;
  for (const char c : name) {
    if (c == '_' && !camel.empty()) {
      raise = true;
      continue;
    }
    camel.push_back(raise && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    raise = false;
  }
  return camel;
}

void add_extra(dialogue::request& asked, std::string name, const json_view& value) {
  const bool essential = among(k_essential, name);
  asked.extras.push_back({.name = std::move(name), .json = value.json(), .essential = essential});
}

/// TEXT alone is what every model answers with; anything else asks for something that only Gemini makes.
bool is_text_only(const json_view& modalities) {
  bool only = true;
  each_of(modalities, [&](const json_view& modality) {
    only = only && modality.is_text() && (modality.text() == "TEXT" || modality.text() == "text");
  });
  return only;
}

void read_format(const json_view& config, dialogue::request& asked) {
  const json_view type = get(config, k_response_mime_type);
  const json_view openapi = get(config, k_response_schema);
  json_view schema = get(config, k_response_json_schema);
  if (!schema.present()) {
    schema = config.member("_responseJsonSchema"); // an earlier name of it
  }
  const std::string_view wanted = type.text();
  if (!wanted.empty() && wanted != "application/json" && wanted != "text/plain") {
    add_extra(asked, "generationConfig.responseMimeType", type); // text/x.enum and the like
    if (openapi.present()) {
      add_extra(asked, "generationConfig.responseSchema", openapi);
    }
    return;
  }
  if (schema.present() || openapi.present()) {
    asked.format.kind = format_kind::json_schema;
    asked.format.schema = schema.present() ? schema.json() : json_schema_text(openapi.json());
  } else if (wanted == "application/json") {
    asked.format.kind = format_kind::json;
  }
}

void read_mode(const json_view& calling, dialogue::request& asked) {
  const json_view mode = calling.member("mode");
  const std::string_view name = mode.text();
  if (name == "AUTO" || name == "auto") {
    asked.choice.mode = tool_mode::automatic;
  } else if (name == "ANY" || name == "any") {
    asked.choice.mode = tool_mode::required;
  } else if (name == "NONE" || name == "none") {
    asked.choice.mode = tool_mode::forbidden;
  } else if (name == "VALIDATED" || name == "validated") {
    asked.choice.mode = tool_mode::automatic; // calls or text, calls as their schemas say
    asked.extras.push_back({.name = "toolConfig.functionCallingConfig.mode", .json = R"("VALIDATED")"});
  } else if (!name.empty() && name != "MODE_UNSPECIFIED") {
    mode.fail("must be AUTO, ANY, NONE or VALIDATED");
  }
}

void read_allowed(const json_view& allowed, dialogue::request& asked) {
  std::vector<std::string> names;
  allowed.each([&](const json_view& name) { names.emplace_back(name.text()); });
  if (names.empty()) {
    return;
  }
  if (names.size() == 1 && asked.choice.mode == tool_mode::required) {
    asked.choice.mode = tool_mode::named;
    asked.choice.name = names.front();
    return;
  }
  const bool all = std::all_of(asked.tools.begin(), asked.tools.end(), [&](const dialogue::tool& tool) {
    return !tool.opaque.empty() || among(names, tool.name);
  });
  if (!all) {
    asked.extras.push_back(
        {.name = "toolConfig.functionCallingConfig.allowedFunctionNames", .json = allowed.json(), .essential = true});
  }
}

} // namespace

void read_tool_config(const json_view& config, dialogue::request& asked) {
  const json_view calling = get(config, k_function_calling_config);
  read_mode(calling, asked);
  read_allowed(get(calling, k_allowed_function_names), asked);
  config.members([&](std::string_view key, const json_view& value) {
    std::string name = camel_case(key);
    if (name != k_function_calling_config.camel) {
      add_extra(asked, "toolConfig." + name, value);
    }
  });
}

void read_generation_config(const json_view& config, dialogue::request& asked) {
  asked.sample.temperature = config.member("temperature").number();
  asked.sample.top_p = get(config, k_top_p).number();
  asked.sample.top_k = get(config, k_top_k).integer(0);
  asked.sample.seed = config.member("seed").integer();
  asked.sample.presence_penalty = get(config, k_presence_penalty).number();
  asked.sample.frequency_penalty = get(config, k_frequency_penalty).number();
  asked.tokens_max = get(config, k_max_output_tokens).integer(1);
  asked.answers = get(config, k_candidate_count).integer(1).value_or(1);
  asked.logprobs = get(config, k_response_logprobs).flag().value_or(false);
  asked.top_logprobs = config.member("logprobs").integer(0).value_or(0);
  each_of(get(config, k_stop_sequences), [&](const json_view& stop) { asked.stop.emplace_back(stop.text()); });
  asked.reasoning = read_thinking(get(config, k_thinking_config));
  read_format(config, asked);
  config.members([&](std::string_view key, const json_view& value) {
    const std::string name = camel_case(key);
    if (among(k_known_generation, name) || key == "_responseJsonSchema") {
      return;
    }
    add_extra(asked, "generationConfig." + name, value);
    if (name == k_response_modalities.camel) {
      asked.extras.back().essential = !is_text_only(value);
    }
  });
}

void read_top_level(const json_view& root, dialogue::request& asked) {
  root.members([&](std::string_view key, const json_view& value) {
    std::string name = camel_case(key);
    if (name == k_service_tier.camel) {
      const std::string_view tier = value.text();
      asked.service_tier = tier == "standard" ? "default" : tier == "unspecified" ? "" : tier;
    } else if (!among(k_known_top, name)) {
      add_extra(asked, std::move(name), value);
    }
  });
}

} // namespace inferenceflow::codecs::gemini
