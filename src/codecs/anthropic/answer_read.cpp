#include "codecs/anthropic/answer_read.h"

#include "codecs/anthropic/block_read.h"
#include "codecs/anthropic/usage_block.h"
#include "codecs/anthropic/vocabulary.h"

#include <fmt/format.h>
#include <utility>

namespace inferenceflow::codecs::anthropic {

using dialogue::json_view;

namespace {

dialogue::answer read_root(const json_view& root) {
  dialogue::answer got;
  if (const json_view type = root.member("type"); type.required_text() != "message") {
    type.fail("must be \"message\"");
  }
  got.id = root.member("id").text();
  got.model = root.member("model").text();
  dialogue::choice only;
  const json_view content = root.member("content");
  if (!content.present()) {
    content.fail("is missing");
  }
  content.each([&](const json_view& block) { only.parts.push_back(read_answer_block(block)); });
  if (const auto why = read_refusal(root.member("stop_details")); !why.empty()) {
    only.parts.emplace_back(dialogue::refusal_part{.text = std::string{why}});
  }
  only.reason = finish_of(root.member("stop_reason").text());
  if (only.reason == dialogue::finish::stop_sequence) {
    only.stop_sequence = root.member("stop_sequence").text();
  }
  got.choices.push_back(std::move(only));
  usage_counts counts;
  const auto usage = root.member("usage");
  counts.merge(usage);
  got.usage = counts.disjoint();
  got.service_tier = usage.is_object() ? usage.member("service_tier").text() : std::string_view{};
  return got;
}

} // namespace

std::string_view read_refusal(const json_view& stop_details) {
  return stop_details.member("explanation").text();
}

result<dialogue::answer> read_message(std::string_view body) {
  dialogue::json_document document;
  const json_view root = document.parse(body);
  dialogue::answer got;
  if (!document.failure() && !root.is_object()) {
    root.fail("must be an object");
  } else {
    got = read_root(root);
  }
  if (document.failure()) {
    return make_error(error_kind::upstream_failed,
                      fmt::format("the upstream's answer is no Anthropic message: {}", document.failure()->message));
  }
  return got;
}

} // namespace inferenceflow::codecs::anthropic
