#include "dialogue/assembly.h"

#include <algorithm>
#include <span>

namespace inferenceflow::dialogue {

std::string_view to_string(finish reason) noexcept {
  switch (reason) {
  case finish::none: return "none";
  case finish::stop: return "stop";
  case finish::stop_sequence: return "stop_sequence";
  case finish::length: return "length";
  case finish::tool_calls: return "tool_calls";
  case finish::content_filter: return "content_filter";
  case finish::refusal: return "refusal";
  case finish::paused: return "paused";
  case finish::failed: return "failed";
  case finish::other: return "other";
  }
  return "other";
}

namespace {

/// More choices than any provider offers: a larger index is a broken stream's, and would only eat memory.
constexpr std::size_t k_choices_max = 128;

template <class Part> Part* last_part(choice& of) {
  return of.parts.empty() ? nullptr : std::get_if<Part>(&of.parts.back());
}

void take_reasoning(choice& of, const event& happened) {
  auto* open = last_part<reasoning_part>(of);
  if (open == nullptr) {
    return;
  }
  if (happened.kind == event_kind::reasoning) {
    open->text.append(happened.text);
    return;
  }
  open->origin = happened.origin;
  (happened.kind == event_kind::signature ? open->signature : open->redacted) = happened.text;
}

void take_signature(choice& of, const event& happened) {
  if (auto* words = last_part<text_part>(of)) {
    words->signature = happened.text;
  } else if (auto* call = last_part<tool_call_part>(of)) {
    call->signature = happened.text;
  } else {
    take_reasoning(of, happened);
  }
}

void take_text(choice& of, const event& happened) {
  if (auto* open = last_part<text_part>(of)) {
    open->text.append(happened.text);
  }
  of.logprobs.insert(of.logprobs.end(), happened.logprobs.begin(), happened.logprobs.end());
}

} // namespace

choice& assembly::choice_at(std::size_t index) {
  if (index >= got_.choices.size()) {
    got_.choices.resize(std::min(index, k_choices_max - 1) + 1);
  }
  return got_.choices[std::min(index, got_.choices.size() - 1)];
}

void assembly::open_part(choice& into, const event& happened) {
  switch (happened.opened) {
  case part_kind::text: into.parts.emplace_back(text_part{}); break;
  case part_kind::tool_call:
    into.parts.emplace_back(tool_call_part{.id = std::string{happened.id},
                                           .name = std::string{happened.name},
                                           .arguments = {},
                                           .custom = happened.custom,
                                           .signature = std::string{happened.signature}});
    break;
  case part_kind::reasoning:
    into.parts.emplace_back(
        reasoning_part{.text = {}, .id = std::string{happened.id}, .summary = happened.summary, .origin = {}});
    break;
  case part_kind::refusal: into.parts.emplace_back(refusal_part{}); break;
  case part_kind::media:
    into.parts.emplace_back(
        media_part{.media_type = std::string{happened.name}, .data_base64 = std::string{happened.text}});
    break;
  case part_kind::opaque:
    into.parts.emplace_back(
        opaque_part{.origin = happened.origin, .type = std::string{happened.name}, .json = std::string{happened.text}});
    break;
  }
}

void assembly::take(const event& happened) {
  switch (happened.kind) {
  case event_kind::begin:
    got_.id = happened.id;
    got_.model = happened.name;
    got_.created_s = happened.created_s;
    break;
  case event_kind::part_begin: open_part(choice_at(happened.choice), happened); break;
  case event_kind::text: take_text(choice_at(happened.choice), happened); break;
  case event_kind::arguments:
    if (auto* call = last_part<tool_call_part>(choice_at(happened.choice))) {
      call->arguments.append(happened.text);
    }
    break;
  case event_kind::reasoning:
  case event_kind::redacted: take_reasoning(choice_at(happened.choice), happened); break;
  case event_kind::signature: take_signature(choice_at(happened.choice), happened); break;
  case event_kind::refusal:
    if (auto* open = last_part<refusal_part>(choice_at(happened.choice))) {
      open->text.append(happened.text);
    }
    break;
  case event_kind::cited:
    if (auto* words = last_part<text_part>(choice_at(happened.choice));
        words != nullptr && happened.source != nullptr) {
      words->citations.push_back(*happened.source);
    }
    break;
  case event_kind::part_end:
    if (auto* call = last_part<tool_call_part>(choice_at(happened.choice));
        call != nullptr && call->arguments.empty()) {
      call->arguments = call->custom ? "" : "{}";
    }
    break;
  case event_kind::finish: {
    choice& ended = choice_at(happened.choice);
    ended.reason = happened.reason;
    ended.stop_sequence = happened.text;
    break;
  }
  case event_kind::usage:
    if (happened.tokens != nullptr) {
      got_.usage = *happened.tokens;
    }
    break;
  case event_kind::failure:
    if (happened.why != nullptr) {
      failure_ = *happened.why;
    }
    break;
  case event_kind::end: ended_ = true; break;
  }
}

namespace {

/// Plays one part: its beginning, what it holds, its end.
class part_player {
public:
  /// @param logprobs  of the part's tokens, if it is text.
  part_player(std::uint32_t choice_index, std::uint32_t part_index, std::span<const token_logprob> logprobs,
              const event_handler& handle)
      : place_{.choice = choice_index, .part = part_index}
      , logprobs_(logprobs)
      , handle_(handle) {}

