#include "dialogue/answer_text.h"

#include "dialogue/assembly.h"

#include <utility>
#include <variant>

namespace inferenceflow::dialogue {

std::optional<std::string> answer_text(const answer& got) {
  if (got.choices.size() != 1) {
    return std::nullopt;
  }
  const choice& only = got.choices.front();
  if (only.reason != finish::stop && only.reason != finish::stop_sequence) {
    return std::nullopt;
  }
  std::string words;
  for (const part& each : only.parts) {
    if (const auto* text = std::get_if<text_part>(&each)) {
      words.append(text->text);
    } else if (!std::holds_alternative<reasoning_part>(each)) {
      return std::nullopt;
    }
  }
  return words.empty() ? std::nullopt : std::optional{std::move(words)};
}

std::optional<std::string> answer_text(const codec& speaks, bool streamed, std::string_view body) {
  if (!streamed) {
    const auto read = speaks.read_answer(body);
    return read ? answer_text(*read) : std::nullopt;
  }
  assembly whole;
  const auto reader = speaks.make_reader(body.size() + 1);
  const event_handler take = [&whole](const event& happened) { whole.take(happened); };
  reader->push(body, take);
  reader->finish(take);
  return whole.ended() && !whole.failure() ? answer_text(whole.so_far()) : std::nullopt;
}

} // namespace inferenceflow::dialogue
