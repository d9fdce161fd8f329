#include "codecs/gemini/answer_write.h"

#include "codecs/gemini/tables.h"

#include <chrono>
#include <fmt/format.h>
#include <string>
#include <utility>

namespace inferenceflow::codecs::gemini {

using dialogue::finish;

namespace {

std::string utc(std::int64_t unix_s) {
  const std::chrono::sys_seconds at{std::chrono::seconds{unix_s}};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{at - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", int{date.year()}, unsigned{date.month()},
                     unsigned{date.day()}, time.hours().count(), time.minutes().count(), time.seconds().count());
}

void write_tokens(json_out& out, std::string_view token, double logprob) {
  out.open_object();
  out.member("token", token);
  out.member("logProbability", logprob);
  out.close_object();
}

void write_candidate(json_out& out, const dialogue::choice& choice, std::size_t index, loss_list& losses) {
  grounding cited;
  out.open_object();
  out.key("content");
  out.open_object();
  out.key("parts");
  out.open_array();
  std::size_t number = 0;
  for (const dialogue::part& part : choice.parts) {
    if (const auto* words = std::get_if<dialogue::text_part>(&part)) {
      for (const dialogue::citation& source : words->citations) {
        add_citation(cited, source, words->text, 0, number);
      }
    }
    write_answer_part(out, part, losses);
    ++number;
  }
  out.close_array();
  out.member("role", "model");
  out.close_object();
  out.member_unless_empty("finishReason", finish_name(choice.reason));
  out.member("index", static_cast<std::int64_t>(index));
  if (!cited.empty()) {
    cited.write(out);
  }
  write_logprobs(out, choice.logprobs);
  out.close_object();
  note_finish_losses(choice.reason, choice.stop_sequence, losses);
}

} // namespace

void write_logprobs(json_out& out, std::span<const dialogue::token_logprob> tokens) {
  if (tokens.empty()) {
    return;
  }
  out.key("logprobsResult");
  out.open_object();
  out.key("chosenCandidates");
  out.open_array();
  for (const auto& token : tokens) {
    write_tokens(out, token.token, token.logprob);
  }
  out.close_array();
  out.key("topCandidates");
  out.open_array();
  for (const auto& token : tokens) {
    out.open_object();
    out.key("candidates");
    out.open_array();
    for (const auto& [text, logprob] : token.top) {
      write_tokens(out, text, logprob);
    }
    out.close_array();
    out.close_object();
  }
  out.close_array();
  out.close_object();
}

void add_citation(grounding& into, dialogue::citation source, std::string_view words, std::size_t base,
                  std::size_t part) {
  if (words.empty()) {
    into.add_unplaced(source);
    return;
  }
  const bool is_placed =
      source.begin >= 0 && source.end >= source.begin && source.end <= static_cast<std::int64_t>(words.size());
  const std::size_t begin = is_placed ? static_cast<std::size_t>(source.begin) : 0;
  const std::size_t end = is_placed ? static_cast<std::size_t>(source.end) : words.size();
  source.begin = static_cast<std::int64_t>(base + begin);
  source.end = static_cast<std::int64_t>(base + end);
  into.add(source, part, words.substr(begin, end - begin));
}

void note_finish_losses(finish reason, std::string_view stop_sequence, loss_list& losses) {
  if (!stop_sequence.empty()) {
    losses.add("stop_sequence");
  }
  if (reason == finish::refusal || reason == finish::paused) {
    losses.add("finish");
  }
}

void write_frame(json_out& out, const response_frame& frame, const std::optional<cost::token_usage>& usage) {
  if (usage || !frame.service_tier.empty()) {
    out.key("usageMetadata");
    write_usage(out, usage.value_or(cost::token_usage{}), frame.service_tier);
  }
  out.member_unless_empty("modelVersion", frame.model);
  if (frame.created_s != 0) {
    out.member("createTime", std::string_view{utc(frame.created_s)});
  }
  out.member_unless_empty("responseId", frame.id);
}

dialogue::written_answer write_answer(const dialogue::answer& got, const dialogue::stream_wish& wish) {
  dialogue::written_answer written;
  loss_list losses;
  json_out out{written.body};
  out.open_object();
  out.key("candidates");
  out.open_array();
  std::size_t index = 0;
  for (const dialogue::choice& choice : got.choices) {
    write_candidate(out, choice, index++, losses);
  }
  out.close_array();
  write_frame(out,
              {.id = got.id,
               .model = wish.model.empty() ? std::string_view{got.model} : wish.model,
               .created_s = got.created_s,
               .service_tier = got.service_tier},
              got.usage);
  out.close_object();
  if (got.usage && got.usage->cache_write > 0) {
    losses.add("usage.cache_write");
  }
  written.losses = losses.take();
  return written;
}

} // namespace inferenceflow::codecs::gemini
