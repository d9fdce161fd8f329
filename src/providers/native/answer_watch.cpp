#include "providers/native/answer_watch.h"

#include <utility>

namespace inferenceflow::providers::native {

answer_watch::answer_watch(std::unique_ptr<dialogue::event_reader> reader)
    : reader_(std::move(reader))
    , handle_([this](const dialogue::event& happened) { take(happened); }) {}

namespace {

bool is_content(const dialogue::event& happened) {
  using dialogue::event_kind;
  switch (happened.kind) {
  case event_kind::begin:
  case event_kind::usage:
  case event_kind::part_end:
  case event_kind::failure: return false;
  case event_kind::part_begin:
    return happened.opened != dialogue::part_kind::text && happened.opened != dialogue::part_kind::reasoning;
  default: return true;
  }
}

} // namespace

void answer_watch::take(const dialogue::event& happened) {
  using dialogue::event_kind;
  content_ = content_ || is_content(happened);
  switch (happened.kind) {
  case event_kind::text:
  case event_kind::arguments:
  case event_kind::reasoning:
  case event_kind::refusal:
    text_bytes_ += happened.text.size();
    ++deltas_;
    break;
  case event_kind::usage:
    if (happened.tokens != nullptr) {
      usage_ = *happened.tokens;
      counted_bytes_ = text_bytes_;
    }
    break;
  case event_kind::finish:
    if (happened.choice == 0) {
      reason_ = happened.reason;
    }
    break;
  case event_kind::failure:
    if (happened.why != nullptr) {
      failure_ = *happened.why;
    }
    break;
  case event_kind::end: ended_ = true; break;
  default: break;
  }
}

std::string_view finish_word(dialogue::finish reason) noexcept {
  using dialogue::finish;
  switch (reason) {
  case finish::none: return "";
  case finish::stop:
  case finish::stop_sequence: return "stop";
  case finish::length: return "length";
  case finish::tool_calls: return "tool_calls";
  case finish::content_filter:
  case finish::refusal: return "content_filter";
  case finish::paused:
  case finish::failed:
  case finish::other: return "other";
  }
  return "other";
}

bool is_natural_end(dialogue::finish reason) noexcept {
  using dialogue::finish;
  return reason == finish::stop || reason == finish::stop_sequence || reason == finish::tool_calls;
}

} // namespace inferenceflow::providers::native
