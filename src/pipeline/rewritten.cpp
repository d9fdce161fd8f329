#include "pipeline/rewritten.h"

namespace inferenceflow::pipeline {

result<std::unique_ptr<rewritten_request>> rewrite(const request& asked, const dialogue::codec_set& codecs,
                                                   const std::function<result<void>(dialogue::request&)>& change) {
  const dialogue::codec& codec = codecs.of(asked.protocol);
  auto made = std::make_unique<rewritten_request>();
  if (asked.read) {
    made->read = *asked.read;
  } else {
    auto read = codec.read_request(asked.body, asked.target);
    if (!read) {
      return read.error();
    }
    made->read = std::move(*read);
  }
  if (const auto changed = change(made->read); !changed) {
    return changed.error();
  }
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
  }
  return made;
}

} // namespace inferenceflow::pipeline
