/// A provider's prompt cache, policies that use it, and what each of them would have paid for a trace.
///
/// Role:      the unit tests and the evaluation measure the planner with it.
/// Lifecycle: plain values and functions; randomness is seeded.
/// Threading: one thread.
/// Bounds:    as large as the trace.
/// Source:    the provider as Claude API docs "Prompt caching" describe it: reads the longest prompt that it holds at
/// or
///            up to 19 blocks before a mark, writes up to the last mark, longer lives before shorter ones, a read
///            refreshes. Costs are in tokens at the fresh price; answers cost the same under every policy.
#pragma once

#include "prompt_cache/planner.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace inferenceflow::prompt_cache::simulation {

struct piece {
  std::uint64_t id = 0;
  std::int64_t tokens = 0;
  section part = section::history;
};

struct arrival {
  double at_s = 0;
  std::vector<piece> prompt = {};
  std::uint64_t scope = 1;
};
using trace = std::vector<arrival>;

inline std::vector<boundary> boundaries_of(const arrival& came) {
  std::vector<boundary> all;
  std::uint64_t hash = came.scope;
  std::int64_t tokens = 0;
  std::uint32_t depth = 0;
  for (const piece& each : came.prompt) {
    hash = (hash ^ (each.id * 0x9E3779B97F4A7C15ULL)) * 0xBF58476D1CE4E5B9ULL;
    hash ^= hash >> 29U;
    tokens += each.tokens;
    depth += each.part == section::history ? 1 : 0;
    all.push_back({.hash = hash,
                   .tokens = tokens,
                   .block = static_cast<std::uint32_t>(all.size()),
                   .depth = depth,
                   .part = each.part});
  }
  return all;
}

/// As the gateway looks at them: all of the first, and the last ones.
inline std::vector<boundary> looked_at(std::vector<boundary> all) {
  constexpr std::size_t first = 24;
  constexpr std::size_t last = 112;
  if (all.size() > first + last) {
    all.erase(all.begin() + first, all.end() - last);
  }
  return all;
}

struct paid {
  double fresh = 0;
  double read = 0;
  double written_minutes = 0;
  double written_hour = 0;
  [[nodiscard]] double cost(const tariff& prices) const {
    return fresh + read * prices.read + written_minutes * prices.write_minutes + written_hour * prices.write_hour;
  }
  paid& operator+=(const paid& more) {
    fresh += more.fresh;
    read += more.read;
    written_minutes += more.written_minutes;
    written_hour += more.written_hour;
    return *this;
  }
};

struct placed {
  boundary at;
  dialogue::cache_life life;
};

class provider {
public:
  explicit provider(const model_rules& rules)
      : rules_(rules) {}

  paid serve(const std::vector<boundary>& prompt, const std::vector<placed>& marks, double at_s) {
    std::int64_t read = 0;
    std::uint32_t hit_block = 0;
    for (const boundary& each : prompt) {
      const auto found = held_.find(each.hash);
      const bool reachable = std::any_of(marks.begin(), marks.end(), [&](const placed& mark) {
        return mark.at.block >= each.block && mark.at.block - each.block <= rules_.lookback;
      });
      if (reachable && found != held_.end() && found->second.until_s > at_s) {
        read = each.tokens;
        hit_block = each.block;
        refresh(found->second, at_s);
      }
    }
    paid got{.read = static_cast<double>(read)};
    std::int64_t before = read;
    for (const placed& mark : marks) {
      if (mark.at.tokens < rules_.tokens_min) {
        continue;
      }
      const bool known = read > 0 && mark.at.block <= hit_block;
      entry& kept = held_[mark.at.hash];
      if (!known || kept.until_s <= at_s) {
        kept.life = mark.life;
      }
      refresh(kept, at_s);
      const auto written = static_cast<double>(std::max<std::int64_t>(mark.at.tokens - before, 0));
      (mark.life == dialogue::cache_life::hour_1 ? got.written_hour : got.written_minutes) += written;
      before = std::max(before, mark.at.tokens);
    }
    got.fresh = static_cast<double>(prompt.back().tokens - before);
    return got;
  }

private:
  struct entry {
    double until_s = 0;
    dialogue::cache_life life = dialogue::cache_life::minutes_5;
  };
  static void refresh(entry& kept, double at_s) { kept.until_s = at_s + static_cast<double>(life_ms(kept.life)) / 1e3; }

  model_rules rules_;
  std::unordered_map<std::uint64_t, entry> held_;
};

inline model_rules usual_rules() {
  return {.marks = true, .tools = true, .hour = true, .marks_max = 4, .tokens_min = 1024, .lookback = 19};
}

inline paid run_off(const trace& came) {
  paid sum;
  for (const arrival& each : came) {
    for (const piece& part : each.prompt) {
      sum.fresh += static_cast<double>(part.tokens);
    }
  }
  return sum;
}

/// What most clients do: a mark behind the system prompt and one behind the last block, always, for five minutes.
inline paid run_always(const trace& came, const model_rules& rules) {
  provider upstream{rules};
  paid sum;
  for (const arrival& each : came) {
    const auto prompt = boundaries_of(each);
    std::vector<placed> marks;
    for (std::size_t i = 0; i < prompt.size(); ++i) {
      const bool ends_system =
          prompt[i].part != section::history && i + 1 < prompt.size() && prompt[i + 1].part == section::history;
      if (ends_system || i + 1 == prompt.size()) {
        marks.push_back({prompt[i], dialogue::cache_life::minutes_5});
      }
    }
    sum += upstream.serve(prompt, marks, each.at_s);
  }
  return sum;
}

