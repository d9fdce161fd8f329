#include "bench/wire/aspects.h"
#include "bench/wire/canonical.h"
#include "bench/wire/checks.h"
#include "bench/wire/plain_reading.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <random>
#include <utility>

namespace inferenceflow::bench {

namespace {

struct outcome {
  dialogue::answer got;
  std::string fault; ///< empty if the stream came to its end in order
};

/// Takes the size of the next piece out of what is left.
using cutter = std::function<std::size_t(std::size_t left)>;

outcome read(const recording& row, const dialogue::codec& codec, const cutter& cut) {
  dialogue::assembly whole;
  dialogue::order_check order;
  int ends = 0;
  const auto take = [&](const dialogue::event& happened) {
    order.take(happened);
    whole.take(happened);
    ends += happened.kind == dialogue::event_kind::end || happened.kind == dialogue::event_kind::failure ? 1 : 0;
  };
  const auto reader = codec.make_reader(k_event_bytes_max);
  std::string_view left = row.body;
  while (!left.empty()) {
    const std::string piece{left.substr(0, std::clamp<std::size_t>(cut(left.size()), 1, left.size()))};
    reader->push(piece, take); // a copy: whatever the reader keeps of it must be its own
    left.remove_prefix(piece.size());
  }
  reader->finish(take);
  outcome seen{.got = whole.so_far(), .fault = {}};
  if (whole.failure()) {
    seen.fault = whole.failure()->message;
  } else if (!order.fault().empty()) {
    seen.fault = "events out of order: " + order.fault();
  } else if (ends != 1) {
    seen.fault = fmt::format("{} ends", ends);
  }
  return seen;
}

/// Names what differs between the whole stream and one in pieces; empty if nothing.
std::string difference(const outcome& whole, const outcome& pieces) {
  if (whole.fault != pieces.fault) {
    return fmt::format("\"{}\" became \"{}\"", whole.fault, pieces.fault);
  }
  return fmt::format("{}", fmt::join(differences(canonical(whole.got), canonical(pieces.got)), ", "));
}

void check_cuts(const recording& row, const outcome& whole, const bench_setting& with) {
  constexpr std::string_view k_check = "stream in pieces";
  const auto& codec = with.codecs.of(row.speaks);
  if (row.body.size() <= k_bytewise_bytes_max) {
    const auto wrong = difference(whole, read(row, codec, [](std::size_t) { return 1; }));
    if (!wrong.empty()) {
      with.into.fail(row, k_check, fmt::format("byte by byte: {}", wrong));
      return;
    }
  }
  std::mt19937_64 random{with.seed ^ row.line};
  for (int i = 0; i < k_cuts; ++i) {
    const std::size_t longest = std::size_t{4} << (2U * static_cast<unsigned>(i)); // 4 bytes to 1 KiB
    const auto wrong = difference(whole, read(row, codec, [&](std::size_t) { return 1 + random() % longest; }));
    if (!wrong.empty()) {
      with.into.fail(row, k_check, fmt::format("pieces of up to {} bytes: {}", longest, wrong));
      return;
    }
  }
  with.into.pass(row, k_check);
}

void check_as_document(const recording& row, const dialogue::answer& got, const bench_setting& with) {
  constexpr std::string_view k_check = "stream as document";
  const auto& codec = with.codecs.of(row.speaks);
  const auto written = codec.write_answer(got, {.model = got.model, .usage = true, .created_s = got.created_s});
  const auto again = codec.read_answer(written.body);
  if (!again) {
    with.into.fail(row, k_check, fmt::format("what was written cannot be read: {}", again.error().message));
    return;
  }
  std::vector<std::string> left;
  for (const auto& path : differences(canonical(got), canonical(*again))) {
    if (!is_named(path, written.losses)) {
      left.push_back(path);
    }
  }
  if (!left.empty()) {
    with.into.fail(row, k_check, fmt::format("differs at {}", fmt::join(left, ", ")));
    return;
  }
  with.into.pass(row, k_check, written.losses);
}

/// As the gateway does it: each event goes from the backend's reader straight to the client's writer.
void check_live(const recording& row, const dialogue::answer& meant, dialogue::protocol target,
                const bench_setting& with) {
  const std::string check = fmt::format("events to {}", name_of(target));
  const auto& client = with.codecs.of(target);
  const auto from = with.codecs.of(row.speaks).make_reader(k_event_bytes_max);
  const auto to = client.make_writer({.model = "the-model", .usage = true, .created_s = 1'700'000'000});
  std::string bytes;
  const auto pass_on = [&](const dialogue::event& happened) { to->write(happened, bytes); };
  from->push(row.body, pass_on);
  from->finish(pass_on);
  recording arrived = row;
  arrived.body = bytes;
  const outcome seen = read(arrived, client, [](std::size_t left) { return left; });
  if (!seen.fault.empty()) {
    with.into.fail(row, check, fmt::format("the client cannot read it: {}", seen.fault));
    return;
  }
  const std::string wrong = disagreement(aspects_of(meant, target), aspects_of(seen.got, target));
  if (!wrong.empty()) {
    with.into.fail(row, check, wrong);
    return;
  }
  auto losses = folded(meant, target);
  losses.insert(losses.end(), to->losses().begin(), to->losses().end());
  with.into.pass(row, check, losses);
}

} // namespace

std::optional<dialogue::answer> check_stream(const recording& row, const bench_setting& with) {
  outcome whole = read(row, with.codecs.of(row.speaks), [](std::size_t left) { return left; });
  const std::string said = whole.fault.empty() ? std::string{} : recorded_message(row);
  if (!said.empty() && said == whole.fault) {
    with.into.pass(row, "failure within stream");
  } else if (!whole.fault.empty()) {
    with.into.fail(row, "stream read", whole.fault);
  } else {
    with.into.pass(row, "stream read");
  }
  check_cuts(row, whole, with);
  if (!whole.fault.empty()) {
    return std::nullopt;
  }
  check_as_document(row, whole.got, with);
  for (const auto target : k_client_protocols) {
    check_live(row, whole.got, target, with);
  }
  return std::move(whole.got);
}

} // namespace inferenceflow::bench
