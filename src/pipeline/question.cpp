#include "pipeline/question.h"

#include "pipeline/conversation.h"
#include "wire/openai/last_turn.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace inferenceflow::pipeline {

namespace {

constexpr std::size_t k_bytes_per_token = 4;

void append_text(const dialogue::message& said, std::string& to) {
  for (const auto& part : said.parts) {
    if (const auto* text = std::get_if<dialogue::text_part>(&part)) {
      to.append(to.empty() ? "" : "\n").append(text->text);
    }
  }
}

bool shows_images(const dialogue::message& said) {
  return std::any_of(said.parts.begin(), said.parts.end(), [](const dialogue::part& one) {
    const auto* media = std::get_if<dialogue::media_part>(&one);
    return media != nullptr && media->kind == dialogue::media_kind::image;
  });
}

bool shows_media(const dialogue::message& said) {
  return std::any_of(said.parts.begin(), said.parts.end(),
                     [](const dialogue::part& one) { return std::holds_alternative<dialogue::media_part>(one); });
}

bool holds_result(const dialogue::message& said) {
  return said.who == dialogue::role::tool ||
         std::any_of(said.parts.begin(), said.parts.end(),
                     [](const dialogue::part& one) { return std::holds_alternative<dialogue::tool_result_part>(one); });
}

bool wants_reasoning(const dialogue::reasoning_wish& wish) {
  return (wish.level && *wish.level != dialogue::effort::none) || wish.budget_tokens.value_or(0) != 0;
}

/// A request that is no conversation.
question of_text(const request& asked, std::string text) {
  question made{.text = std::move(text), .turns = 1};
  made.wishes = {.prompt_bytes = asked.facts.prompt_text_bytes,
                 .output_tokens_max = asked.facts.max_tokens,
                 .streamed = asked.facts.stream,
                 .budget = asked.wish.budget,
                 .latency = asked.wish.latency_slo,
                 .models = asked.wish.models};
  return made;
}

} // namespace

quality::prompt question::prompt() const noexcept {
  return {.text = text,
          .context = context,
          .turns = turns,
          .prompt_tokens =
              static_cast<std::uint32_t>(std::min<std::uint64_t>(wishes.prompt_bytes / k_bytes_per_token, UINT32_MAX)),
          .tools = wishes.tools,
          .images = wishes.images,
          .json = json,
          .reasoning = wishes.reasoning};
}

question question_of(const request& asked, const dialogue::request& read) {
  question made = of_text(asked, std::string{});
  made.turns = 0;
  made.wishes.output_tokens_max = read.tokens_max;
  made.wishes.tools = !read.tools.empty();
  made.wishes.json_schema = read.format.kind == dialogue::format_kind::json_schema;
  made.wishes.reasoning = wants_reasoning(read.reasoning);
  made.json = read.format.kind != dialogue::format_kind::text;
  const auto is_user = [](const dialogue::message& said) { return said.who == dialogue::role::user; };
  const auto last = std::find_if(read.messages.rbegin(), read.messages.rend(), is_user);
  for (auto said = read.messages.rbegin(); said != read.messages.rend(); ++said) {
    made.wishes.images = made.wishes.images || shows_images(*said);
    made.media = made.media || shows_media(*said);
    made.tool_loop = made.tool_loop || holds_result(*said);
    made.turns += is_user(*said) ? 1U : 0U;
    if (said == last) {
      append_text(*said, made.text);
    } else if (made.context.size() < k_context_bytes_max) {
      append_text(*said, made.context);
    }
  }
  if (made.context.size() > k_context_bytes_max) {
    made.context.erase(0, made.context.size() - k_context_bytes_max);
  }
  made.conversation = conversation_of(read, asked.tenant);
  return made;
}

result<question> read_question(const request& asked, const dialogue::codec_set& codecs,
                               wire::openai::request_scanner& scanner) {
  if (asked.op != wire::openai::operation::chat) {
    auto cut = wire::openai::split_last_turn(asked.op, asked.body, scanner, asked.scan_seed);
    return of_text(asked, cut.turn ? std::move(cut.turn->text) : std::string{});
  }
  if (asked.read) {
    return question_of(asked, *asked.read);
  }
  const auto read = codecs.of(asked.protocol).read_request(asked.body, asked.target);
  return read ? result<question>{question_of(asked, *read)} : read.error();
}

} // namespace inferenceflow::pipeline
