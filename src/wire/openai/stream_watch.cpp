#include "wire/openai/stream_watch.h"

#include "wire/openai/request_scan.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::wire::openai {

stream_watch::stream_watch(stream_watch_options options)
    : options_(options)
    , splitter_(options.event_bytes_max) {}

result<std::span<const std::string_view>> stream_watch::push(std::string_view bytes) {
  forward_.clear();
  const bool fits = splitter_.push(bytes, [this](std::string_view block) { take(block); });
  if (!fits) {
    return make_error(error_kind::upstream_failed,
                      fmt::format("the upstream sent an event of more than {} bytes", options_.event_bytes_max));
  }
  if (!options_.drop_usage_chunk && !bytes.empty()) {
    forward_.assign(1, bytes);
  }
  settle();
  return std::span<const std::string_view>{forward_};
}

std::span<const std::string_view> stream_watch::finish() {
  forward_.clear();
  if (!splitter_.rest().empty() && !splitter_.failed()) {
    take(splitter_.rest());
    if (!options_.drop_usage_chunk) {
      forward_.clear(); // sent on when it came
    }
  }
  settle();
  return forward_;
}

void stream_watch::take(std::string_view block) {
  if (block == "\n" && dropped_last_) {
    return; // second half of the CRLF that ended a dropped event
  }
  dropped_last_ = inspect(block) && options_.drop_usage_chunk;
  if (!options_.drop_usage_chunk || dropped_last_) {
    return;
  }
  if (!forward_.empty() && forward_.back().data() + forward_.back().size() == block.data()) {
    forward_.back() = {forward_.back().data(), forward_.back().size() + block.size()};
  } else {
    forward_.push_back(block);
  }
}

bool stream_watch::inspect(std::string_view block) {
  const sse::block_fields fields = sse::parse_block(block, scratch_);
  if (!fields.has_data) {
    return false;
  }
  ++facts_.events;
  facts_.is_error = facts_.is_error || fields.event == "error";
  if (fields.data == "[DONE]") {
    facts_.done = true;
    return false;
  }
  const auto document = walk_.read(fields.data);
  if (!document) {
    facts_.malformed = true;
    return false;
  }
  note(*document);
  return document->usage && document->has_choices && walk_.choices().empty() && !document->is_error;
}

void stream_watch::note(const document_facts& document) {
  facts_.is_error = facts_.is_error || document.is_error;
  if (document.usage) {
    facts_.usage = document.usage; // some upstreams count up in every chunk: the last one holds
  }
  if (facts_.model.empty()) {
    facts_.model = document.model;
  }
  for (const choice_facts& choice : walk_.choices()) {
    note(choice);
  }
  if (document.usage) {
    facts_.counted_text_bytes = facts_.text_bytes;
  }
}

void stream_watch::note(const choice_facts& choice) {
  facts_.text_bytes += choice.text_bytes;
  facts_.text_deltas += choice.text_bytes != 0 ? 1 : 0;
  auto known = std::find_if(ends_.begin(), ends_.end(), [&](const choice_end& e) { return e.index == choice.index; });
  if (known == ends_.end()) {
    if (ends_.size() == static_cast<std::size_t>(k_choices_max)) {
      facts_.malformed = true;
      return;
    }
    known = ends_.insert(ends_.end(), choice_end{choice.index, finish_reason::none});
  }
  if (choice.finish != finish_reason::none) {
    known->finish = choice.finish;
    facts_.finish = choice.index == 0 ? choice.finish : facts_.finish;
  }
}

void stream_watch::settle() {
  const auto has_ended = [](const choice_end& e) { return e.finish != finish_reason::none; };
  const auto ended_well = [](const choice_end& e) { return is_natural_end(e.finish); };
  facts_.finished = !ends_.empty() && std::all_of(ends_.begin(), ends_.end(), has_ended);
  facts_.cacheable = facts_.done && !facts_.is_error && !facts_.malformed && !ends_.empty() &&
                     std::all_of(ends_.begin(), ends_.end(), ended_well);
}

} // namespace inferenceflow::wire::openai
