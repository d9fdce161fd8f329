#include "bench/wire/canonical.h"
#include "bench/wire/checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

namespace inferenceflow::bench {

namespace {

struct place {
  std::string path;
  std::string query;
  [[nodiscard]] dialogue::request_target target() const { return {.path = path, .query = query}; }
};

place place_of(const std::string& path) {
  const auto question = path.find('?');
  return {.path = path.substr(0, question),
          .query = question == std::string::npos ? std::string{} : path.substr(question + 1)};
}

/// Differences that no loss names.
std::vector<std::string> unexplained(const dialogue::request& one, const dialogue::request& other,
                                     const std::vector<std::string>& losses) {
  std::vector<std::string> left;
  for (const auto& path : differences(canonical(one), canonical(other))) {
    if (!is_named(path, losses)) {
      left.push_back(path);
    }
  }
  return left;
}

/// A refusal is an outcome that the tables of losses document, if it names the field.
void refused(const recording& row, std::string_view check, const error& why, const bench_setting& with) {
  if (why.kind != error_kind::invalid_request || why.param.empty()) {
    with.into.fail(row, check, fmt::format("refused without naming a field: {}", why.message));
    return;
  }
  with.into.pass(row, check, {"refused: " + why.param});
}

/// Turns of one speaker that stand side by side as one: what the protocols with alternating turns make of them.
dialogue::request joined(dialogue::request asked) {
  std::vector<dialogue::message> turns;
  for (auto& each : asked.messages) {
    if (!turns.empty() && turns.back().who == each.who) {
      auto& into = turns.back().parts;
      into.insert(into.end(), each.parts.begin(), each.parts.end());
    } else {
      turns.push_back(std::move(each));
    }
  }
  asked.messages = std::move(turns);
  return asked;
}

/// Anthropic wants a bound on the answer; one that names none gets the writer's own.
void forget_made_bound(const dialogue::request& asked, dialogue::request& again) {
  if (!asked.tokens_max) {
    again.tokens_max.reset();
  }
}

void check_round_trip(const recording& row, const dialogue::request& asked, const bench_setting& with) {
  constexpr std::string_view k_check = "request round trip";
  const auto& codec = with.codecs.of(row.speaks);
  auto written = codec.write_request(asked, asked.model);
  if (!written) {
    refused(row, k_check, written.error(), with);
    return;
  }
  const place where = place_of(written->path);
  auto again = codec.read_request(written->body, where.target());
  if (!again) {
    with.into.fail(row, k_check, fmt::format("what was written cannot be read: {}", again.error().message));
    return;
  }
  forget_made_bound(asked, *again);
  auto left = unexplained(asked, *again, written->losses);
  if (!left.empty() && unexplained(joined(asked), joined(*again), written->losses).empty()) {
    written->losses.emplace_back("turns of one speaker are joined");
    left.clear();
  }
  if (!left.empty()) {
    with.into.fail(row, k_check, fmt::format("differs at {}", fmt::join(left, ", ")));
    return;
  }
  with.into.pass(row, k_check, written->losses);
}

void check_written_for(dialogue::protocol target, const recording& row, const dialogue::request& asked,
                       const bench_setting& with) {
  const std::string check = fmt::format("request to {}", name_of(target));
  const auto& codec = with.codecs.of(target);
  const auto written = codec.write_request(asked, "the-model");
  if (!written) {
    refused(row, check, written.error(), with);
    return;
  }
  const place where = place_of(written->path);
  const auto again = codec.read_request(written->body, where.target());
  if (!again) {
    with.into.fail(row, check, fmt::format("what was written cannot be read: {}", again.error().message));
    return;
  }
  if (again->stream != asked.stream) {
    with.into.fail(row, check, "stream differs");
    return;
  }
  with.into.pass(row, check, written->losses);
}

} // namespace

void check_request(const recording& row, const bench_setting& with) {
  constexpr std::string_view k_check = "request read";
  const auto asked = with.codecs.of(row.speaks).read_request(row.request, {.path = row.path, .query = row.query});
  if (!asked) {
    with.into.fail(row, k_check, fmt::format("{} ({})", asked.error().message, asked.error().param));
    return;
  }
  with.into.pass(row, k_check);
  check_round_trip(row, *asked, with);
  if (row.asked != operation::chat) {
    return;
  }
  for (const auto target : k_client_protocols) {
    if (target != row.speaks) {
      check_written_for(target, row, *asked, with);
    }
  }
}

} // namespace inferenceflow::bench
