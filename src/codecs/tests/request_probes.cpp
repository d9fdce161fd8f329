#include "codecs/tests/translation_probes.h"

namespace inferenceflow::codecs::tests {
namespace {

using dialogue::cache_life;
using dialogue::media_kind;
using dialogue::media_part;
using dialogue::protocol;
using dialogue::reasoning_part;
using dialogue::request;
using dialogue::role;
using dialogue::text_part;
using dialogue::tool_call_part;
using dialogue::tool_mode;
using dialogue::tool_result_part;
using rows = std::vector<request_probe>;

constexpr std::string_view k_schema =
    R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false})";
constexpr std::string_view k_png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

dialogue::message said(role who, dialogue::part what) {
  dialogue::message made{.who = who};
  made.parts.push_back(std::move(what));
  return made;
}

dialogue::message words(role who, std::string text) {
  return said(who, text_part{.text = std::move(text)});
}

request plain() {
  request asked{.model = "asked", .tokens_max = 8000};
  asked.messages = {words(role::user, "What is the weather?")};
  return asked;
}

request three_turns() {
  request asked = plain();
  asked.messages.push_back(words(role::assistant, "Where?"));
  asked.messages.push_back(words(role::user, "In Paris."));
  return asked;
}

request with_tool() {
  request asked = plain();
  asked.tools.push_back({.name = "weather", .description = "Weather of a city", .parameters = std::string{k_schema}});
  return asked;
}

/// Asked, called, answered.
request with_call() {
  request asked = with_tool();
  asked.messages.push_back(
      said(role::assistant, tool_call_part{.id = "call_1", .name = "weather", .arguments = R"({"city":"Paris"})"}));
  tool_result_part told{.call_id = "call_1", .name = "weather"};
  told.content.emplace_back(text_part{.text = "sunny"});
  asked.messages.push_back(said(role::tool, std::move(told)));
  return asked;
}

request with_schema() {
  request asked = plain();
  asked.format = {.kind = dialogue::format_kind::json_schema, .schema = std::string{k_schema}};
  return asked;
}

request with_document(bool named = true) {
  request asked = plain();
  media_part document{.kind = media_kind::document, .media_type = "text/plain", .text = "Paris is sunny."};
  document.name = named ? "weather" : "";
  asked.messages.at(0).parts.insert(asked.messages.at(0).parts.begin(), std::move(document));
  return asked;
}

/// A protocol that is not `own`: what only its maker can take back is foreign to all others.
protocol other_than(protocol own) {
  return own == protocol::anthropic ? protocol::gemini : protocol::anthropic;
}

std::function<void(request&, protocol)> add_media(media_part what, std::size_t turn = 0) {
  return [what = std::move(what), turn](request& asked, protocol) { asked.messages.at(turn).parts.emplace_back(what); };
}

template <class field> field& first(request& asked, std::size_t turn) {
  return std::get<field>(asked.messages.at(turn).parts.at(0));
}

rows message_rows() {
  return {
      {"`messages[]` of role system, leading", plain(),
       [](request& asked, protocol) {
         asked.messages.insert(asked.messages.begin(), words(role::system, "Be terse."));
       }},
      {"`messages[]` of role system, later", three_turns(),
       [](request& asked, protocol) {
         asked.messages.insert(asked.messages.end() - 1, words(role::system, "Be terse."));
       }},
      {"`messages[].name`", plain(), [](request& asked, protocol) { asked.messages.at(0).name = "ada"; }},
      {"`text_part.cache_mark`", plain(),
       [](request& asked, protocol) { first<text_part>(asked, 0).cache_mark = cache_life::minutes_5; }},
      {"`text_part.citations` of the assistant", three_turns(),
       [](request& asked, protocol) {
         first<text_part>(asked, 1).citations = {
             {.quote = "Where", .title = "A page", .url = "https://example.com/a", .begin = 0, .end = 5}};
       }},
      {"`text_part.signature` (Gemini's)", three_turns(),
       [](request& asked, protocol) { first<text_part>(asked, 1).signature = "c2ln"; }},
      {"`refusal_part`", three_turns(),
       [](request& asked, protocol) { asked.messages.at(1).parts = {dialogue::refusal_part{.text = "No."}}; }},
      {"`opaque_part` of the same protocol", three_turns(),
       [](request& asked, protocol own) {
         asked.messages.at(1).parts.emplace_back(
             dialogue::opaque_part{.origin = own, .type = "executableCode", .json = R"({"type":"web_search_call"})"});
       }},
      {"`opaque_part` of another", three_turns(),
       [](request& asked, protocol own) {
         asked.messages.at(1).parts.emplace_back(dialogue::opaque_part{
             .origin = other_than(own), .type = "server_tool_use", .json = R"({"type":"server_tool_use"})"});
       }},
  };
}

