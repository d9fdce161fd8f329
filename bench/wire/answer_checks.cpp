#include "bench/wire/aspects.h"
#include "bench/wire/canonical.h"
#include "bench/wire/checks.h"
#include "bench/wire/plain_reading.h"
#include "dialogue/assembly.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

namespace inferenceflow::bench {

std::string_view name_of(dialogue::protocol speaks) noexcept {
  using dialogue::protocol;
  switch (speaks) {
  case protocol::openai_chat: return "openai";
  case protocol::openai_responses: return "responses";
  case protocol::anthropic: return "anthropic";
  case protocol::gemini: return "gemini";
  case protocol::cohere: return "cohere";
  case protocol::bedrock: return "bedrock";
  case protocol::tgi: return "tgi";
  }
  return "tgi";
}

namespace {

dialogue::stream_wish wish_of(const dialogue::answer& got) {
  return {.model = got.model, .usage = true, .created_s = got.created_s};
}

std::vector<std::string> unexplained(const dialogue::answer& one, const dialogue::answer& other,
                                     const std::vector<std::string>& losses) {
  std::vector<std::string> left;
  for (const auto& path : differences(canonical(one), canonical(other))) {
    if (!is_named(path, losses)) {
      left.push_back(path);
    }
  }
  return left;
}

void compare_trip(const recording& row, std::string_view check, const dialogue::answer& got,
                  const result<dialogue::answer>& again, std::vector<std::string> losses, tally& into) {
  if (!again) {
    into.fail(row, check, fmt::format("what was written cannot be read: {}", again.error().message));
    return;
  }
  if (is_unfinished(got)) {
    losses.emplace_back("choices[].reason"); // no protocol's answer says that it goes on elsewhere
  }
  const auto left = unexplained(got, *again, losses);
  if (!left.empty()) {
    into.fail(row, check, fmt::format("differs at {}", fmt::join(left, ", ")));
    return;
  }
  into.pass(row, check, losses);
}

void compare_translation(const recording& row, const std::string& check, dialogue::protocol target,
                         const dialogue::answer& got, const result<dialogue::answer>& arrived,
                         std::vector<std::string> losses, tally& into) {
  if (!arrived) {
    into.fail(row, check, fmt::format("the client cannot read it: {}", arrived.error().message));
    return;
  }
  const std::string wrong = disagreement(aspects_of(got, target), aspects_of(*arrived, target));
  if (!wrong.empty()) {
    into.fail(row, check, wrong);
    return;
  }
  for (auto& each : folded(got, target)) {
    losses.push_back(std::move(each));
  }
  into.pass(row, check, losses);
}

void check_usage(const recording& row, const dialogue::answer& got, tally& into) {
  constexpr std::string_view k_check = "usage";
  const auto recorded = recorded_usage(row);
  if (recorded == got.usage) {
    into.pass(row, k_check);
    return;
  }
  const bool overlaps = recorded && recorded->fresh_input < 0;
  if (overlaps && got.usage && got.usage->input() == recorded->input() &&
      got.usage->completion() == recorded->completion()) {
    into.pass(row, k_check, {"cached and written tokens are more than the prompt: cut to it"});
    return;
  }
  const auto spelt = [](const std::optional<cost::token_usage>& usage) {
    return usage ? fmt::format("{}+{}+{} in, {}+{} out", usage->fresh_input, usage->cached_input, usage->cache_write,
                               usage->output, usage->reasoning)
                 : std::string("none");
  };
  into.fail(row, k_check, fmt::format("recorded {}, read {}", spelt(recorded), spelt(got.usage)));
}

} // namespace

bool is_unfinished(const dialogue::answer& got) {
  return !got.choices.empty() && got.choices.front().reason == dialogue::finish::none;
}

result<dialogue::answer> through_stream(const dialogue::codec& codec, const dialogue::answer& got,
                                        const dialogue::stream_wish& wish, std::vector<std::string>& losses) {
  const auto writer = codec.make_writer(wish);
  std::string bytes;
  dialogue::replay(got, [&](const dialogue::event& happened) { writer->write(happened, bytes); });
  losses = writer->losses();
  dialogue::assembly whole;
  const auto reader = codec.make_reader(k_event_bytes_max);
  const auto take = [&whole](const dialogue::event& happened) { whole.take(happened); };
  reader->push(bytes, take);
  reader->finish(take);
  if (whole.failure() || !whole.ended()) {
    return whole.failure() ? *whole.failure() : make_error(error_kind::upstream_failed, "the stream has no end");
  }
  return whole.so_far();
}

std::optional<dialogue::answer> check_document(const recording& row, const bench_setting& with) {
  const auto& codec = with.codecs.of(row.speaks);
  auto got = codec.read_answer(row.body);
  if (!got) {
    with.into.fail(row, "answer read", got.error().message);
    return std::nullopt;
  }
  with.into.pass(row, "answer read");
  const auto written = codec.write_answer(*got, wish_of(*got));
  compare_trip(row, "answer round trip", *got, codec.read_answer(written.body), written.losses, with.into);
  std::vector<std::string> losses;
  const auto streamed = through_stream(codec, *got, wish_of(*got), losses);
  if (!got->service_tier.empty()) {
    losses.emplace_back("service_tier"); // no stream has a place for it
  }
  compare_trip(row, "answer as stream", *got, streamed, losses, with.into);
  return std::move(*got);
}

void check_translations(const recording& row, const dialogue::answer& got, const bench_setting& with) {
  check_usage(row, got, with.into);
  if (is_unfinished(got)) {
    with.into.pass(row, "unfinished answer");
    return;
  }
  for (const auto target : k_client_protocols) {
    if (target == row.speaks) {
      continue;
    }
    const auto& codec = with.codecs.of(target);
    const dialogue::stream_wish wish{.model = "the-model", .usage = true, .created_s = 1'700'000'000};
    const auto written = codec.write_answer(got, wish);
    compare_translation(row, fmt::format("answer to {}", name_of(target)), target, got, codec.read_answer(written.body),
                        written.losses, with.into);
    std::vector<std::string> losses;
    const auto streamed = through_stream(codec, got, wish, losses);
    compare_translation(row, fmt::format("stream to {}", name_of(target)), target, got, streamed, losses, with.into);
  }
}

} // namespace inferenceflow::bench
