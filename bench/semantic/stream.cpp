#include "bench/semantic/stream.h"

#include "vectors/vector_index.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <numeric>
#include <random>
#include <unordered_map>

namespace inferenceflow::bench {

namespace {

constexpr std::size_t k_index_bytes = std::size_t{2} << 30U;
/// Farther ones are never candidates.
constexpr float k_similarity_floor = 0.3F;
constexpr std::size_t k_phrasings_min = 4;

struct place {
  std::uint32_t set = 0;
  std::uint32_t position = 0;
};

float cosine(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

void order(std::vector<earlier>& near) {
  std::sort(near.begin(), near.end(), [](const earlier& a, const earlier& b) {
    return a.similarity != b.similarity ? a.similarity > b.similarity : a.item < b.item;
  });
  if (near.size() > k_near_max) {
    near.resize(k_near_max);
  }
}

/// Builds a stream item by item: what is known to be related by labels, and what the index finds of the rest.
class stream_builder {
public:
  stream_builder(const corpus& all, std::string name)
      : all_(all) {
    made_.name = std::move(name);
  }

  result<void> open(std::size_t items) {
    // No graph: its insertions would take most of the time, and what it misses would be held against the cache.
    auto made =
        vectors::vector_index::make(all_.vectors.dimension, {.bytes_max = k_index_bytes, .exact_rows_max = items + 1});
    if (!made) {
      return made.error();
    }
    index_ = std::move(*made);
    return {};
  }

  result<void> add(place at, bool asked) {
    const question_set& set = all_.sets[at.set];
    const auto item = static_cast<std::uint32_t>(made_.texts.size());
    const std::uint32_t text = all_.first[at.set] + at.position;
    std::vector<earlier> near;
    if (asked) {
      if (const auto found = by_index(at, text, near); !found) {
        return found.error();
      }
      by_label(at, text, near);
      order(near);
    }
    if (const auto put = index_->insert(scope_of(at.set), item, all_.vectors.of(text)); !put) {
      return put.error();
    }
    if (std::find(sets_.begin(), sets_.end(), at.set) == sets_.end()) {
      sets_.push_back(at.set);
    }
    if (!set.complete) {
      members_[{at.set, set.groups[at.position]}].push_back(item);
    }
    places_.push_back(at);
    made_.texts.push_back(text);
    made_.asked.push_back(asked);
    made_.near.push_back(std::move(near));
    return {};
  }

  stream finish() { return std::move(made_); }

private:
  /// Sets lie apart, so that one whose questions are related by labels alone need not be searched for its own.
  static vectors::scope_id scope_of(std::uint32_t set) { return {.high = 0, .low = set}; }

  result<void> by_index(place at, std::uint32_t text, std::vector<earlier>& near) {
    for (const std::uint32_t other : sets_) {
      if (other == at.set && !all_.sets[other].complete) {
        continue; // by_label()
      }
      const auto found = index_->nearest(scope_of(other), all_.vectors.of(text), k_near_max);
      if (!found) {
        return found.error();
      }
      for (const auto& [id, similarity] : *found) {
        if (similarity < k_similarity_floor) {
          break; // nearest first
        }
        const bool same =
            other == at.set && all_.sets[other].between(at.position, places_[id].position) == relation::same;
        near.push_back({.item = static_cast<std::uint32_t>(id), .similarity = similarity, .same = same});
      }
    }
    return {};
  }

  void by_label(place at, std::uint32_t text, std::vector<earlier>& near) {
    const question_set& set = all_.sets[at.set];
    if (set.complete) {
      return;
    }
    const auto take = [&](std::uint32_t group, bool same) {
      const auto members = members_.find({at.set, group});
      if (members == members_.end()) {
        return;
      }
      for (const std::uint32_t item : members->second) {
        const float similarity = cosine(all_.vectors.of(text), all_.vectors.of(made_.texts[item]));
        if (similarity >= k_similarity_floor) {
          near.push_back({.item = item, .similarity = similarity, .same = same});
        }
      }
    };
    const std::uint32_t group = set.groups[at.position];
    take(group, true);
    for (const std::uint32_t other : apart_of(at.set, group)) {
      take(other, false);
    }
  }

  const std::vector<std::uint32_t>& apart_of(std::uint32_t set, std::uint32_t group) {
    auto& groups = apart_[set];
    if (groups.empty()) {
      for (const std::uint64_t pair : all_.sets[set].apart) {
        const auto low = static_cast<std::uint32_t>(pair);
        const auto high = static_cast<std::uint32_t>(pair >> 32U);
        groups[low].push_back(high);
        groups[high].push_back(low);
      }
    }
    return groups[group];
  }

  const corpus& all_;
  stream made_;
  std::unique_ptr<vectors::vector_index> index_;
  std::vector<place> places_;
  std::vector<std::uint32_t> sets_; ///< seen so far
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> members_;
  std::map<std::uint32_t, std::unordered_map<std::uint32_t, std::vector<std::uint32_t>>> apart_;
};

constexpr std::size_t k_items_per_step = 100;

/// @param ask_known  also those that their set counts as known beforehand.
result<stream> built(const corpus& all, const std::string& name, const std::vector<place>& order_of, bool ask_known,
                     progress_bar& bar) {
  stream_builder builder{all, name};
  if (const auto opened = builder.open(order_of.size()); !opened) {
    return opened.error();
  }
  for (std::size_t i = 0; i < order_of.size(); ++i) {
    const place at = order_of[i];
    if (const auto added = builder.add(at, ask_known || at.position >= all.sets[at.set].known); !added) {
      return added.error();
    }
    if ((i + 1) % k_items_per_step == 0) {
      bar.step(k_items_per_step);
    }
  }
  bar.step(order_of.size() % k_items_per_step);
  return builder.finish();
}

stream_plan plan_of(const corpus& all, const std::string& name, std::vector<place> places, bool ask_known) {
  const std::size_t items = places.size();
  return {.name = name, .items = items, .make = [&all, name, places = std::move(places), ask_known](progress_bar& bar) {
            return built(all, name, places, ask_known, bar);
          }};
}

std::vector<place> mixed(const corpus& all, std::uint64_t seed) {
  std::vector<std::uint32_t> turns;
  for (std::uint32_t set = 0; set < all.sets.size(); ++set) {
    turns.insert(turns.end(), all.sets[set].texts.size(), set);
  }
  std::mt19937_64 draws{seed};
  std::shuffle(turns.begin(), turns.end(), draws);
  std::vector<std::uint32_t> next(all.sets.size(), 0);
  std::vector<place> places;
  places.reserve(turns.size());
  for (const std::uint32_t set : turns) {
    places.push_back({set, next[set]++});
  }
  return places;
}

} // namespace

std::size_t stream::requests() const {
  return static_cast<std::size_t>(std::count(asked.begin(), asked.end(), true));
}

std::vector<stream_plan> plans_of(const corpus& all, std::uint64_t seed) {
  std::vector<stream_plan> plans;
  for (std::uint32_t set = 0; set < all.sets.size(); ++set) {
    std::vector<place> places;
    for (std::uint32_t i = 0; i < all.sets[set].texts.size(); ++i) {
      places.push_back({set, i});
    }
    plans.push_back(plan_of(all, all.sets[set].name, std::move(places), false));
  }
  if (all.sets.size() > 1) {
    plans.push_back(plan_of(all, "mix", mixed(all, seed), false));
  }
  return plans;
}

std::vector<stream> unlike_of(const corpus& all, float similarity_min) {
  std::vector<stream> made(1);
  made.front().name = "near_duplicates";
  const auto put = [](stream& into, std::uint32_t kept, std::uint32_t asked, float similarity) {
    const auto item = static_cast<std::uint32_t>(into.texts.size());
    into.texts.insert(into.texts.end(), {kept, asked});
    into.asked.insert(into.asked.end(), {false, true});
    into.near.emplace_back();
    into.near.push_back({{.item = item, .similarity = similarity, .same = false}});
  };
  for (std::uint32_t set = 0; set < all.sets.size(); ++set) {
    stream own;
    own.name = "near_duplicates:" + all.sets[set].name;
    for (const auto& [a, b] : all.sets[set].unlike) {
      const std::uint32_t kept = all.first[set] + a;
      const std::uint32_t asked = all.first[set] + b;
      const float similarity = cosine(all.vectors.of(kept), all.vectors.of(asked));
      if (similarity >= similarity_min) {
        put(own, kept, asked, similarity);
        put(made.front(), kept, asked, similarity);
      }
    }
    if (!own.texts.empty()) {
      made.push_back(std::move(own));
    }
  }
  if (made.front().texts.empty()) {
    made.clear();
  }
  return made;
}

result<stream_plan> repetitive_of(const corpus& all, std::size_t topics, std::size_t requests, std::uint64_t seed) {
  std::vector<std::vector<place>> groups;
  for (std::uint32_t set = 0; set < all.sets.size(); ++set) {
    std::map<std::uint32_t, std::vector<place>> by_group;
    for (std::uint32_t i = 0; i < all.sets[set].texts.size(); ++i) {
      by_group[all.sets[set].groups[i]].push_back({set, i});
    }
    for (auto& [group, phrasings] : by_group) {
      if (phrasings.size() >= k_phrasings_min) {
        groups.push_back(std::move(phrasings));
      }
    }
  }
  std::mt19937_64 draws{seed};
  std::shuffle(groups.begin(), groups.end(), draws);
  groups.resize(std::min(groups.size(), topics));
  std::vector<double> weights;
  for (std::size_t rank = 1; rank <= groups.size(); ++rank) {
    weights.push_back(1 / static_cast<double>(rank));
  }
  if (groups.empty()) {
    return make_error(error_kind::invalid_request,
                      "no question of these sets has four phrasings: there is no repetitive traffic to make of them");
  }
  std::discrete_distribution<std::size_t> topic(weights.begin(), weights.end());
  std::vector<place> places;
  for (std::size_t i = 0; i < requests; ++i) {
    const auto& phrasings = groups[topic(draws)];
    place at = phrasings[std::uniform_int_distribution<std::size_t>(0, phrasings.size() - 1)(draws)];
    places.push_back(at);
  }
  return stream_plan{
      .name = "repetitive", .items = places.size(), .make = [&all, places = std::move(places)](progress_bar& bar) {
        auto made = built(all, "repetitive", places, true, bar);
        if (made) {
          made->repeats = true;
        }
        return made;
      }};
}

} // namespace inferenceflow::bench
