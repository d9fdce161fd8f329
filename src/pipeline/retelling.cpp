#include "pipeline/retelling.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::pipeline {

using dialogue::event;
using dialogue::event_kind;

retelling::retelling(const dialogue::codec& codec, const dialogue::stream_wish& wish, std::size_t event_bytes_max,
                     relay& out)
    : codec_(codec)
    , event_bytes_max_(event_bytes_max)
    , out_(out)
    , reader_(codec.make_reader(event_bytes_max))
    , writer_(codec.make_writer(wish))
    , handle_([this](const event& happened) { take(happened); }) {}

bool retelling::can_go_on() const noexcept {
  return begun_ && plain_ && !ended_ && !text_.empty() && text_.size() < k_text_bytes_max;
}

void retelling::take_over(const cost::token_usage& so_far) {
  reader_ = codec_.make_reader(event_bytes_max_);
  before_ = before_ + so_far;
  failure_.reset();
  joining_ = open_;
  first_part_ = open_ ? parts_ - 1 : parts_;
}

void retelling::take(const event& happened) {
  switch (happened.kind) {
  case event_kind::begin:
    if (!std::exchange(begun_, true)) {
      writer_->write(happened, ready_);
    }
    break;
  case event_kind::failure:
    if (happened.why != nullptr) {
      failure_ = *happened.why;
    }
    break;
  case event_kind::usage:
    if (happened.tokens != nullptr) {
      const cost::token_usage whole = before_ + *happened.tokens;
      event summed = happened;
      summed.tokens = &whole;
      writer_->write(summed, ready_);
    }
    break;
  case event_kind::finish:
  case event_kind::end:
    ended_ = true;
    writer_->write(happened, ready_);
    break;
  default: take_part(happened);
  }
}

/// Parts keep counting where the call before stopped, and text goes on in the part that it left open.
void retelling::take_part(event happened) {
  plain_ = plain_ && happened.choice == 0;
  happened.part += first_part_;
  if (happened.kind == event_kind::part_begin) {
    const bool text = happened.opened == dialogue::part_kind::text;
    plain_ = plain_ && text;
    if (std::exchange(joining_, false)) {
      if (text) {
        return;
      }
      event closed = happened; // what comes next is something else
      closed.kind = event_kind::part_end;
      writer_->write(closed, ready_);
      ++first_part_;
      ++happened.part;
    }
    open_ = text;
    parts_ = happened.part + 1;
  } else if (happened.kind == event_kind::part_end) {
    open_ = false;
  } else if (happened.kind == event_kind::text) {
    text_.append(happened.text.substr(0, k_text_bytes_max - std::min(k_text_bytes_max, text_.size())));
  } else {
    plain_ = false;
  }
  writer_->write(happened, ready_);
}

net::task<bool> retelling::send() {
  if (ready_.empty()) {
    co_return true;
  }
  const bool wanted = co_await out_.write(ready_);
  ready_.clear(); // keeps its memory for the next event
  co_return wanted;
}

net::task<bool> retelling::write(std::string_view bytes) {
  reader_->push(bytes, handle_);
  co_return co_await send();
}

net::task<bool> retelling::finish() {
  reader_->finish(handle_);
  co_return co_await send();
}

} // namespace inferenceflow::pipeline
