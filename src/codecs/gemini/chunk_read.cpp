#include "codecs/gemini/chunk_read.h"

#include "codecs/gemini/fields.h"
#include "codecs/gemini/part_read.h"
#include "codecs/gemini/tables.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::codecs::gemini {

using dialogue::json_view;

namespace {

std::vector<dialogue::token_logprob> read_logprobs(const json_view& result) {
  std::vector<dialogue::token_logprob> tokens;
  const json_view top = result.member("topCandidates");
  const std::size_t tops = top.size();
  result.member("chosenCandidates").each([&](const json_view& chosen) {
    dialogue::token_logprob token{.token = std::string{chosen.member("token").text()},
                                  .logprob = chosen.member("logProbability").number().value_or(0)};
    if (tokens.size() < tops) {
      top.element(tokens.size()).member("candidates").each([&](const json_view& likely) {
        token.top.emplace_back(likely.member("token").text(), likely.member("logProbability").number().value_or(0));
      });
    }
    tokens.push_back(std::move(token));
  });
  return tokens;
}

/// @returns the number, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  int number = -1;
  const std::string_view field = text.substr(at, count);
  const auto read = std::from_chars(field.data(), field.data() + field.size(), number);
  return read.ec == std::errc{} && read.ptr == field.data() + field.size() && number >= 0 ? number : -1;
}

} // namespace

std::int64_t unix_seconds(std::string_view time) {
  if (time.size() < 20 || time.back() != 'Z') {
    return 0;
  }
  const int year = digits(time, 0, 4);
  const int month = digits(time, 5, 2);
  const int day = digits(time, 8, 2);
  const int hour = digits(time, 11, 2);
  const int minute = digits(time, 14, 2);
  const int second = digits(time, 17, 2);
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (year < 1970 || !date.ok() || hour < 0 || minute < 0 || second < 0) {
    return 0;
  }
  const auto days = std::chrono::sys_days{date}.time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(days).count() + hour * 3600 + minute * 60 + second;
}

error not_gemini(const error& fault) {
  return make_error(error_kind::upstream_failed,
                    fmt::format("the upstream's answer is not in Gemini's format: {}", fault.message));
}

candidate chunk_reader::read_candidate(const json_view& given, std::size_t place, std::string_view answer_id) {
  candidate read;
  const json_view index = given.member("index");
  read.index = static_cast<std::size_t>(
      index.integer(0, static_cast<std::int64_t>(k_choices_max) - 1).value_or(static_cast<std::int64_t>(place)));
  if (read.index >= k_choices_max) {
    given.fail("is one too many");
    return read;
  }
  if (read.index >= ids_.size()) {
    ids_.resize(read.index + 1);
  }
  auto& ids = ids_[read.index];
  if (!ids) {
    ids.emplace(answer_id, read.index);
  }
  std::size_t number = 0;
  each_of(given.member("content").member("parts"), [&](const json_view& part) {
    if (auto what = read_part(part, *ids)) {
      read.parts.push_back({number, std::move(*what)});
    }
    ++number;
  });
  read.reason = finish_from(given.member("finishReason"));
  read.logprobs = read_logprobs(given.member("logprobsResult"));
  read.citations = read_citations(given);
  return read;
}

chunk chunk_reader::read(const json_view& root) {
  chunk read;
  const json_view candidates = root.member("candidates");
  const json_view feedback = root.member("promptFeedback");
  const json_view usage = root.member("usageMetadata");
  read.is_gemini = candidates.present() || feedback.present() || usage.present();
  read.id = root.member("responseId").text();
  read.model = root.member("modelVersion").text();
  read.created_s = unix_seconds(root.member("createTime").text());
  std::size_t place = 0;
  candidates.each([&](const json_view& given) { read.candidates.push_back(read_candidate(given, place++, read.id)); });
  const json_view reason = feedback.member("blockReason");
  read.blocked = reason.present() && read.candidates.empty();
  read.usage = read_usage(usage);
  read.service_tier = usage.is_object() ? usage.member("serviceTier").text() : std::string_view{};
  return read;
}

} // namespace inferenceflow::codecs::gemini