inline paid run_planned(const trace& came, const model_rules& rules, const tariff& prices,
                        std::size_t bytes_max = std::size_t{16} << 20U) {
  provider upstream{rules};
  reuse_tracker tracker{bytes_max};
  std::vector<reuse> expected;
  paid sum;
  for (const arrival& each : came) {
    const auto prompt = boundaries_of(each);
    const auto seen = looked_at(prompt);
    const steady_time now{std::chrono::milliseconds{static_cast<std::int64_t>(each.at_s * 1e3) + 1}};
    tracker.arrive({.own = each.scope, .common = 99}, seen, now, expected);
    const plan chosen = make_plan(seen, expected, rules, prices);
    std::vector<placed> marks;
    for (const mark& one : chosen.marks) {
      marks.push_back({seen[one.at], one.life});
    }
    const paid got = upstream.serve(prompt, marks, each.at_s);
    for (const placed& one : marks) {
      if (got.read + got.written_minutes + got.written_hour >= static_cast<double>(one.at.tokens)) {
        tracker.kept(one.at.hash, one.life, now);
      }
    }
    sum += got;
  }
  return sum;
}

/// Less than any policy can pay: every block on its own, with the future known, without a limit on marks or a minimum.
inline double lower_bound(const trace& came, const tariff& prices) {
  std::unordered_map<std::uint64_t, std::pair<double, std::vector<double>>> blocks; // tokens, arrivals
  for (const arrival& each : came) {
    std::int64_t before = 0;
    for (const boundary& at : boundaries_of(each)) {
      auto& of = blocks[at.hash];
      of.first = static_cast<double>(at.tokens - before);
      of.second.push_back(each.at_s);
      before = at.tokens;
    }
  }
  double sum = 0;
  for (const auto& [hash, of] : blocks) {
    const auto& [tokens, times] = of;
    // Cheapest way to pay for this arrival and all later ones, by what is kept when it comes: nothing, minutes, hour.
    std::array<double, 3> rest{};
    for (std::size_t i = times.size(); i-- > 0;) {
      const double gap = i + 1 < times.size() ? times[i + 1] - times[i] : 1e18;
      const std::array<double, 3> next{rest[0], gap < 300 ? rest[1] : rest[0], gap < 3600 ? rest[2] : rest[0]};
      const double anew = std::min({1 + next[0], prices.write_minutes + next[1], prices.write_hour + next[2]});
      rest = {anew, prices.read + next[1], prices.read + next[2]};
    }
    sum += tokens * rest[0];
  }
  return sum;
}

/// Seeded traces.
class maker {
public:
  explicit maker(std::uint64_t seed)
      : random_(seed) {}

  double pause(double mean_s) { return -mean_s * std::log(1 - std::uniform_real_distribution<double>{}(random_)); }
  std::uint64_t fresh_id() { return random_() | 1U; }

  /// Every prompt is new, its system prompt too.
  trace one_shots(std::size_t count, double mean_s) {
    trace made;
    double now = 0;
    for (std::size_t i = 0; i < count; ++i) {
      now += pause(mean_s);
      made.push_back(
          {.at_s = now, .prompt = {{fresh_id(), 1'500, section::system}, {fresh_id(), 2'500, section::history}}});
    }
    return made;
  }

  /// The same, each from a tenant of its own.
  trace strangers(std::size_t count, double mean_s) {
    trace made = one_shots(count, mean_s);
    for (arrival& each : made) {
      each.scope = fresh_id();
    }
    return made;
  }

  /// One system prompt, one question each.
  trace shared_system(std::size_t count, double mean_s, std::int64_t system_tokens) {
    trace made;
    const std::uint64_t system = fresh_id();
    double now = 0;
    for (std::size_t i = 0; i < count; ++i) {
      now += pause(mean_s);
      made.push_back(
          {.at_s = now, .prompt = {{system, system_tokens, section::system}, {fresh_id(), 200, section::history}}});
    }
    return made;
  }

  /// Conversations that grow by a question and an answer, with pauses for thought.
  trace chats(std::size_t conversations, double mean_start_s, std::size_t turns, double mean_pause_s) {
    trace made;
    const std::uint64_t system = fresh_id();
    double start = 0;
    for (std::size_t i = 0; i < conversations; ++i) {
      start += pause(mean_start_s);
      double now = start;
      arrival turn{.prompt = {{system, 800, section::system}, {fresh_id(), 1'500, section::history}}};
      const std::size_t until = 1 + random_() % (2 * turns - 1);
      for (std::size_t k = 0; k < until; ++k) {
        turn.at_s = now;
        made.push_back(turn);
        turn.prompt.push_back({fresh_id(), 300, section::history});
        turn.prompt.push_back({fresh_id(), 150, section::history});
        now += 3 + pause(mean_pause_s);
      }
    }
    std::stable_sort(made.begin(), made.end(), [](const arrival& a, const arrival& b) { return a.at_s < b.at_s; });
    return made;
  }

  /// The same prompts at a fixed distance, so that a life that is too short never pays.
  static trace regular(std::size_t count, double every_s, std::int64_t tokens) {
    trace made;
    for (std::size_t i = 0; i < count; ++i) {
      made.push_back({.at_s = static_cast<double>(i) * every_s, .prompt = {{7, tokens, section::system}}});
    }
    return made;
  }

private:
  std::mt19937_64 random_;
};

/// `second` begins when `first` is over.
inline trace joined(trace first, const trace& second) {
  const double start = first.empty() ? 0 : first.back().at_s + 1;
  for (arrival each : second) {
    each.at_s += start;
    first.push_back(std::move(each));
  }
  return first;
}

} // namespace inferenceflow::prompt_cache::simulation
