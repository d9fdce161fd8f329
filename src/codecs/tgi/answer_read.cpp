#include "codecs/tgi/answer_read.h"

#include "codecs/tgi/error.h"
#include "codecs/tgi/prompt.h"
#include "codecs/tgi/tokens.h"
#include "dialogue/json_view.h"
#include "dialogue/token_count.h"

namespace inferenceflow::codecs::tgi {

using dialogue::json_view;

namespace {

/// Takes the tokens off that made up the template's marker.
void drop_marker(std::vector<dialogue::token_logprob>& logprobs) {
  std::size_t dropped = 0;
  while (!logprobs.empty() && dropped < k_next_turn.size()) {
    dropped += logprobs.back().token.size();
    logprobs.pop_back();
  }
}

void read_details(const json_view& details, dialogue::answer& into) {
  const json_view prefill = details.member("prefill");
  const auto prompt = prefill.size() > 0 ? std::optional{static_cast<std::int64_t>(prefill.size())} : std::nullopt;
  into.usage = usage_of(prompt, dialogue::token_count(details, {"generated_tokens"}));
  const json_view tokens = details.member("tokens");
  const json_view tops = details.member("top_tokens");
  if (tops.size() == 0) {
    return; // no probabilities were asked for
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const json_view token = tokens.element(i);
    if (!token.member("special").flag().value_or(false) && i < tops.size()) {
      into.choices.front().logprobs.push_back(read_token(token, tops.element(i)));
    }
  }
}

} // namespace

result<dialogue::answer> read_answer(std::string_view body) {
  dialogue::json_document document;
  const json_view root = document.parse(body);
  const json_view given = root.is_array() && root.size() == 1 ? root.element(0) : root;
  if (!document.failure() && !given.is_object()) {
    given.fail("must be an object");
  }
  if (document.failure()) {
    return unreadable(*document.failure());
  }
  dialogue::answer read;
  dialogue::choice& only = read.choices.emplace_back();
  std::string text{given.member("generated_text").required_text()};
  const bool ours = text.size() >= k_next_turn.size() &&
                    std::string_view{text}.substr(text.size() - k_next_turn.size()) == k_next_turn;
  if (ours) {
    text.resize(text.size() - k_next_turn.size());
  }
  // The template ends in "Assistant:", so the first word usually comes with a space before it.
  if (!text.empty() && text.front() == ' ') {
    text.erase(0, 1);
  }
  if (!text.empty()) {
    only.parts.emplace_back(dialogue::text_part{.text = std::move(text)});
  }
  const json_view details = given.member("details");
  only.reason = finish_of(details.member("finish_reason").text(), ours);
  read_details(details, read);
  if (ours) {
    drop_marker(only.logprobs);
  }
  if (document.failure()) {
    return unreadable(*document.failure());
  }
  return read;
}

} // namespace inferenceflow::codecs::tgi
