#include "pipeline/screening.h"

#include <algorithm>
#include <array>
#include <variant>

namespace inferenceflow::pipeline {

using dialogue::event_kind;

namespace {

void add_tokens(std::span<const dialogue::token_logprob> tokens, escalation::token_meter& to) {
  std::array<double, escalation::k_alternatives_max> alternatives{};
  for (const auto& token : tokens) {
    const std::size_t count = std::min(token.top.size(), alternatives.size());
    for (std::size_t i = 0; i < count; ++i) {
      alternatives[i] = token.top[i].second;
    }
    to.add(token.logprob, std::span{alternatives}.first(count));
  }
}

void append(std::string_view text, std::string& to) {
  to.append(text.substr(0, k_seen_bytes_max - std::min(k_seen_bytes_max, to.size())));
}

escalation::ending ending_of(dialogue::finish reason) {
  switch (reason) {
  case dialogue::finish::length: return escalation::ending::cut;
  case dialogue::finish::content_filter:
  case dialogue::finish::refusal: return escalation::ending::refused;
  default: return escalation::ending::stopped;
  }
}

} // namespace

escalation::signals sighting::signals() const {
  escalation::signals told = tokens.current();
  escalation::judge_text(text, tool_calls, end, told);
  told.empty = told.empty && whole; // before its end an answer may only not have begun
  return told;
}

sighting sighting_of(const dialogue::answer& got) {
  sighting seen{.whole = true};
  if (got.choices.empty()) {
    return seen;
  }
  const dialogue::choice& first = got.choices.front();
  add_tokens(first.logprobs, seen.tokens);
  seen.end = ending_of(first.reason);
  for (const auto& part : first.parts) {
    if (const auto* text = std::get_if<dialogue::text_part>(&part)) {
      append(text->text, seen.text);
    } else if (const auto* refusal = std::get_if<dialogue::refusal_part>(&part)) {
      append(refusal->text, seen.text);
      seen.end = escalation::ending::refused;
    }
    seen.tool_calls = seen.tool_calls || std::holds_alternative<dialogue::tool_call_part>(part);
  }
  return seen;
}

screening::screening(const dialogue::codec& codec, const dialogue::stream_wish& wish, std::size_t event_bytes_max,
                     bool show_logprobs, limits held, judge trusts, const clock_source& clock)
    : show_logprobs_(show_logprobs)
    , limits_(held)
    , trusts_(std::move(trusts))
    , clock_(clock)
    , reader_(codec.make_reader(event_bytes_max))
    , writer_(codec.make_writer(wish))
    , handle_([this](const dialogue::event& happened) { note(happened); }) {}

void screening::note(const dialogue::event& happened) {
  if (happened.choice == 0) {
    switch (happened.kind) {
    case event_kind::text:
      add_tokens(happened.logprobs, seen_.tokens);
      append(happened.text, seen_.text);
      ++seen_.pieces;
      break;
    case event_kind::refusal:
      append(happened.text, seen_.text);
      seen_.end = escalation::ending::refused;
      break;
    case event_kind::arguments: ++seen_.pieces; break;
    case event_kind::part_begin:
      seen_.tool_calls = seen_.tool_calls || happened.opened == dialogue::part_kind::tool_call;
      break;
    case event_kind::finish:
      seen_.end = seen_.end == escalation::ending::refused ? seen_.end : ending_of(happened.reason);
      break;
    default: break;
    }
  }
  dialogue::event shown = happened;
  if (!show_logprobs_) {
    shown.logprobs = {};
  }
  writer_->write(shown, ready_);
}

screened screening::take(std::string_view bytes) {
  if (state_ == screened::rejected) {
    return state_;
  }
  reader_->push(bytes, handle_);
  if (state_ == screened::passed) {
    return state_;
  }
  const std::uint64_t tokens = std::max(seen_.tokens.tokens(), seen_.pieces);
  return tokens > limits_.tokens_max || clock_.steady_now() >= limits_.until ? rule() : screened::held;
}

screened screening::expire() {
  const bool begun = seen_.pieces != 0 || seen_.tool_calls || !seen_.text.empty();
  return state_ == screened::held && begun ? rule() : screened::held;
}

screened screening::finish() {
  reader_->finish(handle_);
  seen_.whole = true;
  return state_ == screened::held ? rule() : state_;
}

screened screening::rule() {
  state_ = trusts_(seen_) ? screened::passed : screened::rejected;
  if (state_ == screened::rejected) {
    ready_.clear();
  }
  return state_;
}

} // namespace inferenceflow::pipeline
