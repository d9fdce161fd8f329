#include "codecs/anthropic/answer_write.h"

#include "codecs/anthropic/block_write.h"
#include "codecs/anthropic/loss_list.h"
#include "codecs/anthropic/usage_block.h"
#include "codecs/anthropic/vocabulary.h"

#include <fmt/format.h>

namespace inferenceflow::codecs::anthropic {

using dialogue::protocol;

namespace {

/// Writes the parts as blocks and remembers what the end of the message needs.
class content_writer {
public:
  content_writer(json_writer& out, loss_list& losses)
      : out_(out)
      , losses_(losses) {}

  void write(const dialogue::part& held, std::size_t index) {
    path_ = fmt::format("choices[0].parts[{}]", index);
    std::visit(*this, held);
  }

  void operator()(const dialogue::text_part& words) {
    out_.begin_object();
    out_.text("type", "text");
    out_.text("text", words.text);
    if (!words.citations.empty()) {
      out_.key("citations");
      out_.begin_array();
      for (const dialogue::citation& source : words.citations) {
        write_citation(out_, source);
      }
      out_.end_array();
    }
    out_.end_object();
    lose_signature(words.signature);
  }
  void operator()(const dialogue::tool_call_part& call) {
    calls_tools_ = true;
    const auto input = input_object(call);
    out_.begin_object();
    out_.text("type", "tool_use");
    out_.text("id", call.id);
    out_.text("name", call.name);
    if (input) {
      out_.raw("input", *input);
    } else {
      write_broken_input(call.arguments);
    }
    out_.end_object();
    lose_signature(call.signature);
  }
  void operator()(const dialogue::reasoning_part& thought) {
    const bool own = thought.origin == protocol::anthropic;
    if (own && !thought.redacted.empty()) {
      write_redacted(out_, thought.redacted);
      return;
    }
    if (!thought.redacted.empty() || (!own && !thought.signature.empty())) {
      losses_.drop(path_ + (thought.redacted.empty() ? ".signature" : ".redacted"));
    }
    if (!thought.text.empty() || own) {
      write_thinking(out_, thought.text, own ? std::string_view{thought.signature} : std::string_view{});
    }
  }
  void operator()(const dialogue::refusal_part& refusal) { refusal_ += refusal.text; }
  void operator()(const dialogue::opaque_part& block) {
    if (block.origin == protocol::anthropic && is_json_object(block.json)) {
      out_.raw(block.json);
    } else {
      losses_.drop(path_);
    }
  }
  void operator()(const dialogue::media_part&) { losses_.drop(path_); }
  void operator()(const dialogue::tool_result_part&) { losses_.drop(path_); }

  [[nodiscard]] bool calls_tools() const noexcept { return calls_tools_; }
  [[nodiscard]] const std::string& refusal() const noexcept { return refusal_; }

private:
  void lose_signature(const std::string& signature) {
    if (!signature.empty()) {
      losses_.drop(path_ + ".signature");
    }
  }
  /// What a model made of its arguments is the client's to judge: it comes as text, where an object should be.
  void write_broken_input(const std::string& arguments) {
    out_.key("input");
    out_.begin_object();
    out_.text("invalid_json", arguments);
    out_.end_object();
    losses_.drop(path_ + ".arguments");
  }

  json_writer& out_;
  loss_list& losses_;
  std::string path_;
  std::string refusal_;
  bool calls_tools_ = false;
};

void write_choice(json_writer& out, const dialogue::choice& only, loss_list& losses) {
  content_writer content{out, losses};
  out.key("content");
  out.begin_array();
  for (std::size_t i = 0; i < only.parts.size(); ++i) {
    content.write(only.parts[i], i);
  }
  out.end_array();
  const bool refused = !content.refusal().empty();
  out.text_or_null("stop_reason", stop_reason_of(only.reason, content.calls_tools(), refused));
  out.text_or_null("stop_sequence", only.reason == dialogue::finish::stop_sequence
                                        ? std::string_view{only.stop_sequence}
                                        : std::string_view{});
  if (refused) {
    out.key("stop_details");
    write_refusal(out, content.refusal());
  }
  if (loses_reason(only.reason)) {
    losses.drop("choices[0].reason");
  }
  if (!only.logprobs.empty()) {
    losses.drop("choices[0].logprobs");
  }
}

} // namespace

dialogue::written_answer write_message(const dialogue::answer& got, const dialogue::stream_wish& wish) {
  dialogue::written_answer made;
  loss_list losses;
  json_writer out{made.body};
  out.begin_object();
  out.text("id", got.id.empty() ? k_nameless_id : std::string_view{got.id});
  out.text("type", "message");
  out.text("role", "assistant");
  out.text("model", wish.model.empty() ? std::string_view{got.model} : wish.model);
  const dialogue::choice none;
  write_choice(out, got.choices.empty() ? none : got.choices.front(), losses);
  out.key("usage");
  write_usage(out, got.usage ? &*got.usage : nullptr, got.service_tier);
  out.end_object();
  for (std::size_t i = 1; i < got.choices.size(); ++i) {
    losses.drop(fmt::format("choices[{}]", i));
  }
  made.losses = std::move(losses).take();
  return made;
}

} // namespace inferenceflow::codecs::anthropic
