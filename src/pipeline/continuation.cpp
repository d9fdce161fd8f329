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

result<std::unique_ptr<continuation>> continue_from(const request& asked, const dialogue::codec_set& codecs,
                                                    std::string_view told_text) {
  const dialogue::codec& codec = codecs.of(asked.protocol);
  auto made = std::make_unique<continuation>();
  if (asked.read) {
    made->read = *asked.read;
  } else {
    auto read = codec.read_request(asked.body, asked.target);
    if (!read) {
      return read.error();
    }
    made->read = std::move(*read);
  }
  if (made->read.answers != 1 || made->read.format.kind != dialogue::format_kind::text || made->read.logprobs) {
    return make_error(error_kind::invalid_request, "only one answer of plain text can be continued elsewhere");
  }
  made->read.messages.push_back(turn_of(dialogue::role::assistant, told_text));
  made->read.messages.push_back(turn_of(dialogue::role::user, k_go_on));
  auto written = codec.write_request(made->read, asked.facts.model);
  if (!written) {
    return written.error();
  }
  made->body = std::move(written->body);
  made->facts = asked.facts;
  if (asked.protocol == dialogue::protocol::openai_chat) { // its spans are edited
    wire::openai::request_scanner scanner;
    const auto scanned = scanner.scan(asked.op, made->body, 0);
    if (!scanned) {
      return scanned.error();
    }
    made->facts = *scanned;
    made->facts.model = asked.facts.model;
    made->facts.user = asked.facts.user;
  }
  return made;
}

} // namespace inferenceflow::pipeline
