#include "engine/engine_thread.h"

#include "engine/embedder.h"
#include "engine/generator.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

namespace inferenceflow::engine {
namespace {

constexpr std::uint32_t k_default_sequences = 4;
constexpr std::uint32_t k_default_embedding_sequences = 32;

model_config with_defaults(model_config config) {
  if (config.sequences_max == 0) {
    config.sequences_max = config.kind == model_kind::chat ? k_default_sequences : k_default_embedding_sequences;
  }
  return config;
}

error stopped(const std::string& name) {
  return make_error(error_kind::unavailable, fmt::format("model '{}' is being shut down", name));
}

} // namespace

engine_thread::engine_thread(model_config config, std::function<std::uint32_t()> seeds)
    : config_(with_defaults(std::move(config)))
    , seeds_(std::move(seeds)) {}

job_id engine_thread::next_id() {
  const std::lock_guard lock(mutex_);
  return ++last_id_;
}

std::uint32_t engine_thread::queue_max(service_lane lane) const {
  return per_lane<std::uint32_t>{config_.express_queue_max, config_.queue_max, config_.batch_queue_max}[index_of(lane)];
}

error engine_thread::full(service_lane lane) const {
  auto why = make_error(error_kind::unavailable, fmt::format("model '{}' is busy: {} requests wait already in lane {}",
                                                             config_.name, queue_max(lane), to_string(lane)));
  why.retryable = true;
  why.retry_after = std::chrono::seconds(stats_.load.lanes[index_of(lane)].retry_after_s);
  return why;
}

result<void> engine_thread::push(any_job&& work) {
  {
    const std::lock_guard lock(mutex_);
    if (inbox_.stop) {
      return stopped(config_.name);
    }
    const auto lane = lane_of(work);
    auto& arrived = inbox_.jobs_in_lane[index_of(lane)];
    if (arrived + stats_.load.lanes[index_of(lane)].waiting >= queue_max(lane)) {
      ++stats_.jobs_refused;
      return full(lane);
    }
    ++arrived;
    ++stats_.jobs_submitted;
    inbox_.jobs.push_back(std::move(work));
  }
  wake_.notify_one();
  return {};
}

void engine_thread::cancel(job_id id) {
  {
    const std::lock_guard lock(mutex_);
    inbox_.cancels.push_back(id);
  }
  wake_.notify_one();
}

void engine_thread::request_stop() {
  {
    const std::lock_guard lock(mutex_);
    inbox_.stop = true;
  }
  wake_.notify_one();
}

engine_thread::intake engine_thread::take(bool wait) {
  std::unique_lock lock(mutex_);
  if (wait) {
    wake_.wait(lock, [this] { return inbox_.stop || !inbox_.jobs.empty() || !inbox_.cancels.empty(); });
  }
  intake taken{std::exchange(inbox_.jobs, {}), std::exchange(inbox_.jobs_in_lane, {}),
               std::exchange(inbox_.cancels, {}), inbox_.stop};
  stats_.load.waiting += static_cast<std::uint32_t>(taken.jobs.size());
  for (const auto lane : k_all_lanes) {
    stats_.load.lanes[index_of(lane)].waiting += taken.jobs_in_lane[index_of(lane)];
  }
  return taken;
}

engine_thread::file_mark engine_thread::mark_of_file() const {
  std::error_code missing;
  const auto bytes = std::filesystem::file_size(config_.path, missing);
  const auto time = std::filesystem::last_write_time(config_.path, missing);
  return {bytes, time};
}

void engine_thread::load_model() {
  tried_file_ = mark_of_file();
  auto loaded = loaded_model::load(config_);
  if (loaded.has_error()) {
    load_failure_ = loaded.error();
  } else {
    load_failure_.reset();
    model_ = std::move(loaded).value();
    const auto& facts = model_->facts();
    if (config_.kind == model_kind::chat) {
      scheduler_limits limits;
      limits.sequences_max = facts.sequences;
      limits.sequence_ids = facts.sequence_ids;
      limits.prefixes_max = facts.prefixes;
      limits.share_prefixes = config_.share_prefixes;
      limits.cells_max = facts.cells;
      limits.context_tokens = facts.context_tokens;
      limits.batch_tokens_max = facts.batch_tokens;
      for (const auto lane : k_all_lanes) {
        limits.queue_max[index_of(lane)] = queue_max(lane);
      }
      worker_ = std::make_unique<generator>(*model_, limits, std::chrono::milliseconds(config_.token_gap_ms), seeds_);
    } else {
      worker_ = std::make_unique<embedder>(*model_, facts.sequences);
    }
  }
  const std::lock_guard lock(mutex_);
  stats_.state = load_failure_ ? load_state::failed : load_state::ready;
  stats_.load_error = load_failure_ ? load_failure_->message : std::string();
  if (model_) {
    facts_ = model_->facts();
  }
}

void engine_thread::admit(intake&& in) {
  if (!worker_ && !in.jobs.empty() && mark_of_file() != tried_file_) {
    load_model();
  }
  for (auto& work : in.jobs) {
    const bool cancelled = std::find(in.cancels.begin(), in.cancels.end(), id_of(work)) != in.cancels.end();
    if (cancelled) {
      fail(work, make_error(error_kind::cancelled, "the request was cancelled"));
    } else if (!worker_) {
      fail(work, *load_failure_);
    } else {
      worker_->accept(std::move(work));
    }
  }
  for (const auto id : in.cancels) {
    if (worker_) {
      worker_->cancel(id);
    }
  }
}

void engine_thread::publish() {
  const auto load = worker_ ? worker_->load() : worker_load{};
  const std::lock_guard lock(mutex_);
  stats_.load = load;
}

void engine_thread::run() {
  load_model();
  for (;;) {
    auto in = take(!worker_ || worker_->idle());
    if (in.stop) {
      const auto why = stopped(config_.name);
      for (auto& work : in.jobs) {
        fail(work, why);
      }
      if (worker_) {
        worker_->abandon(why);
      }
      publish();
      break;
    }
    admit(std::move(in));
    publish();
    if (worker_) {
      worker_->step();
      publish();
    }
  }
  worker_.reset();
  model_.reset();
}

engine_stats engine_thread::stats() const {
  const std::lock_guard lock(mutex_);
  auto copy = stats_;
  copy.load.waiting += static_cast<std::uint32_t>(inbox_.jobs.size());
  for (const auto lane : k_all_lanes) {
    copy.load.lanes[index_of(lane)].waiting += inbox_.jobs_in_lane[index_of(lane)];
  }
  return copy;
}

std::optional<model_facts> engine_thread::facts() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

} // namespace inferenceflow::engine
