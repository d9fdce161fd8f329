#include "engine/engine_thread.h"

#include "engine/embedder.h"
#include "engine/generator.h"
#include "engine/model_size.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <iterator>

namespace inferenceflow::engine {
namespace {

constexpr std::uint32_t k_default_sequences = 4;
constexpr std::uint32_t k_express_share = 4; // one place in so many is there beside the others, for express only
constexpr std::uint32_t k_default_embedding_sequences = 32;
/// A busy model is asked to go when patience is over; nothing but time tells.
constexpr std::chrono::milliseconds k_ask_again{250};
constexpr std::chrono::seconds k_retry_after{1};

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

engine_thread::engine_thread(model_config config, model_pool& pool, std::function<std::uint32_t()> seeds)
    : config_(with_defaults(std::move(config)))
    , pool_(pool)
    , place_(pool.join([this] {
      {
        const std::lock_guard lock(mutex_);
        inbox_.nudged = true;
      }
      wake_.notify_one();
    }))
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
    const auto something = [this] {
      return inbox_.stop || inbox_.nudged || !inbox_.jobs.empty() || !inbox_.cancels.empty();
    };
    if (held_.empty()) {
      wake_.wait(lock, something);
    } else {
      wake_.wait_for(lock, k_ask_again, something);
    }
  }
  auto taken = std::exchange(inbox_, {});
  inbox_.stop = taken.stop;
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

std::unique_ptr<worker> engine_thread::make_worker() const {
  const auto& facts = model_->facts();
  if (config_.kind == model_kind::embedding) {
    return std::make_unique<embedder>(*model_, facts.sequences);
  }
  scheduler_limits limits;
  limits.sequences_max = facts.sequences;
  limits.express_extra = std::max(facts.sequences / k_express_share, 1U);
  limits.sequence_ids = facts.sequence_ids;
  limits.prefixes_max = facts.prefixes;
  limits.prefix_tokens_min = config_.prefix_tokens_min;
  limits.prefix_rent_tokens = facts.prefix_rent_tokens;
  limits.share_prefixes = config_.share_prefixes;
  limits.cells_max = facts.cells;
  limits.context_tokens = facts.context_tokens;
  limits.batch_tokens_max = facts.batch_tokens;
  for (const auto lane : k_all_lanes) {
    limits.queue_max[index_of(lane)] = queue_max(lane);
  }
  return std::make_unique<generator>(*model_, limits, std::chrono::milliseconds(config_.token_gap_ms), seeds_);
}

void engine_thread::load_model() {
  const auto begun = std::chrono::steady_clock::now();
  auto loaded = loaded_model::load(config_);
  if (loaded.has_error()) {
    load_failure_ = loaded.error();
    pool_.released(place_, false);
    return;
  }
  model_ = std::move(loaded).value();
  worker_ = make_worker();
  pool_.loaded(place_, std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun));
}

error engine_thread::too_large(std::uint64_t bytes) const {
  return make_error(error_kind::unavailable,
                    fmt::format("model '{}' takes about {} MiB of memory, local.bytes_max allows {} MiB; raise it, or "
                                "lower the model's context or cells",
                                config_.name, (bytes >> 20U) + 1, pool_.stats().bytes_max >> 20U));
}

bool engine_thread::ask_for_room(residency::urgency how) {
  tried_file_ = mark_of_file();
  const auto estimate = model_bytes(config_);
  const std::uint64_t bytes = estimate ? *estimate : 0; // what cannot be read is for the loader to explain
  switch (pool_.ask(place_, bytes, how)) {
  case residency::answer::granted: granted_bytes_ = bytes; return true;
  case residency::answer::wait: publish_state(load_state::unloaded, 0); return false;
  case residency::answer::never: break;
  }
  load_failure_ = too_large(bytes);
  publish_state(load_state::failed, 0);
  return false;
}

void engine_thread::claim() {
  if (!claimed_) {
    claimed_ = true;
    comes_first_ = ask_for_room(residency::urgency::when_free); // who is not needed yet sends nobody away
  }
}

