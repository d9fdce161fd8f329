#include "codecs/bedrock/answer_write.h"

#include "codecs/bedrock/block_write.h"
#include "codecs/bedrock/loss_list.h"
#include "codecs/bedrock/stop_reason.h"
#include "codecs/bedrock/usage.h"

#include <utility>

namespace inferenceflow::codecs::bedrock {
namespace {

using namespace dialogue;

class part_writer {
public:
  part_writer(json_out& out, loss_list& losses)
      : out_(out)
      , losses_(losses) {}

  void operator()(const text_part& words) const {
    losses_.add_if(!words.signature.empty(), "signature");
    if (!words.citations.empty()) {
      write_cited_text(words, out_);
    } else if (!words.text.empty()) {
      write_text(words.text, out_);
    }
  }
  void operator()(const media_part& media) const {
    if (!fault_of(media).message.empty()) {
      losses_.add("media");
      return;
    }
    write_media(media, document_name(media.name, 1), out_);
  }
  void operator()(const tool_call_part& call) const {
    losses_.add_if(!call.signature.empty(), "signature");
    losses_.add_if(call.custom, "custom");
    std::string input;
    json_out made{input};
    write_input(call.arguments, made);
    write_tool_use(call.id, call.name, input, out_);
  }
  void operator()(const reasoning_part& thought) const {
    const bool own = thought.origin == protocol::bedrock;
    losses_.add_if(!own && !thought.signature.empty(), "signature");
    losses_.add_if(!own && !thought.redacted.empty(), "redacted");
    losses_.add_if(!thought.id.empty(), "reasoning.id");
    losses_.add_if(thought.summary, "reasoning.summary");
    const std::string_view signature = own ? std::string_view{thought.signature} : std::string_view{};
    const std::string_view redacted = own ? std::string_view{thought.redacted} : std::string_view{};
    if (!thought.text.empty() || !signature.empty() || !redacted.empty()) {
      write_reasoning(thought.text, signature, redacted, out_);
    }
  }
  void operator()(const refusal_part& refusal) const {
    losses_.add("refusal");
    if (!refusal.text.empty()) {
      write_text(refusal.text, out_);
    }
  }
  void operator()(const opaque_part& block) const {
    if (block.origin == protocol::bedrock && is_json_object(block.json)) {
      out_.raw(block.json);
    } else {
      losses_.add(block.type);
    }
  }
  void operator()(const tool_result_part&) const { losses_.add("tool_result"); }

private:
  json_out& out_;
  loss_list& losses_;
};

} // namespace

void write_input(std::string_view arguments, json_out& out) {
  if (arguments.empty()) {
    out.open_object().close_object();
  } else if (is_json_object(arguments)) {
    out.raw(arguments);
  } else {
    out.open_object().key("input").text(arguments).close_object();
  }
}

void write_stop_sequence(std::string_view stop_sequence, json_out& out) {
  if (!stop_sequence.empty()) {
    out.key("additionalModelResponseFields").open_object().key("stop_sequence").text(stop_sequence).close_object();
  }
}

written_answer write_answer(const answer& got) {
  written_answer written;
  loss_list losses;
  json_out out{written.body};
  const choice nothing;
  const choice& first = got.choices.empty() ? nothing : got.choices.front();
  losses.add_if(!got.id.empty(), "id");
  losses.add_if(got.choices.size() > 1, "choices");
  losses.add_if(!first.logprobs.empty(), "logprobs");
  losses.add_if(!got.usage, "usage");
  losses.add_if(got.usage && got.usage->reasoning > 0, "usage.reasoning");
  losses.add_if(finish_of(stop_reason_of(first.reason)) != first.reason, "finish");

  out.open_object().key("output").open_object().key("message").open_object();
  out.key("role").text("assistant").key("content").open_array();
  for (const part& one : first.parts) {
    std::visit(part_writer{out, losses}, one);
  }
  out.close_array().close_object().close_object();
  out.key("stopReason").text(stop_reason_of(first.reason));
  write_usage(got.usage, out);
  out.key("metrics").open_object().key("latencyMs").integer(0).close_object();
  write_stop_sequence(first.stop_sequence, out);
  if (!got.service_tier.empty()) {
    out.key("serviceTier").open_object().key("type").text(got.service_tier).close_object();
  }
  out.close_object();
  written.losses = std::move(losses).take();
  return written;
}

} // namespace inferenceflow::codecs::bedrock
