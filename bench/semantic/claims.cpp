#include "bench/semantic/claims.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace inferenceflow::bench {

namespace {

constexpr std::string_view k_verified = "verified+veto"; ///< as a route has it unless it is configured otherwise
constexpr double k_delta = 0.02;
constexpr double k_hits_beside_fixed = 1.5;
constexpr double k_threshold = 0.85;
constexpr double k_unlike_wrong_max = 0.01;
constexpr std::string_view k_gptcache = "gptcache_mock";
// GPTCache's README: of 999 questions, so many served rightly and wrongly.
constexpr double k_gptcache_requests = 999;
constexpr double k_gptcache_right = 804;
constexpr double k_gptcache_wrong = 77;
constexpr double k_repetitive_hits_min = 0.85;

using rows = std::vector<replayed>;

bool is_verified(const replayed& row) {
  return row.mode.starts_with("verified");
}

/// A set as it was given, not a stream that was made of several.
bool is_set(const replayed& row) {
  return row.set != "mix" && row.set != "repetitive" && !row.set.starts_with("near_duplicates");
}

const replayed* row_of(const rows& all, std::string_view set, std::string_view mode, double bound) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const replayed& row) {
    return row.set == set && row.mode == mode && std::abs(row.bound - bound) < 1e-6;
  });
  return found == all.end() ? nullptr : &*found;
}

std::string named(const replayed& row) {
  return fmt::format("{} {} {:.3g}", row.set, row.mode, row.bound);
}

template <typename Chosen, typename Kept>
claim bound_claim(const rows& all, std::string text, const Chosen& chosen, const Kept& kept) {
  std::size_t seen = 0;
  std::vector<std::string> over;
  double nearest = 0;
  for (const auto& row : all) {
    if (!is_verified(row) || !chosen(row)) {
      continue;
    }
    ++seen;
    const double reached = kept(row);
    nearest = std::max(nearest, reached / row.bound);
    if (reached > row.bound) {
      over.push_back(fmt::format("{}: {:.3f} %", named(row), 100 * reached));
    }
  }
  claim made{.text = std::move(text), .figures = {}};
  if (seen > 0) {
    made.what = over.empty() ? outcome::met : outcome::missed;
    made.figures = fmt::format("{} of {} rows; the nearest reaches {:.0f} % of δ{}{}", seen - over.size(), seen,
                               100 * nearest, over.empty() ? "" : "; over: ", fmt::join(over, ", "));
  }
  return made;
}

claim hits_on_mix(const rows& all, std::string_view fixed_mode) {
  claim made{.text = fmt::format("mix at δ = 2 %: {} times the hits of the best {} threshold with no more error",
                                 k_hits_beside_fixed, fixed_mode),
             .figures = {}};
  const replayed* own = row_of(all, "mix", k_verified, k_delta);
  if (own == nullptr) {
    return made;
  }
  const replayed* fixed = best_fixed(all, *own, fixed_mode);
  const auto hits = static_cast<double>(own->hits);
  made.what = fixed == nullptr || hits >= k_hits_beside_fixed * static_cast<double>(fixed->hits) ? outcome::met
                                                                                                 : outcome::missed;
  made.figures = fmt::format("{} hits, error {:.3f} %", own->hits, 100 * own->error());
  if (fixed == nullptr) {
    made.figures += "; no threshold makes so few errors";
  } else {
    made.figures += fmt::format("; {} at {:.2f}, error {:.3f} %: {:.2f} x", fixed->hits, fixed->bound,
                                100 * fixed->error(), hits / std::max(1.0, static_cast<double>(fixed->hits)));
  }
  return made;
}

claim never_fewer(const rows& all) {
  claim made{.text = "each set at δ = 2 %: never fewer hits than the best threshold with no more error", .figures = {}};
  std::vector<std::string> fewer;
  std::size_t seen = 0;
  for (const auto& row : all) {
    if (row.mode != k_verified || std::abs(row.bound - k_delta) > 1e-6 || !is_set(row)) {
      continue;
    }
    ++seen;
    for (const std::string_view mode : {"static", "static+veto"}) {
      const replayed* fixed = best_fixed(all, row, mode);
      if (fixed != nullptr && fixed->hits > row.hits) {
        fewer.push_back(fmt::format("{}: {} hits ({} wrong), {} at {:.2f}: {} ({})", row.set, row.hits, row.wrong, mode,
                                    fixed->bound, fixed->hits, fixed->wrong));
      }
    }
  }
  if (seen > 0) {
    made.what = fewer.empty() ? outcome::met : outcome::missed;
    made.figures = fewer.empty() ? fmt::format("{} sets", seen) : fmt::format("{}", fmt::join(fewer, "; "));
  }
  return made;
}

