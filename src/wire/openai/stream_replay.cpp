#include "wire/openai/stream_replay.h"

#include "wire/openai/json_tree.h"
#include "wire/openai/stream_watch.h"
#include "wire/sse/codec.h"

#include <algorithm>

namespace inferenceflow::wire::openai {
namespace {

namespace bj = boost::json;

constexpr std::string_view k_done = "data: [DONE]\n\n";

/// The first piece of `text`, at most k_replay_piece_bytes, cut between characters.
std::string_view first_piece(std::string_view text) noexcept {
  if (text.size() <= k_replay_piece_bytes) {
    return text;
  }
  std::size_t end = k_replay_piece_bytes;
  while (end > 1 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return text.substr(0, end);
}

template <class F> void for_each_piece(std::string_view text, F&& piece) {
  while (!text.empty()) {
    const std::string_view head = first_piece(text);
    piece(head);
    text.remove_prefix(head.size());
  }
}

/// Writes the chunks of one answer.
class chunk_writer {
public:
  chunk_writer(operation op, const bj::object& document, bool include_usage)
      : op_(op) {
    for (const auto& member : document) {
      if (member.key() != "choices" && member.key() != "usage") {
        head_.insert(member);
      }
    }
    head_["object"] = op == operation::chat ? "chat.completion.chunk" : "text_completion";
    if (include_usage) {
      head_["usage"] = nullptr;
    }
  }

  void choice(const bj::object& choice) {
    index_ = json_tree::integer(choice, "index").value_or(0);
    const bj::value* const logprobs = choice.if_contains("logprobs");
    has_logprobs_ = logprobs != nullptr;
    logprobs_ = has_logprobs_ ? *logprobs : bj::value{};
    if (op_ == operation::chat) {
      const bj::value* const message = choice.if_contains("message");
      this->message(message != nullptr && message->is_object() ? message->get_object() : bj::object{});
    } else {
      const bj::value* const text = choice.if_contains("text");
      text_pieces(text != nullptr && text->is_string() ? std::string_view{text->get_string()} : std::string_view{});
    }
    finish(choice);
  }

  void usage(const bj::value& usage) {
    bj::object chunk = head_;
    chunk["choices"] = bj::array{};
    chunk["usage"] = usage;
    write(chunk);
  }

  [[nodiscard]] std::string take_stream() {
    out_ += k_done;
    return std::move(out_);
  }

private:
  void message(const bj::object& message) {
    bj::object first{{"role", "assistant"}, {"content", ""}};
    for (const auto& member : message) {
      const bool later = member.key() == "tool_calls" || (member.value().is_string() && member.key() != "role");
      if (!later) {
        first[member.key()] = member.value();
      }
    }
    delta(std::move(first), nullptr);
    for (const auto& member : message) {
      if (member.value().is_string() && member.key() != "role") {
        string_member(member.key(), member.value().get_string());
      } else if (member.key() == "tool_calls" && member.value().is_array()) {
        tool_calls(member.value().get_array());
      }
    }
  }

  void string_member(std::string_view key, std::string_view text) {
    const bool whole = key == "content" && !logprobs_.is_null(); // log probabilities belong to the text beside them
    if (text.empty() && key == "content" && !whole) {
      return; // the role's chunk has said so
    }
    if (whole || text.empty()) {
      delta({{key, text}}, whole ? logprobs_ : nullptr);
      return;
    }
    for_each_piece(text, [&](std::string_view piece) { delta({{key, piece}}, nullptr); });
  }

  void tool_calls(const bj::array& calls) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!calls[i].is_object()) {
        continue;
      }
      bj::object first = calls[i].get_object();
      first["index"] = i;
      std::string arguments;
      if (bj::object* const function = first["function"].if_object()) {
        if (const bj::value* const text = function->if_contains("arguments"); text != nullptr && text->is_string()) {
          arguments = text->get_string();
          (*function)["arguments"] = "";
        }
      } else {
        first.erase("function");
      }
      delta({{"tool_calls", bj::array{std::move(first)}}}, nullptr);
      for_each_piece(arguments, [&](std::string_view piece) {
        delta({{"tool_calls", bj::array{bj::object{{"index", i}, {"function", {{"arguments", piece}}}}}}}, nullptr);
      });
    }
  }

  void text_pieces(std::string_view text) {
    if (!logprobs_.is_null() || text.empty()) {
      choice_chunk({{"index", index_}, {"text", text}, {"logprobs", logprobs_}, {"finish_reason", nullptr}});
      return;
    }
    for_each_piece(text, [&](std::string_view piece) {
      choice_chunk({{"index", index_}, {"text", piece}, {"logprobs", nullptr}, {"finish_reason", nullptr}});
    });
  }

