#include "codecs/cohere/citation.h"
#include "codecs/cohere/message_write.h"
#include "codecs/cohere/vocabulary.h"

#include <fmt/format.h>

namespace inferenceflow::codecs::cohere {

using dialogue::citation;
using dialogue::part;
using dialogue::protocol;
using dialogue::reasoning_part;
using dialogue::refusal_part;
using dialogue::text_part;
using dialogue::tool_call_part;

namespace {

struct cited_text {
  const text_part* words;
  std::size_t block;
};

/// Sorts an assistant's parts into the four fields that Cohere has for them.
class sorted_parts {
public:
  sorted_parts(std::string path, bool as_request, write_notes& notes)
      : path_(std::move(path))
      , as_request_(as_request)
      , notes_(notes) {}

  void take(const part& given, std::size_t index) {
    at_ = fmt::format("{}.parts[{}]", path_, index);
    std::visit([this, &given](const auto& of) { sort(given, of); }, given);
  }

  [[nodiscard]] const std::vector<const part*>& blocks() const noexcept { return blocks_; }
  [[nodiscard]] const std::vector<const tool_call_part*>& calls() const noexcept { return calls_; }
  [[nodiscard]] const std::vector<cited_text>& cited() const noexcept { return cited_; }
  [[nodiscard]] const std::string& plan() const noexcept { return plan_; }

private:
  void sort(const part& given, const text_part& words) {
    drop_if(words.cache_mark.has_value(), ".cache_mark");
    drop_if(!words.signature.empty(), ".signature");
    if (!words.citations.empty()) {
      cited_.push_back({&words, blocks_.size()});
    }
    blocks_.push_back(&given);
  }
  void sort(const part& given, const refusal_part&) { blocks_.push_back(&given); }
  void sort(const part& given, const reasoning_part& thought) {
    if (as_request_ && thought.origin && *thought.origin != protocol::cohere) {
      notes_.drop(at_);
      return;
    }
    drop_if(!thought.signature.empty(), ".signature");
    drop_if(!thought.redacted.empty(), ".redacted");
    drop_if(thought.summary, ".summary");
    if (thought.id == k_tool_plan_id) {
      plan_ += thought.text;
      return;
    }
    drop_if(!thought.id.empty(), ".id");
    if (!thought.text.empty() || thought.redacted.empty()) {
      blocks_.push_back(&given);
    }
  }
  void sort(const part&, const tool_call_part& call) {
    drop_if(!call.signature.empty(), ".signature");
    drop_if(call.cache_mark.has_value(), ".cache_mark");
    if (as_request_ && !call.custom && !call.arguments.empty() && !is_object_text(call.arguments)) {
      notes_.refuse(at_ + ".arguments", "must be a JSON object");
    }
    calls_.push_back(&call);
  }
  void sort(const part& given, const dialogue::opaque_part& block) {
    if (block.origin == protocol::cohere) {
      blocks_.push_back(&given);
    } else {
      cannot("Cohere does not know blocks of other protocols");
    }
  }
  void sort(const part&, const dialogue::media_part&) { cannot("Cohere takes no media in an assistant's message"); }
  void sort(const part&, const dialogue::tool_result_part&) { cannot("stands in an assistant's message"); }

  void cannot(std::string_view why) {
    if (as_request_) {
      notes_.refuse(at_, why);
    } else {
      notes_.drop(at_);
    }
  }
  void drop_if(bool lost, std::string_view field) {
    if (lost) {
      notes_.drop(at_ + std::string{field});
    }
  }

  std::string path_;
  std::string at_;
  bool as_request_;
  write_notes& notes_;
  std::vector<const part*> blocks_;
  std::vector<const tool_call_part*> calls_;
  std::vector<cited_text> cited_;
  std::string plan_;
};

void write_block(json_out& json, const part& given) {
  if (const auto* own = std::get_if<dialogue::opaque_part>(&given)) {
    json.raw(own->json);
    return;
  }
  json.open_object();
  if (const auto* thought = std::get_if<reasoning_part>(&given)) {
    json.text_member("type", "thinking");
    json.text_member("thinking", thought->text);
  } else {
    const auto* words = std::get_if<text_part>(&given);
    json.text_member("type", "text");
    json.text_member("text", words != nullptr ? words->text : std::get<refusal_part>(given).text);
  }
  json.close_object();
}

void write_call(json_out& json, const tool_call_part& call) {
  json.open_object();
  json.text_member("id", call.id);
  json.text_member("type", "function");
  json.open_object_member("function");
  json.text_member("name", call.name);
  if (call.custom) {
    // Free text has no place of its own: it is wrapped, as a function's only argument.
    std::string wrapped;
    json_out arguments{wrapped};
    arguments.open_object();
    arguments.text_member("input", call.arguments);
    arguments.close_object();
    json.text_member("arguments", wrapped);
  } else {
    json.text_member("arguments", call.arguments.empty() ? std::string_view{"{}"} : call.arguments);
  }
  json.close_object();
  json.close_object();
}

void write_citations(json_out& json, const text_part& words, std::size_t block) {
  text_places places;
  places.append(words.text);
  std::span<const citation> left{words.citations};
  while (!left.empty()) {
    std::size_t count = 1;
    while (count < left.size() && same_stretch(left[0], left[count])) {
      ++count;
    }
    write_citation(json, left.first(count), places, block);
    left = left.subspan(count);
  }
}

} // namespace

void write_assistant(json_out& json, std::span<const part> parts, const std::string& path, bool as_request,
                     write_notes& notes) {
  sorted_parts sorted{path, as_request, notes};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    sorted.take(parts[i], i);
  }
  const auto& blocks = sorted.blocks();
  if (as_request && blocks.size() == 1 && std::holds_alternative<text_part>(*blocks.front())) {
    json.text_member("content", std::get<text_part>(*blocks.front()).text);
  } else if (!blocks.empty()) {
    json.open_array_member("content");
    for (const part* block : blocks) {
      write_block(json, *block);
    }
    json.close_array();
  }
  if (!sorted.plan().empty()) {
    json.text_member("tool_plan", sorted.plan());
  }
  if (!sorted.calls().empty()) {
    json.open_array_member("tool_calls");
    for (const tool_call_part* call : sorted.calls()) {
      write_call(json, *call);
    }
    json.close_array();
  }
  if (!sorted.cited().empty()) {
    json.open_array_member("citations");
    for (const cited_text& each : sorted.cited()) {
      write_citations(json, *each.words, each.block);
    }
    json.close_array();
  }
}

} // namespace inferenceflow::codecs::cohere
