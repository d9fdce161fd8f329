#include "bench/serving/crowd.h"

#include <chrono>
#include <mutex>
#include <utility>

namespace inferenceflow::bench {

using engine::generation_event;
using engine::job_id;

struct crowd::shared_state {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t outstanding = 0;
  std::vector<job_id> jobs;
  std::optional<error> failure;

  void ended(const std::optional<error>& why) {
    const std::lock_guard lock(mutex);
    if (why && why->kind != error_kind::cancelled && !failure) {
      failure = why;
    }
    --outstanding;
    changed.notify_all();
  }
};

namespace {

/// Collects one request's events; on the engine's thread.
struct watched {
  answer got;
  crowd::end_callback on_end;
  crowd::token_callback on_tokens;

  /// @returns true with the last event.
  bool take(generation_event&& event) {
    const auto now = std::chrono::steady_clock::now();
    if (auto* delta = std::get_if<engine::text_delta>(&event)) {
      got.first = got.first.value_or(now);
      got.text += delta->text;
      got.logprobs.insert(got.logprobs.end(), delta->logprobs.begin(), delta->logprobs.end());
      tell(delta->so_far);
      return false;
    }
    if (const auto* end = std::get_if<engine::generation_end>(&event)) {
      tell(end->counts);
    } else if (auto* failed = std::get_if<error>(&event)) {
      got.failure = std::move(*failed);
    } else {
      return false;
    }
    got.ended = now;
    return true;
  }

private:
  void tell(const engine::token_counts& counts) {
    got.counts = counts;
    if (on_tokens) {
      on_tokens(counts);
    }
  }
};

} // namespace

crowd::crowd(engine::model_engine& model)
    : model_(model)
    , state_(std::make_shared<shared_state>()) {}

crowd::~crowd() {
  cancel();
  wait();
}

void crowd::ask(engine::generation request, end_callback on_end, token_callback on_tokens,
                std::optional<steady_time> due) {
  auto one = std::make_shared<watched>();
  one->got.due = due.value_or(std::chrono::steady_clock::now());
  one->on_end = std::move(on_end);
  one->on_tokens = std::move(on_tokens);
  {
    const std::lock_guard lock(state_->mutex);
    ++state_->outstanding;
  }
  const auto job = model_.submit(std::move(request), [one, state = state_](generation_event&& event) {
    if (!one->take(std::move(event))) {
      return;
    }
    if (one->on_end) {
      one->on_end(one->got);
    }
    state->ended(one->got.failure);
  });
  if (job.has_error()) {
    state_->ended(job.error());
    return;
  }
  const std::lock_guard lock(state_->mutex);
  state_->jobs.push_back(job.value());
}

void crowd::cancel() {
  std::vector<job_id> jobs;
  {
    const std::lock_guard lock(state_->mutex);
    jobs = std::exchange(state_->jobs, {});
  }
  for (const auto job : jobs) {
    model_.cancel(job);
  }
}

void crowd::wait() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [this] { return state_->outstanding == 0; });
}

std::optional<error> crowd::failure() const {
  const std::lock_guard lock(state_->mutex);
  return state_->failure;
}

result<std::vector<answer>> ask_together(engine::model_engine& model, const std::vector<engine::generation>& requests) {
  std::vector<answer> answers(requests.size());
  // Written on the engine's thread until all have ended.
  std::vector<std::uint32_t> tokens_beside_all(requests.size(), 0);
  bool one_ended = false;
  crowd asked(model);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto on_end = [&, i](const answer& got) {
      answers[i] = got;
      one_ended = true;
    };
    const auto on_tokens = [&, i](const engine::token_counts& counts) {
      if (!one_ended) {
        tokens_beside_all[i] = counts.completion;
      }
    };
    asked.ask(requests[i], on_end, on_tokens);
  }
  asked.wait();
  if (const auto why = asked.failure()) {
    return *why;
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    answers[i].tokens_beside_all = tokens_beside_all[i];
  }
  return answers;
}

} // namespace inferenceflow::bench
