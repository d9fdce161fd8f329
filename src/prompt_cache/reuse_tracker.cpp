#include "prompt_cache/reuse_tracker.h"

#include <algorithm>
#include <bit>

namespace inferenceflow::prompt_cache {

namespace {

/// A guess where nothing is known: above the 0.22 at which writing for five minutes pays at the usual prices, so that a
/// first request is tried, and so near to it that one more that does not come back ends the trying.
constexpr double k_guess_minutes = 0.3;
constexpr double k_guess_hour = 0.35;
constexpr double k_guess_weight = 2; ///< as many observations
constexpr double k_chance_max = 0.98;
/// What an observation still counts when the next one has come: the last ten of a prompt, the last fifty of a kind.
constexpr float k_fade_prompt = 0.9F;
constexpr float k_fade_kind = 0.98F;
constexpr float k_fade_scale = 0.8F;
/// Entries of a scope that are no kind of prompt.
constexpr std::uint64_t k_scale = 0x100;
constexpr std::uint64_t k_refusal = 0x101;
constexpr double k_calm_per_minute = 8; ///< a busy prompt is not called so any more below this

std::int64_t to_ms(steady_time now) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
}

/// 0 is an empty place.
std::uint64_t named(std::uint64_t hash) {
  return hash == 0 ? 1 : hash;
}

constexpr std::size_t k_kinds = 128; ///< more than kind_of() has

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = a ^ (b * 0x9E3779B97F4A7C15ULL); // splitmix64's finish
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return named(x ^ (x >> 31U));
}

/// Prompts of one kind come back alike: the tools, the system prompt, the history of a first turn, of a tenth; and a
/// history that goes on from one that was seen before unlike one that begins, the whole prompt unlike its parts.
std::uint8_t kind_of(const boundary& at, bool goes_on, bool whole) {
  constexpr unsigned k_depths_max = 6;
  const unsigned depth = at.depth == 0 ? 0U : std::min<unsigned>(std::bit_width(at.depth), k_depths_max);
  return static_cast<std::uint8_t>(static_cast<unsigned>(at.part) * 32U + depth * 4U + (whole ? 2U : 0U) +
                                   (goes_on ? 1U : 0U));
}

double share(double weight, double prior, float hits, float trials) {
  return std::clamp((weight * prior + static_cast<double>(hits)) / (weight + static_cast<double>(trials)), 0.0,
                    k_chance_max);
}

} // namespace

struct reuse_tracker::entry {
  std::uint64_t hash = 0; ///< 0 = empty
  std::int64_t seen_ms = 0;
  std::int64_t kept_until_ms = 0; ///< of a refusal: left alone until then
  float trials = 0;               ///< returns and failures to return; of a kind: prompts seen for the first time
  float minutes = 0;
  float hour = 0;
  float gap_s = 0; ///< mean time between arrivals; of a scope: tokens per estimated token
  std::uint8_t kind = 0;
  bool for_hour = false; ///< with kept_until_ms
  bool returned = false; ///< its kind has had the credit
  bool busy = false;
};

struct reuse_tracker::bucket {
  std::array<entry, 8> entries{};
};

class reuse_tracker::place {
public:
  place(std::mutex& lock, entry* at)
      : lock_(lock, std::adopt_lock)
      , at_(at) {}
  explicit operator bool() const { return at_ != nullptr; }
  entry* operator->() const { return at_; }

private:
  std::unique_lock<std::mutex> lock_;
  entry* at_;
};

reuse_tracker::reuse_tracker(std::size_t bytes_max)
    : mask_(std::bit_floor(std::max<std::size_t>(bytes_max / sizeof(bucket), 1)) - 1) {}

reuse_tracker::~reuse_tracker() = default;

reuse_tracker::bucket* reuse_tracker::buckets() {
  std::call_once(taken_, [this] { buckets_ = std::make_unique<bucket[]>(mask_ + 1); });
  return buckets_.get();
}

reuse_tracker::place reuse_tracker::find(std::uint64_t hash) {
  bucket& in = buckets()[hash & mask_];
  std::mutex& lock = locks_[(hash & mask_) % locks_.size()];
  lock.lock();
  for (entry& each : in.entries) {
    if (each.hash == hash) {
      return {lock, &each};
    }
  }
  return {lock, nullptr};
}

reuse_tracker::place reuse_tracker::make(std::uint64_t hash, std::int64_t now_ms) {
  bucket& in = buckets()[hash & mask_];
  std::mutex& lock = locks_[(hash & mask_) % locks_.size()];
  lock.lock();
  entry* oldest = in.entries.data();
  for (entry& each : in.entries) {
    if (each.hash == hash) {
      return {lock, &each};
    }
    oldest = each.seen_ms < oldest->seen_ms ? &each : oldest;
  }
  if (oldest->hash != 0) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
  }
  *oldest = entry{.hash = hash, .seen_ms = now_ms};
  return {lock, oldest};
}

