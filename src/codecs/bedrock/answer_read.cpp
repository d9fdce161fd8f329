#include "codecs/bedrock/answer_read.h"

#include "codecs/bedrock/block_read.h"
#include "codecs/bedrock/stop_reason.h"
#include "codecs/bedrock/usage.h"

#include <fmt/format.h>
#include <utility>

namespace inferenceflow::codecs::bedrock {
namespace {

using namespace dialogue;

/// Empty texts and thoughts are no parts: streams carry them as padding, whole answers after a stop sequence.
bool is_empty(const part& one) {
  if (const auto* words = std::get_if<text_part>(&one)) {
    return words->text.empty() && words->citations.empty();
  }
  const auto* thought = std::get_if<reasoning_part>(&one);
  return thought != nullptr && thought->text.empty() && thought->signature.empty() && thought->redacted.empty();
}

} // namespace

std::string read_stop_sequence(const json_view& additional_fields) {
  if (!additional_fields.is_object()) { // a document of the model's own: any JSON
    return {};
  }
  const json_view found = additional_fields.member("stop_sequence");
  return found.is_text() ? std::string{found.text()} : std::string{};
}

result<answer> read_answer(std::string_view body) {
  json_document document;
  const json_view root = document.parse(body);
  const json_view said = root.member("output").member("message");
  if (!said.present() && !document.failure()) {
    said.fail("is missing");
  }
  choice only;
  said.member("content").each([&](const json_view& block) { read_block(block, speaker::model, only.parts); });
  std::erase_if(only.parts, is_empty);
  if (const json_view reason = root.member("stopReason"); reason.present()) {
    only.reason = finish_of(reason.text());
  }
  if (only.reason == finish::stop_sequence) {
    only.stop_sequence = read_stop_sequence(root.member("additionalModelResponseFields"));
  }
  answer got;
  got.choices.push_back(std::move(only));
  got.usage = read_usage(root.member("usage"));
  got.service_tier = root.member("serviceTier").member("type").text();
  if (document.failure()) {
    return make_error(error_kind::upstream_failed,
                      fmt::format("the upstream's answer is no Converse answer: {}", document.failure()->message));
  }
  return got;
}

} // namespace inferenceflow::codecs::bedrock
