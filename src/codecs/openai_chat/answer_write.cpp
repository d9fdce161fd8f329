#include "codecs/openai_chat/answer_write.h"

#include "codecs/openai_chat/annotation.h"
#include "codecs/openai_chat/finish.h"
#include "codecs/openai_chat/message_write.h"
#include "codecs/openai_chat/part_read.h"
#include "codecs/openai_chat/reasoning_details.h"
#include "codecs/openai_chat/usage.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::codecs::openai_chat {

using dialogue::choice;
using dialogue::protocol;
using dialogue::reasoning_part;
using dialogue::refusal_part;
using dialogue::text_part;
using dialogue::tool_call_part;

namespace {

template <class Part, class F> void each(const choice& of, F&& take) {
  for (const dialogue::part& one : of.parts) {
    if (const auto* part = std::get_if<Part>(&one)) {
      take(*part);
    }
  }
}

template <class Part> bool holds(const choice& of) {
  return std::any_of(of.parts.begin(), of.parts.end(),
                     [](const auto& one) { return std::holds_alternative<Part>(one); });
}

/// Writes one message; the parts of one kind come together, as the format has a member for each kind.
class message_body {
public:
  message_body(const choice& of, json_out& out, std::vector<std::string>& losses)
      : of_(of)
      , out_(out)
      , losses_(losses) {}

  void write() {
    out_.open_object().key("role").text("assistant");
    write_content();
    write_refusal();
    write_reasoning();
    write_calls();
    write_citations();
    write_rest();
    out_.close_object();
  }

private:
  void write_content() {
    std::string joined;
    const std::string* only = nullptr;
    std::size_t count = 0;
    each<text_part>(of_, [&](const text_part& words) {
      ++count;
      only = &words.text;
    });
    if (count > 1) {
      each<text_part>(of_, [&](const text_part& words) { joined += words.text; });
      only = &joined;
    }
    out_.key("content");
    only == nullptr ? out_.null() : out_.text(*only);
  }

  void write_refusal() {
    out_.key("refusal");
    std::string joined;
    each<refusal_part>(of_, [&](const refusal_part& refusal) { joined += refusal.text; });
    joined.empty() ? out_.null() : out_.text(joined);
  }

  void write_reasoning() {
    std::string joined;
    std::size_t count = 0;
    bool detailed = false;
    each<reasoning_part>(of_, [&](const reasoning_part& thought) {
      joined.append(joined.empty() || thought.text.empty() ? "" : "\n\n").append(thought.text);
      detailed = detailed || thought.origin || thought.summary || !thought.id.empty() || ++count > 1;
    });
    if (!joined.empty()) {
      out_.key("reasoning_content").text(joined);
    }
    std::string_view signature;
    each<text_part>(of_, [&](const text_part& words) {
      signature = words.signature.empty() ? signature : std::string_view{words.signature};
    });
    bool signed_calls = false;
    each<tool_call_part>(of_,
                         [&](const tool_call_part& call) { signed_calls = signed_calls || !call.signature.empty(); });
    if (!detailed && !signed_calls && signature.empty()) {
      return;
    }
    out_.key("reasoning_details").open_array();
    std::int64_t index = 0;
    each<reasoning_part>(of_, [&](const reasoning_part& thought) { write_entries(out_, thought, index++); });
    if (!signature.empty()) {
      write_proof_entry(out_, signature, false, {}, protocol::gemini, index++);
    }
    each<tool_call_part>(of_, [&](const tool_call_part& call) {
      if (!call.signature.empty()) {
        write_proof_entry(out_, call.signature, true, call.id, protocol::gemini, index++);
      }
    });
    out_.close_array();
  }

  void write_calls() {
    if (!holds<tool_call_part>(of_)) {
      return;
    }
    out_.key("tool_calls").open_array();
    each<tool_call_part>(of_, [&](const tool_call_part& call) {
      const std::string_view kind = call.custom ? "custom" : "function";
      out_.open_object().key("id").text(call.id).key("type").text(kind).key(kind).open_object();
      out_.key("name").text(call.name).key(call.custom ? "input" : "arguments").text(call.arguments);
      out_.close_object().close_object();
    });
    out_.close_array();
  }