  /// The last chunk of a choice also takes along what else the choice holds.
  void finish(const bj::object& choice) {
    bj::object last{{"index", index_}};
    last[op_ == operation::chat ? "delta" : "text"] = op_ == operation::chat ? bj::value(bj::object{}) : bj::value("");
    last["logprobs"] = nullptr;
    for (const auto& member : choice) {
      const std::string_view key = member.key();
      if (key != "message" && key != "text" && key != "logprobs" && key != "index") {
        last[key] = member.value();
      }
    }
    choice_chunk(std::move(last));
  }

  void delta(bj::object delta, const bj::value& logprobs) {
    choice_chunk({{"index", index_}, {"delta", std::move(delta)}, {"logprobs", logprobs}, {"finish_reason", nullptr}});
  }

  void choice_chunk(bj::object choice) {
    if (!has_logprobs_) {
      choice.erase("logprobs");
    }
    head_["choices"] = bj::array{std::move(choice)};
    write(head_);
  }

  void write(const bj::object& chunk) { sse::append_event(out_, bj::serialize(chunk)); }

  operation op_;
  bj::object head_;
  std::int64_t index_ = 0;
  bool has_logprobs_ = false;
  bj::value logprobs_;
  std::string out_;
};

bj::object usage_object(const cost::token_usage& usage) {
  return {{"prompt_tokens", usage.input()},
          {"completion_tokens", usage.completion()},
          {"total_tokens", usage.total()},
          {"prompt_tokens_details",
           bj::object{{"cached_tokens", usage.cached_input}, {"cache_write_tokens", usage.cache_write}}},
          {"completion_tokens_details", bj::object{{"reasoning_tokens", usage.reasoning}}}};
}

/// The first chunk of `stream`, for the fields that every chunk repeats.
bj::object first_chunk(std::string_view stream) {
  bj::object found;
  std::string scratch;
  sse::block_splitter splitter{stream.size()};
  static_cast<void>(splitter.push(stream, [&](std::string_view block) {
    if (found.empty()) {
      found = json_tree::parse_object(sse::parse_block(block, scratch).data).value_or(bj::object{});
    }
  }));
  return found;
}

std::string with_usage(operation op, std::string_view stream, const cost::token_usage& usage) {
  chunk_writer writer{op, first_chunk(stream), false};
  writer.usage(usage_object(usage));
  const std::string chunk = writer.take_stream();
  std::string out;
  std::string scratch;
  sse::block_splitter splitter{stream.size()};
  const auto copy = [&](std::string_view block) {
    if (sse::parse_block(block, scratch).data == "[DONE]") {
      out.append(chunk, 0, chunk.size() - k_done.size());
    }
    out += block;
  };
  static_cast<void>(splitter.push(stream, copy));
  copy(splitter.rest());
  return out;
}

} // namespace

result<std::string> replay_as_stream(operation op, std::string_view document, bool include_usage) {
  const auto parsed = json_tree::parse_object(document);
  const bj::value* const choices = parsed ? parsed->if_contains("choices") : nullptr;
  if (choices == nullptr || !choices->is_array() || choices->get_array().empty()) {
    return make_error(error_kind::upstream_failed, "the stored answer has no choices");
  }
  chunk_writer writer{op, *parsed, include_usage};
  for (const bj::value& choice : choices->get_array()) {
    if (choice.is_object()) {
      writer.choice(choice.get_object());
    }
  }
  const bj::value* const usage = parsed->if_contains("usage");
  if (include_usage && usage != nullptr && !usage->is_null()) {
    writer.usage(*usage);
  }
  return writer.take_stream();
}

result<std::string> replay_stream(operation op, std::string_view stream, bool include_usage,
                                  const std::optional<cost::token_usage>& usage) {
  stream_watch watch{{!include_usage, std::max<std::size_t>(stream.size(), 1)}};
  std::string out;
  const auto keep = [&](std::span<const std::string_view> views) {
    for (const std::string_view view : views) {
      out += view;
    }
  };
  const auto views = watch.push(stream);
  if (!views) {
    return views.error();
  }
  keep(*views);
  keep(watch.finish());
  if (!watch.facts().done || watch.facts().malformed) {
    return make_error(error_kind::upstream_failed, "the stored stream is not whole");
  }
  if (include_usage && !watch.facts().usage && usage) {
    return with_usage(op, stream, *usage);
  }
  return out;
}

} // namespace inferenceflow::wire::openai
