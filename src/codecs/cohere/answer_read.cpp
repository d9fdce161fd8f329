#include "codecs/cohere/answer_read.h"

#include "codecs/cohere/error.h"
#include "codecs/cohere/logprobs.h"
#include "codecs/cohere/message_read.h"
#include "codecs/cohere/usage.h"
#include "codecs/cohere/vocabulary.h"
#include "dialogue/json_view.h"

namespace inferenceflow::codecs::cohere {

using dialogue::json_view;

result<dialogue::answer> read_answer(std::string_view body) {
  dialogue::json_document document;
  const json_view root = document.parse(body);
  if (document.failure()) {
    return unreadable(*document.failure());
  }
  if (!root.is_object()) {
    root.fail("must be an object");
    return unreadable(*document.failure());
  }
  const json_view message = root.member("message");
  if (!message.is_object()) {
    message.fail("must be an object");
    return unreadable(*document.failure());
  }
  dialogue::answer read;
  read.id = root.member("id").text();
  dialogue::choice& only = read.choices.emplace_back();
  only.parts = read_assistant(message);
  only.reason = finish_of(root.member("finish_reason").text());
  root.member("logprobs").each([&](const json_view& item) { only.logprobs.push_back(read_logprob(item)); });
  read.usage = read_usage(root.member("usage"));
  if (document.failure()) {
    return unreadable(*document.failure());
  }
  return read;
}

} // namespace inferenceflow::codecs::cohere
