#include "codecs/gemini/answer_read.h"

#include "codecs/gemini/chunk_read.h"
#include "codecs/gemini/error.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::codecs::gemini {

using dialogue::finish;
using dialogue::text_part;

namespace {

bool supports(const numbered_part& of, const placed_citation& cited) {
  const auto* words = std::get_if<text_part>(&of.what);
  if (words == nullptr || cited.source.end > static_cast<std::int64_t>(words->text.size())) {
    return false;
  }
  return cited.segment.empty() || cited.source.begin < 0 || cited.source.end < cited.source.begin ||
         std::string_view{words->text}.substr(static_cast<std::size_t>(cited.source.begin),
                                              static_cast<std::size_t>(cited.source.end - cited.source.begin)) ==
             cited.segment;
}

/// The text part that a citation belongs to: the one it names, else the first that holds its words (Google's offsets
/// are off at times, so the place is corrected), else the last, without a place where it has none.
text_part* home_of(placed_citation& cited, std::vector<numbered_part>& parts) {
  for (numbered_part& of : parts) {
    if (of.number == cited.part && supports(of, cited)) {
      return std::get_if<text_part>(&of.what);
    }
  }
  text_part* last = nullptr;
  for (numbered_part& of : parts) {
    auto* words = std::get_if<text_part>(&of.what);
    const std::size_t found =
        words == nullptr || cited.segment.empty() ? std::string::npos : words->text.find(cited.segment);
    if (found != std::string::npos) {
      cited.source.begin = static_cast<std::int64_t>(found);
      cited.source.end = static_cast<std::int64_t>(found + cited.segment.size());
      return words;
    }
    last = words == nullptr ? last : words;
  }
  if (last != nullptr && cited.source.end > static_cast<std::int64_t>(last->text.size())) {
    cited.source.begin = cited.source.end = -1;
  }
  return last;
}

dialogue::choice choice_from(candidate&& given) {
  for (placed_citation& cited : given.citations) {
    if (text_part* words = home_of(cited, given.parts)) {
      words->citations.push_back(std::move(cited.source));
    }
  }
  dialogue::choice choice;
  bool calls = false;
  for (numbered_part& part : given.parts) {
    calls = calls || std::holds_alternative<dialogue::tool_call_part>(part.what);
    choice.parts.push_back(std::move(part.what));
  }
  choice.reason = given.reason == finish::stop && calls ? finish::tool_calls : given.reason;
  choice.logprobs = std::move(given.logprobs);
  return choice;
}

} // namespace

result<dialogue::answer> read_answer(std::string_view body) {
  dialogue::json_document document;
  const dialogue::json_view root = document.parse(body);
  if (root.is_object() && root.member("error").present()) {
    return read_status(body);
  }
  chunk_reader reader;
  chunk whole = reader.read(root);
  if (document.failure()) {
    return not_gemini(*document.failure());
  }
  if (whole.candidates.empty() && !whole.blocked) {
    return make_error(error_kind::upstream_failed, "the upstream's answer holds no candidates");
  }
  dialogue::answer got{.id = std::move(whole.id), .model = std::move(whole.model), .created_s = whole.created_s};
  for (candidate& given : whole.candidates) {
    const std::size_t index = given.index;
    if (index >= got.choices.size()) {
      got.choices.resize(index + 1);
    }
    got.choices[index] = choice_from(std::move(given));
  }
  if (whole.blocked) {
    got.choices.push_back({.reason = finish::content_filter});
  }
  got.usage = whole.usage;
  got.service_tier = std::move(whole.service_tier);
  return got;
}

} // namespace inferenceflow::codecs::gemini
