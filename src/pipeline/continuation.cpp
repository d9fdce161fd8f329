#include "pipeline/continuation.h"

namespace inferenceflow::pipeline {

namespace {

/// Models that were not trained to finish a turn of their own begin a new one: they are told what is wanted.
constexpr std::string_view k_go_on =
    "Your answer above was cut off. Go on exactly where it stopped, in the middle of a "
    "word if need be. Repeat nothing and say nothing about the interruption.";

dialogue::message turn_of(dialogue::role who, std::string_view text) {
  dialogue::message turn{.who = who};
  turn.parts.push_back(dialogue::text_part{.text = std::string{text}});
  return turn;
}

} // namespace

result<std::unique_ptr<rewritten_request>> continue_from(const request& asked, const dialogue::codec_set& codecs,
                                                         std::string_view told_text) {
  return rewrite(asked, codecs, [told_text](dialogue::request& read) -> result<void> {
    if (read.answers != 1 || read.format.kind != dialogue::format_kind::text || read.logprobs) {
      return make_error(error_kind::invalid_request, "only one answer of plain text can be continued elsewhere");
    }
    read.messages.push_back(turn_of(dialogue::role::assistant, told_text));
    read.messages.push_back(turn_of(dialogue::role::user, k_go_on));
    return {};
  });
}

} // namespace inferenceflow::pipeline
