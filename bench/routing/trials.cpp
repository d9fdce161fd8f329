#include "bench/routing/trials.h"

#include "bench/progress.h"

#include <atomic>
#include <mutex>
#include <random>
#include <thread>

namespace inferenceflow::bench {

namespace {

enum place : std::uint8_t { k_random, k_single, k_nearest, k_linear, k_text, k_full, k_places };

/// The set without the fold's rows, and their places.
quality::training_set without(const routing_set& set, const std::vector<std::uint32_t>& folds, std::uint32_t fold) {
  quality::training_set made;
  made.models = set.rows.models;
  for (std::size_t row = 0; row < folds.size(); ++row) {
    if (folds[row] != fold) {
      made.rows.push_back(set.rows.rows[row]);
    }
  }
  quality::settle_dimensions(made);
  return made;
}

class fold_run {
public:
  fold_run(const routing_set& set, const std::vector<std::uint32_t>& folds, std::uint32_t fold,
           std::vector<method_predictions>& into)
      : set_(set)
      , folds_(folds)
      , fold_(fold)
      , into_(into) {}

  result<void> run(const quality::training_options& options) {
    const quality::training_set inside = without(set_, folds_, fold_);
    const auto all = quality::train(inside, options);
    if (!all) {
      return all.error();
    }
    ask(**all, k_full, true);
    ask(**all, k_text, false);
    const std::vector<float>& means = (*all)->parts().facts.mean_scores;
    for (std::size_t row = 0; row < folds_.size(); ++row) {
      if (folds_[row] == fold_) {
        std::copy(means.begin(), means.end(),
                  into_[k_single].predicted.begin() + static_cast<std::ptrdiff_t>(row * means.size()));
      }
    }
    const auto nearest = quality::train_only(inside, options, "kNN");
    const auto linear = quality::train_only(inside, options, "linear");
    if (!nearest || !linear) {
      return nearest ? linear.error() : nearest.error();
    }
    ask(**nearest, k_nearest, true);
    ask(**linear, k_linear, false);
    return {};
  }

private:
  void ask(const quality::router& asked, place where, bool with_vector) {
    const std::size_t models = set_.rows.models.size();
    std::vector<quality::estimate> estimates(models);
    for (std::size_t row = 0; row < folds_.size(); ++row) {
      if (folds_[row] != fold_) {
        continue;
      }
      quality::prompt one = set_.rows.rows[row].as_prompt();
      if (!with_vector) {
        one.vector = {};
      }
      asked.predict(one, estimates);
      for (std::size_t m = 0; m < models; ++m) {
        into_[where].predicted[row * models + m] = estimates[m].quality;
      }
    }
  }

  const routing_set& set_;
  const std::vector<std::uint32_t>& folds_;
  std::uint32_t fold_;
  std::vector<method_predictions>& into_;
};

} // namespace

result<std::vector<method_predictions>>
predict_out_of_fold(const routing_set& set, const quality::training_options& options, std::size_t threads) {
  const std::size_t models = set.rows.models.size();
  std::vector<method_predictions> made(k_places);
  static constexpr std::array k_names{"random",       "best single",       "kNN alone",
                                      "linear alone", "router, text only", "router, vectors"};
  for (std::size_t i = 0; i < k_places; ++i) {
    made[i].method = k_names[i];
    made[i].predicted.assign(set.rows.rows.size() * models, 0);
  }
  std::mt19937_64 random{options.seed};
  for (float& x : made[k_random].predicted) {
    x = static_cast<float>(static_cast<double>(random() >> 11U) * 0x1.0p-53);
  }
  made[k_random].calibrated = false;

  std::vector<std::uint64_t> groups;
  for (const auto& row : set.rows.rows) {
    groups.push_back(row.group);
  }
  const auto folds = quality::assign_folds(groups, k_outer_folds, options.seed + 1000);
  progress_bar bar{set.name, k_outer_folds};
  std::atomic<std::uint32_t> next = 0;
  std::mutex mutex;
  std::optional<error> failed;
  const auto work = [&] {
    for (std::uint32_t fold = next++; fold < k_outer_folds; fold = next++) {
      const auto done = fold_run{set, folds, fold, made}.run(options);
      bar.step(1);
      const std::lock_guard lock{mutex};
      if (!done) {
        failed = done.error();
      }
    }
  };
  std::vector<std::thread> running;
  for (std::size_t i = 1; i < threads; ++i) {
    running.emplace_back(work);
  }
  work();
  for (std::thread& one : running) {
    one.join();
  }
  if (failed) {
    return *failed;
  }
  return made;
}

} // namespace inferenceflow::bench
