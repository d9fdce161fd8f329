#include "providers/openai/outflow.h"

#include "dialogue/scrub.h"
#include "providers/openai/answer_verdict.h"

namespace inferenceflow::providers::openai {

namespace {

/// Several pieces as one. @param room  backs it when there are several.
std::string_view joined_in(std::string& room, std::span<const std::string_view> pieces) {
  if (pieces.size() == 1) {
    return pieces.front();
  }
  room.clear();
  for (const std::string_view piece : pieces) {
    room.append(piece);
  }
  return room;
}

/// The first chunk tells the role; what comes next is content, in whatever field.
bool content_has_begun(const wire::openai::stream_facts& facts) {
  return facts.events > 1 || facts.text_bytes != 0 || facts.finished || facts.done;
}

error nobody_reads() {
  return make_error(error_kind::cancelled, "nobody reads the stream any more");
}

} // namespace

outflow::outflow(event_sink& sink, bool hide_usage, const dialogue::codec& codec, std::size_t event_bytes_max)
    : sink_(sink)
    , codec_(codec)
    , event_bytes_max_(event_bytes_max)
    , hide_usage_(hide_usage)
    , watch_({.drop_usage_chunk = hide_usage, .event_bytes_max = event_bytes_max}) {}

net::task<bool> outflow::send(std::string_view bytes, std::span<const std::string_view> visible) {
  delivered_ = true;
  if (hide_usage_) {
    co_return co_await sink_.write_split(bytes, visible);
  }
  co_return co_await sink_.write(bytes);
}

net::task<std::optional<error>> outflow::push(std::span<const std::string_view> pieces) {
  const std::string_view bytes = joined_in(room_, pieces); // the chunks of one read go on as one write
  const auto visible = watch_.push(bytes);
  if (!visible) {
    co_return visible.error();
  }
  if (facts().malformed) { // garbage is nobody's answer
    co_return make_error(error_kind::upstream_failed, "an event of the upstream's stream is not valid JSON");
  }
  bool wanted = true;
  if (facts().is_error && !delivered_ && facts().text_bytes == 0) {
    co_return told_instead(bytes);
  }
  if (facts().is_error && !told_) { // the provider's words may name its keys and accounts
    told_ = true;
    delivered_ = true;
    std::string clean{visible_opening_.rest()};
    clean.append(dialogue::scrubbed(joined_in(visible_room_, *visible), std::string::npos));
    wanted = co_await sink_.write(clean);
  } else if (delivered_) {
    wanted = co_await send(bytes, *visible);
  } else {
    const bool content = content_has_begun(facts());
    const std::string_view shown = visible_opening_.pass(joined_in(visible_room_, *visible), content);
    const std::string_view all = opening_.pass(bytes, content);
    wanted = all.empty() || co_await send(all, std::span{&shown, 1});
  }
  co_return wanted ? std::nullopt : std::optional{nobody_reads()};
}

net::task<std::optional<error>> outflow::finish() {
  std::string shown{visible_opening_.rest()};
  for (const std::string_view piece : watch_.finish()) {
    shown.append(piece);
  }
  const auto verdict = stream_verdict(facts());
  if (verdict && !delivered_) {
    co_return verdict;
  }
  const std::string_view unsent = opening_.rest();
  if (!unsent.empty() || (hide_usage_ && !shown.empty())) {
    const std::string_view last = shown;
    [[maybe_unused]] const bool wanted = co_await send(unsent, std::span{&last, 1});
  }
  if (!verdict && !facts().done && !facts().is_error) {
    // Whole, but without OpenAI's end marker, for which clients wait. The blank line ends an event left open.
    [[maybe_unused]] const bool wanted = co_await sink_.write("\n\ndata: [DONE]\n\n");
  }
  co_return verdict;
}

/// The error that the stream tells instead of content.
error outflow::told_instead(std::string_view bytes) {
  std::optional<error> found;
  const dialogue::event_handler take = [&found](const dialogue::event& happened) {
    if (happened.kind == dialogue::event_kind::failure && happened.why != nullptr) {
      found = *happened.why;
    }
  };
  const auto reader = codec_.make_reader(event_bytes_max_);
  reader->push(opening_.rest(), take);
  reader->push(bytes, take);
  reader->finish(take);
  return found.value_or(make_error(error_kind::upstream_failed, "the upstream's stream held nothing but an error"));
}

} // namespace inferenceflow::providers::openai