  void operator()(const text_part& words) const {
    begin({.opened = part_kind::text});
    if (!words.text.empty()) {
      event said = at(event_kind::text);
      said.text = words.text;
      said.logprobs = logprobs_;
      handle_(said);
    }
    for (const citation& source : words.citations) {
      event cited = at(event_kind::cited);
      cited.source = &source;
      handle_(cited);
    }
    opaque(event_kind::signature, words.signature, protocol::gemini);
    end();
  }
  void operator()(const tool_call_part& call) const {
    begin({.opened = part_kind::tool_call,
           .id = call.id,
           .name = call.name,
           .signature = call.signature,
           .custom = call.custom});
    delta(event_kind::arguments, call.arguments);
    end();
  }
  void operator()(const reasoning_part& thought) const {
    const protocol origin = thought.origin.value_or(protocol::openai_chat);
    begin({.opened = part_kind::reasoning, .id = thought.id, .origin = origin, .summary = thought.summary});
    delta(event_kind::reasoning, thought.text);
    opaque(event_kind::signature, thought.signature, origin);
    opaque(event_kind::redacted, thought.redacted, origin);
    end();
  }
  void operator()(const refusal_part& refusal) const {
    begin({.opened = part_kind::refusal});
    delta(event_kind::refusal, refusal.text);
    end();
  }
  void operator()(const opaque_part& block) const {
    begin({.opened = part_kind::opaque, .text = block.json, .name = block.type, .origin = block.origin});
    end();
  }
  void operator()(const media_part& made) const {
    begin({.opened = part_kind::media, .text = made.data_base64, .name = made.media_type});
    end();
  }
  void operator()(const tool_result_part&) const {} // results are the client's: no answer holds one

private:
  [[nodiscard]] event at(event_kind kind) const {
    event happened = place_;
    happened.kind = kind;
    return happened;
  }
  void begin(event opened) const {
    opened.kind = event_kind::part_begin;
    opened.choice = place_.choice;
    opened.part = place_.part;
    handle_(opened);
  }
  void delta(event_kind kind, std::string_view text) const {
    if (!text.empty()) {
      event happened = at(kind);
      happened.text = text;
      handle_(happened);
    }
  }
  void opaque(event_kind kind, std::string_view text, protocol origin) const {
    if (!text.empty()) {
      event happened = at(kind);
      happened.text = text;
      happened.origin = origin;
      handle_(happened);
    }
  }
  void end() const { handle_(at(event_kind::part_end)); }

  event place_;
  std::span<const token_logprob> logprobs_;
  const event_handler& handle_;
};

} // namespace

void replay(const answer& got, const event_handler& handle) {
  handle({.kind = event_kind::begin, .id = got.id, .name = got.model, .created_s = got.created_s});
  for (std::uint32_t i = 0; i < got.choices.size(); ++i) {
    const choice& of = got.choices[i];
    std::span<const token_logprob> logprobs{of.logprobs}; // go with the first text
    for (std::uint32_t at = 0; at < of.parts.size(); ++at) {
      std::visit(part_player{i, at, logprobs, handle}, of.parts[at]);
      logprobs = std::holds_alternative<text_part>(of.parts[at]) ? std::span<const token_logprob>{} : logprobs;
    }
    handle({.kind = event_kind::finish, .choice = i, .text = of.stop_sequence, .reason = of.reason});
  }
  if (got.usage) {
    handle({.kind = event_kind::usage, .tokens = &*got.usage});
  }
  handle({.kind = event_kind::end});
}

} // namespace inferenceflow::dialogue
