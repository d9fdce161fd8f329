#include "codecs/openai_responses/answer_read.h"

#include "codecs/openai_responses/error.h"
#include "codecs/openai_responses/item_read.h"
#include "codecs/openai_responses/part_emitter.h"
#include "dialogue/assembly.h"
#include "dialogue/json_view.h"

#include <utility>

namespace inferenceflow::codecs::openai_responses {

using dialogue::json_view;

namespace {

void play(json_view response, const dialogue::event_handler& handle) {
  dialogue::event begin;
  begin.id = response.member("id").text();
  begin.name = response.member("model").text();
  begin.created_s = created_s_of(response);
  handle(begin);
  emitted parts;
  part_emitter to{parts, handle};
  response.member("output").each([&](json_view item) { play_item(to, item); });
  dialogue::event ended;
  ended.kind = dialogue::event_kind::finish;
  ended.reason = finish_of(response, parts);
  handle(ended);
}

} // namespace

result<dialogue::answer> read_answer(std::string_view body) {
  dialogue::json_document document;
  const json_view response = document.parse(body);
  dialogue::assembly whole;
  dialogue::answer got;
  if (!document.failure()) {
    const std::string_view status = response.member("status").text();
    const json_view failure = response.member("error");
    if (failure.present() || status == "failed" || status == "cancelled") {
      return read_inner_error(failure);
    }
    if (!response.member("output").is_array()) {
      response.member("output").fail("must be an array");
    }
    play(response, [&](const dialogue::event& happened) { whole.take(happened); });
    got = whole.so_far();
    got.usage = read_usage(response);
    got.service_tier = response.member("service_tier").text();
  }
  if (document.failure()) {
    return make_error(error_kind::upstream_failed,
                      "the upstream's answer is not a response: " + document.failure()->message);
  }
  return got;
}

} // namespace inferenceflow::codecs::openai_responses
