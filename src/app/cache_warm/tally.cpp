#include "app/cache_warm/tally.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace inferenceflow::app::cache_warm {

namespace {

constexpr std::size_t k_bar_width = 24;
constexpr std::size_t k_nano_digits = 9;

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::min(seconds, 359'999.0));
  return fmt::format("{}:{:02}:{:02}", whole / 3'600, whole / 60 % 60, whole % 60);
}

} // namespace

std::optional<money> parse_usd(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string digits{text.substr(0, point)};
  std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  if (digits.empty() || fraction.size() > k_nano_digits ||
      !std::all_of(fraction.begin(), fraction.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  digits.append(fraction).append(k_nano_digits - fraction.size(), '0');
  std::int64_t nano = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), nano);
  if (failure != std::errc{} || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return money::from_nano_usd(nano);
}

void tally::note(const warm_answer& got) {
  ++sent;
  cost = cost + got.cost.value_or(money{});
  if (got.status < 200 || got.status >= 300) {
    failure& kind = failed[got.status];
    if (kind.count++ == 0) {
      kind.message = got.message;
    }
  } else if (got.cache == "hit") {
    ++hits;
  } else if (got.cache == "semantic") {
    ++similar;
  } else if (got.cache == "miss" || got.cache == "coalesced") {
    ++stored;
  } else {
    ++bypassed;
  }
}

void tally::note_no_answer(std::string message) {
  note({.status = 0, .cache = {}, .cost = {}, .retry_after = {}, .message = std::move(message)});
}

std::uint64_t tally::failures() const {
  std::uint64_t sum = 0;
  for (const auto& [status, kind] : failed) {
    sum += kind.count;
  }
  return sum;
}

std::string tally::summary(std::chrono::duration<double> elapsed) const {
  std::string text =
      fmt::format("sent {}: {} there already ({} hit, {} semantic), {} stored, {} failed; cost {} USD; "
                  "{:.1f} s\n",
                  sent, hits + similar, hits, similar, stored, failures(), to_usd_string(cost), elapsed.count());
  if (bypassed != 0) {
    text += fmt::format("{} answered and not kept: the gateway's cache is off for them\n", bypassed);
  }
  for (const auto& [status, kind] : failed) {
    text += status == 0 ? fmt::format("no answer: {}", kind.count) : fmt::format("status {}: {}", status, kind.count);
    text += kind.message.empty() ? "\n" : fmt::format(", first: {}\n", kind.message);
  }
  if (pauses != 0) {
    text += fmt::format("paused {} times because the gateway asked for it\n", pauses);
  }
  if (skipped != 0) {
    text += fmt::format("skipped {} that are no requests\n", skipped);
  }
  if (cut_short != 0) {
    text += fmt::format("interrupted: {} were on their way\n", cut_short);
  }
  return text;
}

std::string tally::progress(std::chrono::duration<double> elapsed, bool with_bar) const {
  const double rate = elapsed.count() > 0 ? static_cast<double>(sent) / elapsed.count() : 0;
  std::string text;
  if (reached >= 0 && with_bar) {
    const auto filled = static_cast<std::size_t>(std::clamp(reached, 0.0, 1.0) * k_bar_width);
    text = fmt::format("[{}{}] ", std::string(filled, '#'), std::string(k_bar_width - filled, '.'));
  }
  if (reached >= 0) {
    text += fmt::format("{:3.0f} %  ", reached * 100);
  }
  text +=
      fmt::format("{} sent: {} there, {} stored, {} failed, {:.1f}/s", sent, hits + similar, stored, failures(), rate);
  if (reached > 0) {
    text += fmt::format(", {} left", clock_text(elapsed.count() * (1 - reached) / reached));
  }
  return text;
}

} // namespace inferenceflow::app::cache_warm
