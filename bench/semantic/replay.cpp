#include "bench/semantic/replay.h"

#include "semantic/semantic_cache.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

namespace inferenceflow::bench {

namespace {

constexpr std::size_t k_cache_bytes = std::size_t{4} << 30U;
/// Answers that the pipeline compares a new one with.
constexpr std::size_t k_compared_max = 2;
constexpr semantic::lane_id k_lane = 1;

/// One pass of a stream through one cache.
class pass {
public:
  pass(const stream& of, const corpus& all, const mode& by, std::uint64_t seed)
      : of_(of)
      , all_(all)
      , mode_(by)
      , cache_({.bytes_max = k_cache_bytes}, seed)
      , entries_(of.texts.size(), 0) {}

  void take(std::uint32_t item, replayed& into, const answer_price& price) {
    if (!of_.asked[item]) {
      keep(item);
      return;
    }
    ++into.requests;
    const std::string& text = all_.texts[of_.texts[item]];
    if (of_.repeats && kept_texts_.contains(of_.texts[item])) {
      count_hit(into, true, text, price);
      ++into.exact;
      return;
    }
    if (!mode_.by) {
      keep(item);
      return;
    }
    near_here(item);
    const semantic::question asked = question_of(item);
    const auto ruled = cache_.decide(asked, near_, *mode_.by, {.tenant = "eval", .route = of_.name});
    if (ruled.hit) {
      count_hit(into, judged(ruled.hit->entry), text, price);
      return;
    }
    into.vetoed += ruled.vetoed != 0 ? 1 : 0;
    const semantic::entry_id fresh = keep(item);
    std::size_t compared = 0;
    for (const auto& each : ruled.taken.candidates) {
      if (compared++ == k_compared_max) {
        break;
      }
      const bool right = judged(each.of.entry);
      cache_.learn(k_lane, ruled.taken, each, right, fresh);
      if (right) {
        break;
      }
    }
    into.explored += compared > 0 ? 1 : 0;
  }

  [[nodiscard]] double bound_in_force() const {
    const auto stats = cache_.stats();
    return stats.lanes.empty() ? 0 : stats.lanes.front().bound;
  }

private:
  semantic::question question_of(std::uint32_t item) const {
    // The neighbours are known already, so the index has nothing to find: a scope for each, a vector that costs
    // nothing.
    static constexpr float k_stand_in = 1;
    return {.scope = {.high = 0, .low = item},
            .lane = k_lane,
            .text = all_.texts[of_.texts[item]],
            .vector = {&k_stand_in, 1}};
  }

  void near_here(std::uint32_t item) {
    std::vector<vectors::neighbour> found;
    right_.clear();
    for (const earlier& each : of_.near[item]) {
      const semantic::entry_id id = entries_[each.item];
      if (id != 0 && found.size() < semantic::k_neighbours_max) {
        found.push_back({.id = id, .similarity = each.similarity});
        right_.emplace(id, each.same);
      }
    }
    near_ = cache_.describe(found);
  }

  [[nodiscard]] bool judged(semantic::entry_id id) const { return right_.at(id); }

  semantic::entry_id keep(std::uint32_t item) {
    const cache::cache_key key{.high = 1, .low = item + 1};
    entries_[item] = cache_.open(question_of(item), key);
    cache_.keep(entries_[item], key);
    kept_texts_.insert(of_.texts[item]);
    return entries_[item];
  }

  static void count_hit(replayed& into, bool right, const std::string& text, const answer_price& price) {
    ++into.hits;
    into.wrong += right ? 0 : 1;
    into.saved_usd += right ? price.usd_per_answer + price.usd_per_question_byte * static_cast<double>(text.size()) : 0;
  }

  const stream& of_;
  const corpus& all_;
  const mode& mode_;
  semantic::semantic_cache cache_;
  std::vector<semantic::entry_id> entries_; ///< [items]; 0 = not kept
  std::unordered_set<std::uint32_t> kept_texts_;
  std::vector<semantic::near_entry> near_;
  std::unordered_map<semantic::entry_id, bool> right_;
};

/// As it was written, not as a float has it.
double threshold_of(const semantic::rule& by) {
  return std::round(static_cast<double>(by.similarity_min) * 1e4) / 1e4;
}

} // namespace

double replayed::error() const {
  return requests == 0 ? 0 : static_cast<double>(wrong) / static_cast<double>(requests);
}

double replayed::hit_rate() const {
  return requests == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(requests);
}

replayed replay(const stream& of, const corpus& all, const mode& by, std::uint64_t seed, const answer_price& price) {
  replayed made{.set = of.name, .mode = by.name};
  if (by.by) {
    made.bound = by.by->kind == semantic::rule_kind::fixed ? threshold_of(*by.by) : by.by->error_max;
  }
  pass through{of, all, by, seed};
  for (std::uint32_t item = 0; item < of.texts.size(); ++item) {
    through.take(item, made, price);
  }
  made.in_force = through.bound_in_force();
  return made;
}

std::vector<mode> all_modes() {
  std::vector<mode> modes{{.name = "exact"}};
  for (const bool veto : {false, true}) {
    for (int percent = 70; percent <= 99; ++percent) {
      modes.push_back({.name = veto ? "static+veto" : "static",
                       .by = semantic::rule{.kind = semantic::rule_kind::fixed,
                                            .similarity_min = static_cast<float>(percent) / 100.0F,
                                            .error_max = 0.02,
                                            .veto = veto}});
    }
  }
  for (const bool veto : {false, true}) {
    for (const double error_max : {0.005, 0.01, 0.02, 0.05}) {
      modes.push_back(
          {.name = veto ? "verified+veto" : "verified",
           .by = semantic::rule{
               .kind = semantic::rule_kind::verified, .similarity_min = 0.85F, .error_max = error_max, .veto = veto}});
    }
  }
  return modes;
}

interval confidence95(std::size_t count, std::size_t of) {
  if (of == 0) {
    return {};
  }
  constexpr double k_z = 1.959964;
  const auto n = static_cast<double>(of);
  const double share = static_cast<double>(count) / n;
  const double centre = (share + k_z * k_z / (2 * n)) / (1 + k_z * k_z / n);
  const double half = k_z * std::sqrt(share * (1 - share) / n + k_z * k_z / (4 * n * n)) / (1 + k_z * k_z / n);
  return {.low = std::max(0.0, centre - half), .high = std::min(1.0, centre + half)};
}

} // namespace inferenceflow::bench