  void write_citations() {
    bool any = false;
    each<text_part>(of_, [&any](const text_part& words) { any = any || !words.citations.empty(); });
    if (!any) {
      return;
    }
    text_ruler said;
    bool open = false;
    each<text_part>(of_, [&](const text_part& words) {
      const std::int64_t begin = said.bytes();
      said.append(words.text);
      for (const dialogue::citation& source : words.citations) {
        if (!fits_annotation(source)) {
          note_loss(losses_, "citations");
          continue;
        }
        if (!open) {
          out_.key("annotations").open_array();
          open = true;
        }
        write_annotation(out_, source, said, begin);
      }
    });
    if (open) {
      out_.close_array();
    }
  }

  void write_rest() {
    bool open = false;
    each<dialogue::media_part>(of_, [&](const dialogue::media_part& made) {
      if (made.kind != dialogue::media_kind::image || (made.data_base64.empty() && made.url.empty())) {
        note_loss(losses_, lost_block(made.media_type));
        return;
      }
      if (!open) {
        out_.key("images").open_array();
        open = true;
      }
      write_image(out_, made.media_type, made.data_base64, made.url);
    });
    if (open) {
      out_.close_array();
    }
    each<dialogue::opaque_part>(of_, [&](const dialogue::opaque_part& block) {
      if (block.origin == protocol::openai_chat && block.type == k_message_audio && is_json(block.json)) {
        out_.key("audio").raw(block.json);
      } else {
        note_loss(losses_, lost_block(block.type));
      }
    });
  }

  const choice& of_;
  json_out& out_;
  std::vector<std::string>& losses_;
};

} // namespace

std::string lost_block(std::string_view type) {
  return fmt::format("block {}", type);
}

void write_logprobs(json_out& out, std::span<const dialogue::token_logprob> logprobs) {
  const auto write_token = [&](std::string_view token, double logprob) {
    out.open_object().key("token").text(token).key("logprob").number(logprob).key("bytes").null();
  };
  out.open_object().key("content").open_array();
  for (const dialogue::token_logprob& one : logprobs) {
    write_token(one.token, one.logprob);
    out.key("top_logprobs").open_array();
    for (const auto& [token, logprob] : one.top) {
      write_token(token, logprob);
      out.close_object();
    }
    out.close_array().close_object();
  }
  out.close_array().key("refusal").null().close_object();
}

void write_end(json_out& out, dialogue::finish reason, std::string_view stop_sequence, bool has_refusal) {
  const std::string_view word = finish_word(reason, has_refusal);
  out.key("finish_reason");
  word.empty() ? out.null() : out.text(word);
  if (reason == dialogue::finish::stop_sequence && !stop_sequence.empty()) {
    out.key("stop_reason").text(stop_sequence);
  }
}

void write_image(json_out& out, std::string_view media_type, std::string_view data_base64, std::string_view url) {
  out.open_object().key("type").text("image_url").key("image_url").open_object().key("url");
  if (data_base64.empty()) {
    out.text(url);
  } else {
    out.text({fmt::format("data:{};base64,", media_type), data_base64});
  }
  out.close_object().close_object();
}

dialogue::written_answer write_answer(const dialogue::answer& got, const dialogue::stream_wish& wish) {
  dialogue::written_answer written;
  json_out out{written.body};
  out.open_object().key("id").text(got.id).key("object").text("chat.completion");
  out.key("created").integer(got.created_s != 0 ? got.created_s : wish.created_s);
  out.key("model").text(wish.model.empty() ? std::string_view{got.model} : wish.model);
  out.key("choices").open_array();
  for (std::size_t at = 0; at < got.choices.size(); ++at) {
    const choice& one = got.choices[at];
    out.open_object().key("index").integer(static_cast<std::int64_t>(at)).key("message");
    message_body{one, out, written.losses}.write();
    out.key("logprobs");
    one.logprobs.empty() ? static_cast<void>(out.null()) : write_logprobs(out, one.logprobs);
    write_end(out, one.reason, one.stop_sequence, holds<refusal_part>(one));
    if (one.reason == dialogue::finish::paused) {
      note_loss(written.losses, "finish.paused");
    }
    out.close_object();
  }
  out.close_array();
  if (got.usage) {
    out.key("usage");
    write_usage(out, *got.usage);
  }
  if (!got.service_tier.empty()) {
    out.key("service_tier").text(got.service_tier);
  }
  out.close_object();
  return written;
}

} // namespace inferenceflow::codecs::openai_chat