rows media_rows() {
  const std::string png{k_png};
  return {
      {"image as bytes", plain(), add_media({.media_type = "image/png", .data_base64 = png})},
      {"image by URL", plain(), add_media({.url = "https://example.com/a.png"})},
      {"image by the provider's file id", plain(), add_media({.media_type = "image/png", .file_id = "file-1"})},
      {"image of the assistant", three_turns(), add_media({.media_type = "image/png", .data_base64 = png}, 1)},
      {"`media_part.detail`", plain(), add_media({.media_type = "image/png", .data_base64 = png, .detail = "low"})},
      {"`media_part.cache_mark`", plain(),
       add_media({.media_type = "image/png", .data_base64 = png, .cache_mark = cache_life::minutes_5})},
      {"document (PDF) as bytes", plain(),
       add_media(
           {.kind = media_kind::document, .media_type = "application/pdf", .data_base64 = "JVBERi0=", .name = "a"})},
      {"document by URL", plain(),
       add_media({.kind = media_kind::document, .media_type = "application/pdf", .url = "https://example.com/a.pdf"})},
      {"document as text", plain(), [](request& asked, protocol) { asked.messages = with_document().messages; }},
      {"`media_part.name` of a document", with_document(false),
       [](request& asked, protocol) { first<media_part>(asked, 0).name = "weather"; }},
      {"`media_part.context`", with_document(),
       [](request& asked, protocol) { first<media_part>(asked, 0).context = "of today"; }},
      {"`media_part.cited`", with_document(),
       [](request& asked, protocol) { first<media_part>(asked, 0).cited = true; }},
      {"audio as bytes", plain(),
       add_media({.kind = media_kind::audio, .media_type = "audio/wav", .data_base64 = "UklGRg=="})},
      {"audio by URL", plain(),
       add_media({.kind = media_kind::audio, .media_type = "audio/wav", .url = "https://example.com/a.wav"})},
      {"video as bytes", plain(),
       add_media({.kind = media_kind::video, .media_type = "video/mp4", .data_base64 = "AAAA"})},
      {"video by URL", plain(),
       add_media({.kind = media_kind::video, .media_type = "video/mp4", .url = "https://example.com/a.mp4"})},
  };
}

rows thought_rows() {
  const auto thought = [](reasoning_part what) {
    return [what](request& asked, protocol own) {
      reasoning_part made = what;
      if (made.origin) {
        made.origin = made.id == "own" ? own : other_than(own);
        made.id.clear();
      }
      auto& parts = asked.messages.at(1).parts;
      parts.insert(parts.begin(), std::move(made));
    };
  };
  return {
      {"`reasoning_part` without signature", three_turns(), thought({.text = "Hmm."})},
      {"`reasoning_part.signature` of the same protocol", three_turns(),
       thought({.text = "Hmm.", .signature = "c2ln", .id = "own", .origin = protocol::anthropic})},
      {"`reasoning_part.redacted` of the same protocol", three_turns(),
       thought({.redacted = "c2ln", .id = "own", .origin = protocol::anthropic})},
      {"`reasoning_part` signed by another", three_turns(),
       thought({.text = "Hmm.", .signature = "c2ln", .id = "other", .origin = protocol::anthropic})},
  };
}