void engine_thread::come_in() {
  if (worker_ || (held_.empty() && !comes_first_)) {
    return;
  }
  if (!std::exchange(comes_first_, false)) {
    const bool failed_before = load_failure_ && mark_of_file() == tried_file_;
    if (!failed_before) {
      load_failure_.reset();
    }
    if (failed_before || !ask_for_room(residency::urgency::needed)) {
      if (load_failure_) {
        fail_held(*load_failure_);
      }
      return;
    }
  }
  load_model();
  if (load_failure_) {
    publish_state(load_state::failed, 0);
    fail_held(*load_failure_);
    return;
  }
  publish_state(load_state::ready, granted_bytes_);
  accept_held();
}

void engine_thread::go_out() {
  if (!worker_ || !pool_.shall_go(place_)) {
    return;
  }
  // What has not begun need not be finished here first.
  auto waiting = worker_->withdraw();
  held_.insert(held_.begin(), std::make_move_iterator(waiting.begin()), std::make_move_iterator(waiting.end()));
  if (!worker_->idle()) {
    return;
  }
  add_counters(past_, worker_->load());
  worker_.reset();
  model_.reset();
  busy_ = false;
  pool_.released(place_, true);
  publish_state(load_state::unloaded, 0);
}

void engine_thread::accept_held() {
  for (auto& work : std::exchange(held_, {})) {
    worker_->accept(std::move(work));
  }
}

void engine_thread::fail_held(const error& why) {
  for (auto& work : std::exchange(held_, {})) {
    fail(work, why);
  }
}

template <class Predicate> void engine_thread::end_held(Predicate ends, const error& why) {
  const auto gone = std::stable_partition(held_.begin(), held_.end(), [&](const any_job& work) { return !ends(work); });
  if (gone == held_.end()) {
    return;
  }
  for (auto work = gone; work != held_.end(); ++work) {
    fail(*work, why);
  }
  held_.erase(gone, held_.end());
  if (held_.empty() && !worker_) {
    pool_.released(place_, false); // it needs room no more
  }
}

void engine_thread::expire_held() {
  auto why = make_error(error_kind::unavailable,
                        fmt::format("the deadline passed while the request waited for model '{}' to be loaded: other "
                                    "models are in use and local.bytes_max leaves no room beside them",
                                    config_.name));
  why.retryable = true;
  why.retry_after = k_retry_after;
  const auto now = std::chrono::steady_clock::now();
  end_held(
      [now](const any_job& work) {
        const auto deadline = deadline_of(work);
        return deadline && *deadline <= now;
      },
      why);
}

void engine_thread::admit(intake&& in) {
  for (auto& work : in.jobs) {
    pool_.used(place_);
    held_.push_back(std::move(work));
  }
  if (!in.cancels.empty()) {
    end_held(
        [&in](const any_job& work) {
          return std::find(in.cancels.begin(), in.cancels.end(), id_of(work)) != in.cancels.end();
        },
        make_error(error_kind::cancelled, "the request was cancelled"));
  }
  if (worker_ && !pool_.shall_go(place_)) {
    accept_held();
  }
  expire_held();
  for (const auto id : in.cancels) {
    if (worker_) {
      worker_->cancel(id);
    }
  }
}

void engine_thread::publish() {
  auto load = worker_ ? worker_->load() : worker_load{};
  add_counters(load, past_);
  load.waiting += static_cast<std::uint32_t>(held_.size());
  for (const auto& work : held_) {
    ++load.lanes[index_of(lane_of(work))].waiting;
  }
  const bool busy = worker_ && !worker_->idle();
  if (busy != busy_) {
    busy_ = busy;
    pool_.in_use(place_, busy);
  }
  const std::lock_guard lock(mutex_);
  stats_.load = load;
}

void engine_thread::publish_state(load_state state, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  stats_.state = state;
  stats_.load_error = load_failure_ ? load_failure_->message : std::string();
  stats_.bytes = bytes;
  if (model_) {
    facts_ = model_->facts();
  }
}

void engine_thread::end(intake&& in) {
  const auto why = stopped(config_.name);
  for (auto& work : in.jobs) {
    fail(work, why);
  }
  fail_held(why);
  if (worker_) {
    worker_->abandon(why);
  }
  publish();
  worker_.reset();
  model_.reset();
  pool_.released(place_, false);
}

void engine_thread::run() {
  claim();
  for (;;) {
    go_out();
    come_in();
    publish();
    auto in = take(!worker_ || worker_->idle());
    if (in.stop) {
      end(std::move(in));
      return;
    }
    admit(std::move(in));
    publish();
    if (worker_) {
      worker_->step();
      publish();
    }
  }
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
