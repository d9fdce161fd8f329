#include "dialogue/last_turn.h"

#include "dialogue/digest_feeder.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace inferenceflow::dialogue {

using turn::unsuited;

namespace {

/// Fields without a place in the superset that speak against it, unless false.
constexpr std::array k_objections{
    std::pair{std::string_view{"previous_response_id"}, unsuited::server_state},
    std::pair{std::string_view{"conversation"}, unsuited::server_state},
    std::pair{std::string_view{"background"}, unsuited::server_state},
    std::pair{std::string_view{"store"}, unsuited::server_state},
    std::pair{std::string_view{"prompt"}, unsuited::server_state},    // OpenAI Responses: a template kept there
    std::pair{std::string_view{"container"}, unsuited::server_state}, // Anthropic: files of earlier turns
    std::pair{std::string_view{"prediction"}, unsuited::prediction},
    std::pair{std::string_view{"audio"}, unsuited::other_output},
    std::pair{std::string_view{"moderation"}, unsuited::other_output},
};

/// Fields that ask for more than text, unless that is all they name: OpenAI's and Gemini's.
constexpr std::array<std::string_view, 2> k_outputs{"modalities", "generationConfig.responseModalities"};

bool only_text(std::string_view json) {
  return json == R"(["text"])" || json == R"(["TEXT"])" || json == R"(["Text"])" || json == "[]";
}

unsuited objection_to(const extra_field& field) {
  if (field.json == "false" || field.json == "null") {
    return unsuited::none;
  }
  if (std::find(k_outputs.begin(), k_outputs.end(), field.name) != k_outputs.end()) {
    return only_text(field.json) ? unsuited::none : unsuited::other_output;
  }
  const auto* const found = std::find_if(k_objections.begin(), k_objections.end(),
                                         [&](const auto& each) { return each.first == field.name; });
  return found == k_objections.end() ? unsuited::none : found->second;
}

unsuited objection_to(const request& asked) {
  if (asked.messages.empty() || asked.messages.back().who != role::user) {
    const bool tool = !asked.messages.empty() && asked.messages.back().who == role::tool;
    return tool ? unsuited::tool_result : unsuited::not_user;
  }
  if (asked.answers > 1) {
    return unsuited::several_choices;
  }
  if (asked.logprobs || asked.top_logprobs > 0) {
    return unsuited::logprobs;
  }
  for (const extra_field& field : asked.extras) {
    if (const unsuited why = objection_to(field); why != unsuited::none) {
      return why;
    }
  }
  return unsuited::none;
}

} // namespace

turn::cut split_last_turn(const request& asked, protocol spoken, std::uint64_t seed) {
  if (const unsuited why = objection_to(asked); why != unsuited::none) {
    return {.why = why};
  }
  digest_feeder scope{seed};
  scope.add(std::string_view{"without its last turn"}); // a digest() begins with something else
  scope.add(spoken);
  scope.add(asked.model);
  scope.add(asked.messages.size());
  std::for_each(asked.messages.begin(), asked.messages.end() - 1, [&](const message& each) { scope.add(each); });
  const message& last = asked.messages.back();
  scope.add(last.who);
  scope.add(last.name);
  scope.add(last.parts.size());
  turn::turn_text text;
  for (const part& each : last.parts) {
    const auto* const words = std::get_if<text_part>(&each);
    if (words == nullptr) {
      const bool tool = std::holds_alternative<tool_result_part>(each);
      return {.why = tool ? unsuited::tool_result : unsuited::not_text};
    }
    text.add(words->text);
    scope.add(words->citations);
    scope.add(words->signature);
  }
  if (const unsuited why = text.fault(); why != unsuited::none) {
    return {.why = why};
  }
  scope.add_frame(asked);
  const auto [high, low] = scope.digest();
  return {.turn = turn::last_turn{text.take(), high, low}};
}

} // namespace inferenceflow::dialogue
