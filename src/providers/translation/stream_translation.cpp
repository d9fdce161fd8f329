#include "providers/translation/stream_translation.h"

#include <utility>

namespace inferenceflow::providers::translation {

stream_translation::stream_translation(std::unique_ptr<dialogue::event_reader> from,
                                       std::unique_ptr<dialogue::event_writer> to, std::string_view name,
                                       event_sink& client)
    : from_(std::move(from))
    , to_(std::move(to))
    , name_(name)
    , client_(client)
    , handle_([this](const dialogue::event& happened) { take(happened); }) {}

void stream_translation::take(const dialogue::event& happened) {
  if (happened.kind == dialogue::event_kind::failure && happened.why != nullptr) {
    failure_ = *happened.why;
  }
  if (happened.kind == dialogue::event_kind::begin && happened.id.empty()) {
    dialogue::event named = happened;
    named.id = name_;
    to_->write(named, ready_);
    return;
  }
  to_->write(happened, ready_);
}

net::task<bool> stream_translation::send() {
  if (ready_.empty()) {
    co_return true;
  }
  const bool wanted = co_await client_.write(ready_);
  ready_.clear(); // keeps its memory for the next event
  co_return wanted;
}

net::task<bool> stream_translation::write(std::string_view bytes) {
  from_->push(bytes, handle_);
  co_return co_await send();
}

net::task<bool> stream_translation::write_split(std::string_view bytes, std::span<const std::string_view>) {
  // What a client of the backend's own protocol would not see is what this one's writer decides on by itself.
  from_->push(bytes, handle_);
  co_return co_await send();
}

net::task<bool> stream_translation::finish() {
  from_->finish(handle_);
  co_return co_await send();
}

} // namespace inferenceflow::providers::translation
