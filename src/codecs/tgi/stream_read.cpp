#include "codecs/tgi/stream_read.h"

#include "codecs/tgi/error.h"
#include "codecs/tgi/tokens.h"
#include "dialogue/token_count.h"

#include <algorithm>

namespace inferenceflow::codecs::tgi {

using dialogue::event_kind;
using dialogue::json_view;

namespace {

/// Bytes at the end of `text` that may be the beginning of the next turn's marker, or all of it.
std::size_t marker_bytes(std::string_view text) {
  for (std::size_t size = std::min(text.size(), k_next_turn.size()); size > 0; --size) {
    if (text.substr(text.size() - size) == k_next_turn.substr(0, size)) {
      return size;
    }
  }
  return 0;
}

} // namespace

void stream_reader::push(std::string_view bytes, const dialogue::event_handler& handle) {
  if (closed_) {
    return;
  }
  handle_ = &handle;
  const bool fits = decoder_.push(bytes, [this](const wire::sse::event& received) { take(received.data); });
  if (!fits) {
    fail(make_error(error_kind::upstream_failed, "the provider sent an event that is too large"));
  }
  handle_ = nullptr;
}

void stream_reader::finish(const dialogue::event_handler& handle) {
  handle_ = &handle;
  fail(make_error(error_kind::upstream_failed, "the provider ended its stream before the answer was complete"));
  handle_ = nullptr;
}

void stream_reader::take(std::string_view data) {
  if (closed_) {
    return;
  }
  dialogue::json_document document;
  const json_view root = document.parse(data);
  if (!root.is_object() || document.failure()) {
    fail(make_error(error_kind::upstream_failed, "the provider sent an event that is no JSON object"));
    return;
  }
  if (root.member("error").present()) {
    fail(error_in_stream(root));
    return;
  }
  if (!root.member("token").is_object()) {
    fail(make_error(error_kind::upstream_failed, "the provider sent an event without a token"));
    return;
  }
  if (!begun_) {
    begun_ = true;
    emit({.kind = event_kind::begin});
  }
  take_token(root);
  if (root.member("generated_text").present() && !document.failure()) {
    take_end(root, document);
  }
  if (document.failure()) {
    fail(unreadable(*document.failure()));
  }
}

void stream_reader::take_token(const json_view& root) {
  const json_view token = root.member("token");
  if (token.member("special").flag().value_or(false)) {
    return;
  }
  std::string_view text = token.member("text").text();
  if (first_ && !text.empty()) {
    first_ = false;
    text.remove_prefix(text.front() == ' ' ? 1 : 0);
  }
  held_ += text;
  if (const json_view top = root.member("top_tokens"); top.size() > 0) {
    logprobs_.push_back(read_token(token, top));
    token_ends_.push_back(held_.size());
  }
  release(held_.size() - marker_bytes(held_));
}

/// Tells the first `bytes` of the held text.
void stream_reader::release(std::size_t bytes) {
  if (bytes == 0) {
    return;
  }
  if (!open_) {
    open_ = true;
    emit({.kind = event_kind::part_begin});
  }
  const auto behind = std::upper_bound(token_ends_.begin(), token_ends_.end(), bytes);
  const auto whole = static_cast<std::size_t>(behind - token_ends_.begin());
  emit({.kind = event_kind::text,
        .text = std::string_view{held_}.substr(0, bytes),
        .logprobs = std::span{logprobs_}.first(whole)});
  held_.erase(0, bytes);
  logprobs_.erase(logprobs_.begin(), logprobs_.begin() + static_cast<std::ptrdiff_t>(whole));
  token_ends_.erase(token_ends_.begin(), behind);
  for (std::size_t& end : token_ends_) {
    end -= bytes;
  }
}

void stream_reader::take_end(const json_view& root, const dialogue::json_document& document) {
  const json_view details = root.member("details");
  const auto usage =
      usage_of(dialogue::token_count(details, {"input_length"}), dialogue::token_count(details, {"generated_tokens"}));
  const std::string_view reason = details.member("finish_reason").text();
  if (document.failure()) {
    return; // take() tells it
  }
  const bool ours = held_ == k_next_turn;
  if (!ours) {
    release(held_.size());
  }
  if (open_) {
    emit({.kind = event_kind::part_end});
  }
  emit({.kind = event_kind::finish, .reason = finish_of(reason, ours)});
  if (usage) {
    emit({.kind = event_kind::usage, .tokens = &*usage});
  }
  emit({.kind = event_kind::end});
  closed_ = true;
}

void stream_reader::emit(const dialogue::event& happened) {
  if (!closed_) {
    (*handle_)(happened);
  }
}

void stream_reader::fail(const error& why) {
  emit({.kind = event_kind::failure, .why = &why});
  closed_ = true;
}

} // namespace inferenceflow::codecs::tgi