std::optional<reuse_tracker::past> reuse_tracker::come_back(const boundary& at, std::int64_t now_ms,
                                                            bool& first_return) {
  const auto own = find(named(at.hash));
  if (!own) {
    return std::nullopt;
  }
  const std::int64_t gap = std::max<std::int64_t>(now_ms - own->seen_ms, 0);
  const auto gap_s = static_cast<float>(gap) * 1e-3F;
  first_return = !own->returned;
  own->gap_s = own->returned ? own->gap_s * k_fade_prompt + gap_s * (1 - k_fade_prompt) : gap_s;
  own->trials = own->trials * k_fade_prompt + 1;
  own->minutes = own->minutes * k_fade_prompt + (gap <= k_minutes_ms ? 1.F : 0.F);
  own->hour = own->hour * k_fade_prompt + (gap <= k_hour_ms ? 1.F : 0.F);
  const double per_minute = 60.0 / std::max<double>(static_cast<double>(own->gap_s), 1e-3);
  own->busy = own->trials > 4 && per_minute > (own->busy ? k_calm_per_minute : k_busy_per_minute);
  own->returned = true;
  own->seen_ms = now_ms;
  past was{.kind = own->kind,
           .trials = own->trials,
           .minutes = own->minutes,
           .hour = own->hour,
           .in_minutes = gap <= k_minutes_ms,
           .in_hour = gap <= k_hour_ms,
           .seen = {.busy = own->busy}};
  if (own->kept_until_ms > now_ms) {
    was.seen.kept = own->for_hour ? dialogue::cache_life::hour_1 : dialogue::cache_life::minutes_5;
  }
  return was;
}

reuse_tracker::chances reuse_tracker::of_kind(std::uint64_t scope, std::uint8_t kind, chances prior) {
  const auto of = find(mixed(scope, kind));
  return of ? chances{.minutes = share(k_guess_weight, prior.minutes, of->minutes, of->trials),
                      .hour = share(k_guess_weight, prior.hour, of->hour, of->trials)}
            : prior;
}

/// A kind knows how many prompts were new, and how many of these came back at all.
void reuse_tracker::count_new(std::uint64_t scope, std::uint8_t kind, std::int64_t now_ms) {
  const auto of = make(mixed(scope, kind), now_ms);
  of->seen_ms = now_ms;
  of->trials = of->trials * k_fade_kind + 1;
  of->minutes *= k_fade_kind;
  of->hour *= k_fade_kind;
}

void reuse_tracker::count_return(std::uint64_t scope, const past& was, std::int64_t now_ms) {
  const auto of = make(mixed(scope, was.kind), now_ms);
  of->seen_ms = now_ms;
  of->minutes += was.in_minutes ? 1.F : 0.F;
  of->hour += was.in_hour ? 1.F : 0.F;
}

void reuse_tracker::arrive(const reuse_scope& scope, std::span<const boundary> prompt, steady_time now,
                           std::vector<reuse>& out) {
  const std::int64_t now_ms = to_ms(now);
  // What came back is counted first, so that it speaks for what is new in the same request.
  std::vector<past> pasts;
  pasts.reserve(prompt.size());
  bool goes_on = false;
  for (const boundary& at : prompt) {
    bool first_return = false;
    const auto was = come_back(at, now_ms, first_return);
    if (was && first_return) {
      count_return(scope.own, *was, now_ms);
      count_return(scope.common, *was, now_ms);
    }
    goes_on = goes_on || (was && at.part == section::history);
    pasts.push_back(was.value_or(past{.kind = kind_of(at, goes_on, &at == &prompt.back()), .is_new = true}));
  }
  out.clear();
  std::array<std::optional<chances>, k_kinds> kinds{}; // a prompt of many blocks has few kinds
  for (const past& was : pasts) {
    auto& kind = kinds[was.kind];
    if (!kind) {
      const chances guess{.minutes = k_guess_minutes, .hour = k_guess_hour};
      kind = of_kind(scope.own, was.kind, of_kind(scope.common, was.kind, guess));
    }
    reuse got = was.seen;
    got.within_minutes = share(k_guess_weight, kind->minutes, was.minutes, was.trials);
    got.within_hour = std::max(got.within_minutes, share(k_guess_weight, kind->hour, was.hour, was.trials));
    out.push_back(got);
  }
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    if (pasts[i].is_new) {
      make(named(prompt[i].hash), now_ms)->kind = pasts[i].kind;
      count_new(scope.own, pasts[i].kind, now_ms);
      count_new(scope.common, pasts[i].kind, now_ms);
    }
  }
}

void reuse_tracker::kept(std::uint64_t hash, dialogue::cache_life life, steady_time now) {
  const std::int64_t now_ms = to_ms(now);
  const auto own = make(named(hash), now_ms);
  const std::int64_t until = now_ms + life_ms(life);
  if (own->kept_until_ms <= until) {
    own->kept_until_ms = until;
    own->for_hour = life == dialogue::cache_life::hour_1;
  }
}

void reuse_tracker::gone(std::uint64_t hash) {
  if (const auto own = find(named(hash))) {
    own->kept_until_ms = 0;
  }
}

void reuse_tracker::refuse(std::uint64_t scope, steady_time now) {
  const std::int64_t now_ms = to_ms(now);
  const auto own = make(mixed(scope, k_refusal), now_ms);
  own->seen_ms = now_ms;
  own->kept_until_ms = now_ms + k_refused_ms;
}

bool reuse_tracker::refused(std::uint64_t scope, steady_time now) {
  const auto own = find(mixed(scope, k_refusal));
  return own && own->kept_until_ms > to_ms(now);
}

double reuse_tracker::scale(std::uint64_t scope) {
  const auto own = find(mixed(scope, k_scale));
  return own && own->gap_s > 0 ? static_cast<double>(own->gap_s) : 1.0;
}

void reuse_tracker::learn_scale(std::uint64_t scope, double estimated, double reported, steady_time now) {
  if (estimated < 1 || reported < 1) {
    return;
  }
  const auto seen = static_cast<float>(std::clamp(reported / estimated, 0.1, 4.0));
  const std::int64_t now_ms = to_ms(now);
  const auto own = make(mixed(scope, k_scale), now_ms);
  own->seen_ms = now_ms;
  own->gap_s = own->gap_s > 0 ? own->gap_s * k_fade_scale + seen * (1 - k_fade_scale) : seen;
}

} // namespace inferenceflow::prompt_cache