rows tool_rows() {
  return {
      {"`tools[]`, calls and results", plain(),
       [](request& asked, protocol) {
         asked.tools = with_call().tools;
         asked.messages = with_call().messages;
       }},
      {"two calls of one turn, two results", with_call(),
       [](request& asked, protocol) {
         asked.messages.at(1).parts.emplace_back(
             tool_call_part{.id = "call_2", .name = "weather", .arguments = R"({"city":"Rome"})"});
         tool_result_part told{.call_id = "call_2", .name = "weather"};
         told.content.emplace_back(text_part{.text = "rain"});
         asked.messages.at(2).parts.emplace_back(std::move(told));
       }},
      {"`tool_call_part.custom`", with_call(),
       [](request& asked, protocol) {
         first<tool_call_part>(asked, 1).custom = true;
         first<tool_call_part>(asked, 1).arguments = "free text";
       }},
      {"`tool_call_part.arguments` that are no JSON object", with_call(),
       [](request& asked, protocol) { first<tool_call_part>(asked, 1).arguments = R"({"city":)"; }},
      {"`tool_call_part.signature` (Gemini's)", with_call(),
       [](request& asked, protocol) { first<tool_call_part>(asked, 1).signature = "c2ln"; }},
      {"`tool_result_part.json`", with_call(),
       [](request& asked, protocol) {
         first<tool_result_part>(asked, 2).content.clear();
         first<tool_result_part>(asked, 2).json = R"({"sky":"clear"})";
       }},
      {"`tool_result_part.failed`", with_call(),
       [](request& asked, protocol) { first<tool_result_part>(asked, 2).failed = true; }},
      {"`tool_result_part.content`: image", with_call(),
       [](request& asked, protocol) {
         first<tool_result_part>(asked, 2).content.emplace_back(
             media_part{.media_type = "image/png", .data_base64 = std::string{k_png}});
       }},
      {"`tool_result_part.cache_mark`", with_call(),
       [](request& asked, protocol) { first<tool_result_part>(asked, 2).cache_mark = cache_life::minutes_5; }},
      {"`tools[].strict` true", with_tool(), [](request& asked, protocol) { asked.tools.at(0).strict = true; }},
      {"`tools[].strict` false", with_tool(), [](request& asked, protocol) { asked.tools.at(0).strict = false; }},
      {"`tools[].cache_mark`", with_tool(),
       [](request& asked, protocol) { asked.tools.at(0).cache_mark = cache_life::minutes_5; }},
      {"`tools[].opaque` of another protocol", with_tool(),
       [](request& asked, protocol own) {
         asked.tools.push_back({.name = "search", .opaque = R"({"type":"x_search"})", .origin = other_than(own)});
       }},
      {"`choice.mode` automatic", with_tool(),
       [](request& asked, protocol) { asked.choice.mode = tool_mode::automatic; }},
      {"`choice.mode` forbidden", with_tool(),
       [](request& asked, protocol) { asked.choice.mode = tool_mode::forbidden; }},
      {"`choice.mode` required", with_tool(),
       [](request& asked, protocol) { asked.choice.mode = tool_mode::required; }},
      {"`choice.mode` named", with_tool(),
       [](request& asked, protocol) {
         asked.choice.mode = tool_mode::named;
         asked.choice.name = "weather";
       }},
      {"`choice.parallel` false", with_tool(), [](request& asked, protocol) { asked.choice.parallel = false; }},
  };
}

