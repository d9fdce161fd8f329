#include "codecs/cohere/answer_write.h"

#include "codecs/cohere/json_out.h"
#include "codecs/cohere/logprobs.h"
#include "codecs/cohere/message_write.h"
#include "codecs/cohere/usage.h"
#include "codecs/cohere/vocabulary.h"
#include "codecs/cohere/write_notes.h"

#include <algorithm>

namespace inferenceflow::codecs::cohere {

namespace {

void write_logprobs(json_out& json, const dialogue::choice& of, write_notes& notes) {
  if (of.logprobs.empty()) {
    return;
  }
  json.open_array_member("logprobs");
  for (const dialogue::token_logprob& each : of.logprobs) {
    write_logprob(json, each.token, each.logprob);
  }
  json.close_array();
  if (std::any_of(of.logprobs.begin(), of.logprobs.end(), [](const auto& each) { return !each.top.empty(); })) {
    notes.drop("logprobs.top");
  }
}

void note_losses(const dialogue::answer& got, const dialogue::choice& first, write_notes& notes) {
  if (got.choices.size() > 1) {
    notes.drop("choices[1]");
  }
  if (!has_word(first.reason) && first.reason != dialogue::finish::none) {
    notes.drop("choices[0].reason");
  }
  if (!first.stop_sequence.empty()) {
    notes.drop("choices[0].stop_sequence");
  }
  if (!got.service_tier.empty()) {
    notes.drop("service_tier");
  }
}

} // namespace

dialogue::written_answer write_answer(const dialogue::answer& got) {
  const dialogue::choice none;
  const dialogue::choice& first = got.choices.empty() ? none : got.choices.front();
  dialogue::written_answer written;
  write_notes notes;
  json_out json{written.body};
  json.open_object();
  json.text_member("id", got.id);
  json.open_object_member("message");
  json.text_member("role", "assistant");
  write_assistant(json, first.parts, "choices[0]", false, notes);
  json.close_object();
  json.text_member("finish_reason", word_of(first.reason));
  write_logprobs(json, first, notes);
  if (got.usage) {
    json.key("usage");
    write_usage(json, *got.usage);
  }
  json.close_object();
  note_losses(got, first, notes);
  written.losses = std::move(notes.losses);
  return written;
}

} // namespace inferenceflow::codecs::cohere
