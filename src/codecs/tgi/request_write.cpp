#include "codecs/tgi/request_write.h"

#include "codecs/tgi/prompt.h"
#include "dialogue/json_view.h"
#include "wire/json/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <iterator>

namespace inferenceflow::codecs::tgi {

using dialogue::format_kind;
using dialogue::request;

namespace {

/// What a server allows unless it is configured otherwise (max_stop_sequences).
constexpr std::size_t k_stops_max = 4;

void append_text(std::string& out, std::string_view text) {
  out.push_back('"');
  wire::json::append_escaped(out, text);
  out.push_back('"');
}

template <class Number> void append_member(std::string& out, std::string_view name, Number value) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, value);
}

error refusal(std::string field, std::string_view why) {
  std::string message = fmt::format("{}: {}", field, why);
  return make_error(error_kind::invalid_request, std::move(message), std::move(field));
}

bool is_object_text(std::string_view text) {
  dialogue::json_document document;
  return document.parse(text).is_object() && !document.failure();
}

/// The first field that must not be dropped.
std::optional<error> refused(const request& asked) {
  if (!asked.tools.empty()) {
    return refusal("tools", "TGI's native protocol has no tools");
  }
  if (asked.choice.mode == dialogue::tool_mode::required || asked.choice.mode == dialogue::tool_mode::named) {
    return refusal("choice", "TGI's native protocol has no tools");
  }
  if (asked.answers != 1) {
    return refusal("answers", "TGI gives one answer");
  }
  if (asked.format.kind == format_kind::json) {
    return refusal("format", "TGI wants a JSON Schema for JSON");
  }
  if (asked.format.kind == format_kind::json_schema && !is_object_text(asked.format.schema)) {
    return refusal("format.schema", "must be a JSON Schema");
  }
  for (const dialogue::extra_field& extra : asked.extras) {
    if (extra.essential) {
      return refusal(extra.name, "TGI has no such field");
    }
  }
  return std::nullopt;
}

void note_losses(const request& asked, std::vector<std::string>& losses) {
  const std::array<std::pair<bool, std::string_view>, 14> lost = {{
      {asked.choice.parallel.has_value(), "choice.parallel"},
      {!asked.format.name.empty(), "format.name"},
      {!asked.format.description.empty(), "format.description"},
      {asked.format.strict == false, "format.strict"},
      {asked.sample.min_p.has_value(), "min_p"},
      {asked.sample.presence_penalty.has_value(), "presence_penalty"},
      {!asked.sample.logit_bias.empty(), "logit_bias"},
      {asked.reasoning.level.has_value(), "reasoning.level"},
      {asked.reasoning.budget_tokens.has_value(), "reasoning.budget_tokens"},
      {asked.reasoning.shown.has_value(), "reasoning.shown"},
      {!asked.reasoning.summary.empty(), "reasoning.summary"},
      {!asked.user.empty(), "user"},
      {!asked.service_tier.empty(), "service_tier"},
      {!asked.cache_key.empty(), "cache_key"},
  }};
  for (const auto& [given, field] : lost) {
    if (given) {
      losses.emplace_back(field);
    }
  }
  for (const dialogue::extra_field& extra : asked.extras) {
    losses.push_back(extra.name);
  }
}

/// TGI refuses what means "off" elsewhere (a temperature of 0, a top_p of 1): such values are left out instead.
void append_sampling(const request& asked, std::string& out, std::vector<std::string>& losses) {
  const auto& sample = asked.sample;
  const double temperature = sample.temperature.value_or(1);
  const bool greedy = !(temperature > 0);
  out += greedy ? R"("do_sample":false)" : R"("do_sample":true)";
  if (sample.temperature && !greedy && std::isfinite(temperature)) {
    append_member(out, "temperature", temperature);
  }
  if (sample.top_p && *sample.top_p > 0 && *sample.top_p < 1) {
    append_member(out, "top_p", *sample.top_p);
  } else if (sample.top_p && !(*sample.top_p >= 1)) {
    losses.emplace_back("top_p");
  }
  if (sample.top_k.value_or(0) > 0) {
    append_member(out, "top_k", std::min<std::int64_t>(*sample.top_k, std::numeric_limits<std::int32_t>::max()));
  }
  if (sample.repetition_penalty) {
    if (*sample.repetition_penalty > 0 && std::isfinite(*sample.repetition_penalty)) {
      append_member(out, "repetition_penalty", *sample.repetition_penalty);
    } else {
      losses.emplace_back("repetition_penalty");
    }
  }
  if (sample.frequency_penalty) {
    append_member(out, "frequency_penalty", std::clamp(*sample.frequency_penalty, -2.0, 2.0));
  }
  if (sample.seed) {
    if (*sample.seed >= 0) {
      append_member(out, "seed", *sample.seed);
    } else {
      losses.emplace_back("seed");
    }
  }
}

void append_parameters(const request& asked, std::string& out, std::vector<std::string>& losses) {
  append_sampling(asked, out, losses);
  if (asked.tokens_max) {
    append_member(out, "max_new_tokens", *asked.tokens_max);
  }
  out += R"(,"stop":[)";
  for (const std::string& each : asked.stop) {
    append_text(out, each);
    out.push_back(',');
  }
  if (asked.stop.size() < k_stops_max) {
    append_text(out, k_next_turn);
  } else {
    out.pop_back();
  }
  out.push_back(']');
  if (asked.format.kind == format_kind::json_schema) {
    out += R"(,"grammar":{"type":"json","value":)";
    out += asked.format.schema;
    out.push_back('}');
  }
  if (asked.logprobs) {
    // The answer holds likelier tokens only if they were asked for; the reader takes that as the wish for logprobs.
    append_member(out, "top_n_tokens", std::max<std::int64_t>(asked.top_logprobs, 1));
  }
  // Without a stream, the prompt's tokens are counted nowhere but in `prefill`; with one, asking for them is an error.
  out += asked.stream ? R"(,"details":true)" : R"(,"details":true,"decoder_input_details":true)";
  out += R"(,"return_full_text":false)";
}

} // namespace

result<dialogue::written_request> write_request(const request& asked) {
  if (auto fault = refused(asked)) {
    return *std::move(fault);
  }
  dialogue::written_request written;
  const auto prompt = prompt_of(asked.messages, written.losses);
  if (!prompt) {
    return prompt.error();
  }
  written.path = asked.stream ? "/generate_stream" : "/generate";
  written.body = R"({"inputs":)";
  append_text(written.body, *prompt);
  written.body += R"(,"parameters":{)";
  append_parameters(asked, written.body, written.losses);
  written.body += "}}";
  note_losses(asked, written.losses);
  return written;
}

} // namespace inferenceflow::codecs::tgi
