#include "engine/completion_text.h"

#include <utility>

namespace inferenceflow::engine {

completion_text::completion_text(std::vector<std::string> stops)
    : stops_(std::move(stops)) {}

void completion_text::release_entries(std::uint64_t up_to_bytes, piece& out) {
  while (!pending_.empty() && pending_.front().end_bytes <= up_to_bytes) {
    out.logprobs.push_back(std::move(pending_.front().entry));
    pending_.pop_front();
  }
}

completion_text::piece completion_text::push(std::string_view bytes, std::optional<token_logprob> logprob) {
  pushed_bytes_ += bytes.size();
  if (logprob) {
    pending_.push_back({pushed_bytes_, std::move(*logprob)});
  }
  auto passed = stops_.feed(bytes);
  unstopped_bytes_ += passed.released.size();
  piece out;
  out.stopped = passed.hit;
  out.text = gate_.feed(passed.released);
  release_entries(unstopped_bytes_ - gate_.held_bytes(), out);
  return out;
}

completion_text::piece completion_text::finish() {
  piece out;
  out.text = gate_.feed(stops_.flush());
  release_entries(pushed_bytes_, out);
  return out;
}

} // namespace inferenceflow::engine