rows output_rows() {
  return {
      {"`format.kind` json", plain(),
       [](request& asked, protocol) { asked.format.kind = dialogue::format_kind::json; }},
      {"`format.kind` json_schema", plain(), [](request& asked, protocol) { asked.format = with_schema().format; }},
      {"`format.name`", with_schema(), [](request& asked, protocol) { asked.format.name = "weather"; }},
      {"`format.description`", with_schema(),
       [](request& asked, protocol) { asked.format.description = "Where it is."; }},
      {"`format.strict` true", with_schema(), [](request& asked, protocol) { asked.format.strict = true; }},
      {"`format.strict` false", with_schema(), [](request& asked, protocol) { asked.format.strict = false; }},
      {"`stop`", plain(), [](request& asked, protocol) { asked.stop = {"END"}; }},
      {"`tokens_max`", plain(), [](request& asked, protocol) { asked.tokens_max = 7000; }},
      {"`answers` above 1", plain(), [](request& asked, protocol) { asked.answers = 2; }},
      {"`logprobs`, `top_logprobs`", plain(),
       [](request& asked, protocol) {
         asked.logprobs = true;
         asked.top_logprobs = 2;
       }},
      {"`stream`", plain(), [](request& asked, protocol) { asked.stream = true; }},
  };
}

rows sampling_rows() {
  return {
      {"`sample.temperature` up to 1", plain(), [](request& asked, protocol) { asked.sample.temperature = 0.5; }},
      {"`sample.temperature` above 1", plain(), [](request& asked, protocol) { asked.sample.temperature = 1.5; }},
      {"`sample.top_p`", plain(), [](request& asked, protocol) { asked.sample.top_p = 0.5; }},
      {"`sample.min_p`", plain(), [](request& asked, protocol) { asked.sample.min_p = 0.05; }},
      {"`sample.top_k`", plain(), [](request& asked, protocol) { asked.sample.top_k = 40; }},
      {"`sample.presence_penalty`", plain(), [](request& asked, protocol) { asked.sample.presence_penalty = 0.5; }},
      {"`sample.frequency_penalty`", plain(), [](request& asked, protocol) { asked.sample.frequency_penalty = 0.5; }},
      {"`sample.repetition_penalty`", plain(), [](request& asked, protocol) { asked.sample.repetition_penalty = 1.1; }},
      {"`sample.seed`", plain(), [](request& asked, protocol) { asked.sample.seed = 7; }},
      {"`sample.logit_bias`", plain(), [](request& asked, protocol) { asked.sample.logit_bias = R"({"50256":-100})"; }},
      {"`reasoning.level` high", plain(),
       [](request& asked, protocol) { asked.reasoning.level = dialogue::effort::high; }},
      {"`reasoning.level` none", plain(),
       [](request& asked, protocol) { asked.reasoning.level = dialogue::effort::none; }},
      {"`reasoning.budget_tokens`", plain(), [](request& asked, protocol) { asked.reasoning.budget_tokens = 2000; }},
      {"`reasoning.level` high, `shown`", plain(),
       [](request& asked, protocol) {
         asked.reasoning.level = dialogue::effort::high;
         asked.reasoning.shown = true;
       }},
      {"`reasoning.level` high, `summary`", plain(),
       [](request& asked, protocol) {
         asked.reasoning.level = dialogue::effort::high;
         asked.reasoning.summary = "detailed";
         asked.reasoning.shown = true;
       }},
      {"`user`", plain(), [](request& asked, protocol) { asked.user = "user-1"; }},
      {"`service_tier` auto", plain(), [](request& asked, protocol) { asked.service_tier = "auto"; }},
      {"`service_tier` flex", plain(), [](request& asked, protocol) { asked.service_tier = "flex"; }},
      {"`cache_key`", plain(), [](request& asked, protocol) { asked.cache_key = "prefix-1"; }},
      {"`extras[]` that only another protocol knows", plain(),
       [](request& asked, protocol) { asked.extras.push_back({.name = "x_unknown", .json = "1"}); }},
      {"the same, essential", plain(),
       [](request& asked, protocol) { asked.extras.push_back({.name = "x_unknown", .json = "1", .essential = true}); }},
  };
}

} // namespace

std::vector<probe_group<request>> request_probes() {
  return {{"Requests: what is said", message_rows()},
          {"Requests: media", media_rows()},
          {"Requests: thoughts of the history", thought_rows()},
          {"Requests: tools", tool_rows()},
          {"Requests: the answer's form", output_rows()},
          {"Requests: how to answer", sampling_rows()}};
}

} // namespace inferenceflow::codecs::tests