/// @param adversarial  only sets that were written to mislead; else all pairs that a set labels as different.
claim near_duplicates(const rows& all, bool adversarial) {
  claim made{.text = fmt::format("{} with another meaning: wrong hits ≤ {:.0f} % with veto at {:.2f}",
                                 adversarial ? "adversarial near-duplicates" : "all labelled near-duplicates",
                                 100 * k_unlike_wrong_max, k_threshold),
             .figures = {}};
  std::vector<std::string> shown;
  for (const auto& row : all) {
    const bool wanted = adversarial ? row.set.starts_with("near_duplicates:") && row.set.ends_with("adversarial")
                                    : row.set == "near_duplicates";
    if (!wanted || row.mode != "static+veto" || std::abs(row.bound - k_threshold) > 1e-6) {
      continue;
    }
    made.what = made.what == outcome::missed || row.error() > k_unlike_wrong_max ? outcome::missed : outcome::met;
    const replayed* plain = row_of(all, row.set, "static", k_threshold);
    const replayed* verified = row_of(all, row.set, k_verified, k_delta);
    shown.push_back(fmt::format("{} of {} pairs: {:.2f} %; without veto {}; verified at 2 % {}", row.wrong,
                                row.requests, 100 * row.error(), plain == nullptr ? 0 : plain->wrong,
                                verified == nullptr ? 0 : verified->wrong));
  }
  made.figures = fmt::format("{}", fmt::join(shown, "; "));
  return made;
}

/// Right and wrong as if there had been as many questions as in the published run.
std::string scaled(const replayed& row) {
  const double scale = k_gptcache_requests / static_cast<double>(row.requests);
  return fmt::format("{} {:.3g}: {:.0f} right, {:.0f} wrong", row.mode, row.bound,
                     scale * static_cast<double>(row.hits - row.wrong), scale * static_cast<double>(row.wrong));
}

claim gptcache(const rows& all) {
  claim made{.text = fmt::format("GPTCache's benchmark at the default threshold, as theirs was one: more right than {} "
                                 "and fewer wrong than {} of {}",
                                 k_gptcache_right, k_gptcache_wrong, k_gptcache_requests),
             .figures = {}};
  std::vector<std::string> shown;
  if (const replayed* row = row_of(all, k_gptcache, "static+veto", k_threshold); row != nullptr && row->requests > 0) {
    const double scale = k_gptcache_requests / static_cast<double>(row->requests);
    const bool better = scale * static_cast<double>(row->hits - row->wrong) > k_gptcache_right &&
                        scale * static_cast<double>(row->wrong) < k_gptcache_wrong;
    made.what = better ? outcome::met : outcome::missed;
    shown.push_back(scaled(*row));
    for (const double delta : {0.02, 0.05}) {
      if (const replayed* verified = row_of(all, k_gptcache, k_verified, delta)) {
        shown.push_back(scaled(*verified));
      }
    }
  }
  made.figures = fmt::format("{}", fmt::join(shown, "; "));
  return made;
}

claim repetitive(const rows& all) {
  claim made{.text =
                 fmt::format("repetitive traffic: more than {:.0f} % served at δ = 2 %", 100 * k_repetitive_hits_min),
             .figures = {}};
  if (const replayed* row = row_of(all, "repetitive", k_verified, k_delta)) {
    made.what = row->hit_rate() > k_repetitive_hits_min ? outcome::met : outcome::missed;
    made.figures = fmt::format("{:.2f} %, of these {} the same text again; error {:.3f} %", 100 * row->hit_rate(),
                               row->exact, 100 * row->error());
  }
  return made;
}

} // namespace

std::string_view outcome_name(outcome what) {
  switch (what) {
  case outcome::met: return "PASS";
  case outcome::missed: return "SHORT";
  case outcome::not_measured: break;
  }
  return "not measured";
}

const replayed* best_fixed(const rows& all, const replayed& beside, std::string_view mode) {
  const replayed* best = nullptr;
  for (const auto& row : all) {
    if (row.set == beside.set && row.mode == mode && row.wrong <= beside.wrong &&
        (best == nullptr || row.hits > best->hits)) {
      best = &row;
    }
  }
  return best;
}

std::vector<claim> claims_of(const rows& all) {
  const auto on_mix = [](const replayed& row) { return row.set == "mix"; };
  const auto error = [](const replayed& row) { return row.error(); };
  const auto upper_end = [](const replayed& row) { return confidence95(row.wrong, row.requests).high; };
  return {
      bound_claim(all, "error ≤ δ, set by set", is_set, error),
      bound_claim(all, "error ≤ δ on the mix, and the upper end of its 95 % interval too", on_mix, upper_end),
      bound_claim(
          all, "error ≤ δ on repetitive traffic and on near-duplicates alone",
          [&](const replayed& row) { return !is_set(row) && !on_mix(row); }, error),
      hits_on_mix(all, "static"),
      hits_on_mix(all, "static+veto"),
      never_fewer(all),
      near_duplicates(all, true),
      near_duplicates(all, false),
      gptcache(all),
      repetitive(all),
  };
}

} // namespace inferenceflow::bench
