#include "codecs/tests/translation_probes.h"

namespace inferenceflow::codecs::tests {
namespace {

using dialogue::answer;
using dialogue::finish;
using dialogue::protocol;
using dialogue::reasoning_part;
using dialogue::text_part;
using dialogue::tool_call_part;
using rows = std::vector<answer_probe>;

answer plain() {
  answer got{.id = "answer-1", .model = "asked", .created_s = 1'755'000'000};
  dialogue::choice said{.reason = finish::stop};
  said.parts.emplace_back(text_part{.text = "It is sunny."});
  got.choices.push_back(std::move(said));
  got.usage = cost::token_usage{.fresh_input = 100, .output = 20};
  return got;
}

answer with_call() {
  answer got = plain();
  got.choices.at(0).parts = {tool_call_part{.id = "call_1", .name = "weather", .arguments = R"({"city":"Paris"})"}};
  got.choices.at(0).reason = finish::tool_calls;
  return got;
}

protocol other_than(protocol own) {
  return own == protocol::anthropic ? protocol::gemini : protocol::anthropic;
}

template <class field> field& first(answer& got) {
  return std::get<field>(got.choices.at(0).parts.at(0));
}

answer_probe ends(std::string field, finish reason) {
  return {std::move(field), plain(), [reason](answer& got, protocol) { got.choices.at(0).reason = reason; }};
}

rows part_rows() {
  return {
      {"`id`", plain(), [](answer& got, protocol) { got.id = "answer-2"; }},
      {"`created_s`", plain(), [](answer& got, protocol) { got.created_s = 1'756'000'000; }},
      {"`text_part`", plain(), [](answer& got, protocol) { first<text_part>(got).text = "It rains."; }},
      {"`text_part.citations` of a page", plain(),
       [](answer& got, protocol) {
         first<text_part>(got).citations = {{.title = "A page", .url = "https://example.com/a", .begin = 0, .end = 5}};
       }},
      {"`text_part.citations` of a document of the request", plain(),
       [](answer& got, protocol) {
         first<text_part>(got).citations = {{.quote = "sunny", .title = "weather", .source_index = 0}};
       }},
      {"`text_part.signature` (Gemini's)", plain(),
       [](answer& got, protocol) { first<text_part>(got).signature = "c2ln"; }},
      {"`tool_call_part`", plain(), [](answer& got, protocol) { got.choices = with_call().choices; }},
      {"two calls", with_call(),
       [](answer& got, protocol) {
         got.choices.at(0).parts.emplace_back(
             tool_call_part{.id = "call_2", .name = "weather", .arguments = R"({"city":"Rome"})"});
       }},
      {"`tool_call_part.custom`", with_call(),
       [](answer& got, protocol) {
         first<tool_call_part>(got).custom = true;
         first<tool_call_part>(got).arguments = "free text";
       }},
      {"`tool_call_part.arguments` that are no JSON object", with_call(),
       [](answer& got, protocol) { first<tool_call_part>(got).arguments = R"({"city":)"; }},
      {"`tool_call_part.signature` (Gemini's)", with_call(),
       [](answer& got, protocol) { first<tool_call_part>(got).signature = "c2ln"; }},
      {"`refusal_part`", plain(),
       [](answer& got, protocol) {
         got.choices.at(0).parts = {dialogue::refusal_part{.text = "No."}};
         got.choices.at(0).reason = finish::refusal;
       }},
      {"image of the model", plain(),
       [](answer& got, protocol) {
         got.choices.at(0).parts.emplace_back(
             dialogue::media_part{.media_type = "image/png", .data_base64 = "iVBORw=="});
       }},
      {"`opaque_part` of another protocol", plain(),
       [](answer& got, protocol own) {
         got.choices.at(0).parts.emplace_back(dialogue::opaque_part{
             .origin = other_than(own), .type = "server_tool_use", .json = R"({"type":"server_tool_use"})"});
       }},
  };
}

rows thought_rows() {
  const auto thought = [](reasoning_part what, bool own_proof) {
    return [what, own_proof](answer& got, protocol own) {
      reasoning_part made = what;
      if (!made.signature.empty() || !made.redacted.empty()) {
        made.origin = own_proof ? own : other_than(own);
      }
      auto& parts = got.choices.at(0).parts;
      parts.insert(parts.begin(), std::move(made));
    };
  };
  return {
      {"`reasoning_part.text`", plain(), thought({.text = "Hmm."}, true)},
      {"`reasoning_part.signature` of the same protocol", plain(),
       thought({.text = "Hmm.", .signature = "c2ln"}, true)},
      {"`reasoning_part.signature` of another", plain(), thought({.text = "Hmm.", .signature = "c2ln"}, false)},
      {"`reasoning_part.redacted` of the same protocol", plain(), thought({.redacted = "c2ln"}, true)},
      {"`reasoning_part.redacted` of another", plain(), thought({.redacted = "c2ln"}, false)},
  };
}

rows end_rows() {
  return {
      ends("`finish` length", finish::length),
      {"`finish` stop_sequence, and which", plain(),
       [](answer& got, protocol) {
         got.choices.at(0).reason = finish::stop_sequence;
         got.choices.at(0).stop_sequence = "END";
       }},
      ends("`finish` content_filter", finish::content_filter),
      ends("`finish` refusal", finish::refusal),
      ends("`finish` paused", finish::paused),
      ends("`finish` failed", finish::failed),
      ends("`finish` other", finish::other),
      {"`logprobs`", plain(),
       [](answer& got, protocol) {
         got.choices.at(0).logprobs = {{.token = "It is sunny.", .logprob = -0.5, .top = {{"It is sunny.", -0.5}}}};
       }},
      {"second `choice`", plain(), [](answer& got, protocol) { got.choices.push_back(got.choices.at(0)); }},
      {"`usage.cached_input`", plain(), [](answer& got, protocol) { got.usage->cached_input = 40; }},
      {"`usage.cache_write`", plain(), [](answer& got, protocol) { got.usage->cache_write = 40; }},
      {"`usage.reasoning`", plain(), [](answer& got, protocol) { got.usage->reasoning = 40; }},
      {"`service_tier`", plain(), [](answer& got, protocol) { got.service_tier = "default"; }},
  };
}

} // namespace

std::vector<probe_group<answer>> answer_probes() {
  return {{"Answers: what is said", part_rows()},
          {"Answers: thoughts", thought_rows()},
          {"Answers: how they end", end_rows()}};
}

} // namespace inferenceflow::codecs::tests
