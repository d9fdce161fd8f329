#include "codecs/openai_chat/stream_read.h"

#include "codecs/openai_chat/answer_read.h"
#include "codecs/openai_chat/error.h"
#include "codecs/openai_chat/usage.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::codecs::openai_chat {

using dialogue::event;
using dialogue::event_handler;
using dialogue::event_kind;
using dialogue::json_view;

namespace {

bool is_chunk(const json_view& document) {
  const auto kind = document.member("object");
  return kind.is_text() && kind.text() == "chat.completion.chunk";
}

} // namespace

stream_reader::stream_reader(const dialect& of, std::size_t event_bytes_max)
    : done_marker_(of.done_marker)
    , event_bytes_max_(event_bytes_max)
    , decoder_(event_bytes_max) {}

void stream_reader::push(std::string_view bytes, const event_handler& handle) {
  if (over_) {
    return;
  }
  const bool fits = decoder_.push(bytes, [&](const wire::sse::event& happened) { take(happened.data, handle); });
  if (!fits && !over_) {
    fail(make_error(error_kind::upstream_failed,
                    fmt::format("an event of the provider's stream is larger than {} bytes", event_bytes_max_)),
         handle);
  }
}

void stream_reader::finish(const event_handler& handle) {
  push("\n\n", handle); // the last event counts although its blank line is missing
  if (over_) {
    return;
  }
  if (!done_marker_ && all_finished()) {
    end(handle);
    return;
  }
  fail(make_error(error_kind::upstream_failed,
                  begun_ ? "the provider's stream broke off before its end" : "the provider's stream held no answer"),
       handle);
}

void stream_reader::take(std::string_view data, const event_handler& handle) {
  if (over_ || data.empty()) {
    return;
  }
  if (data == "[DONE]") {
    end(handle);
    return;
  }
  dialogue::json_document document;
  const json_view chunk = document.parse(data);
  if (!document.failure() && !chunk.is_object()) {
    chunk.fail("must be a JSON object");
  }
  if (!document.failure()) {
    take_chunk(chunk, handle);
  }
  if (document.failure() && !over_) {
    fail(make_error(error_kind::upstream_failed,
                    fmt::format("an event of the provider's stream is not in the Chat Completions format: {}",
                                document.failure()->message)),
         handle);
  }
}

void stream_reader::take_chunk(const json_view& chunk, const event_handler& handle) {
  const auto told = read_told_error(chunk);
  const auto choices = chunk.member("choices");
  if (!told && !choices.is_array() && !is_chunk(chunk)) {
    return; // no event of this format: passed over, and missed at the end if nothing else came
  }
  const std::size_t count = choices.is_array() ? choices.size() : 0;
  if (!begun_) {
    begin(chunk, handle);
  }
  for (std::size_t at = 0; at < count && !told; ++at) {
    const auto choice = choices.element(at);
    const auto index = choice.member("index").integer(0, k_choices_max - 1);
    const auto number = static_cast<std::uint32_t>(index.value_or(static_cast<std::int64_t>(at)));
    if (number < k_choices_max) {
      choices_.try_emplace(number, number).first->second.take(choice, handle);
    }
  }
  if (const auto usage = read_usage(chunk); usage && begun_) {
    event happened;
    happened.kind = event_kind::usage;
    happened.tokens = &*usage;
    handle(happened);
  }
  if (told) {
    fail(*told, handle);
  }
}

/// Azure's first chunk names nothing and holds no choice: the answer begins with the next.
void stream_reader::begin(const json_view& chunk, const event_handler& handle) {
  const std::string_view id = chunk.member("id").text();
  const std::string_view model = chunk.member("model").text();
  const auto choices = chunk.member("choices");
  if (id.empty() && model.empty() && !(choices.is_array() && choices.size() > 0)) {
    return;
  }
  begun_ = true;
  event happened;
  happened.kind = event_kind::begin;
  happened.id = id;
  happened.name = model;
  happened.created_s = read_created(chunk);
  handle(happened);
}

bool stream_reader::all_finished() const {
  return !choices_.empty() &&
         std::all_of(choices_.begin(), choices_.end(), [](const auto& one) { return one.second.finished(); });
}

void stream_reader::end(const event_handler& handle) {
  if (choices_.empty()) {
    fail(make_error(error_kind::upstream_failed, "the provider's stream held no answer"), handle);
    return;
  }
  for (auto& [index, choice] : choices_) {
    choice.end(handle);
  }
  over_ = true;
  event happened;
  happened.kind = event_kind::end;
  handle(happened);
}

void stream_reader::fail(const error& why, const event_handler& handle) {
  over_ = true;
  event happened;
  happened.kind = event_kind::failure;
  happened.why = &why;
  handle(happened);
}

} // namespace inferenceflow::codecs::openai_chat
