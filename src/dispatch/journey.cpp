#include "dispatch/journey.h"

#include <utility>

namespace inferenceflow::dispatch {

using resilience::plan_action;
using resilience::plan_step;

namespace {

resilience::plan_services services_of(switchboard& board, line& along) {
  return {.settings = along.plan,
          .retries = along.retries,
          .budget = *along.budget,
          .hedges = *along.hedges,
          .random = board.random};
}

resilience::plan_request with_id(resilience::plan_request what, resilience::waiter_id id) {
  what.id = id;
  return what;
}

} // namespace

journey::journey(switchboard& board, std::shared_ptr<line> along, resilience::plan_request what)
    : board_(board)
    , line_(std::move(along))
    , id_(board.last_id.fetch_add(1, std::memory_order_relaxed) + 1)
    , plan_(services_of(board, *line_), {.candidates = line_->candidates, .groups = line_->groups},
            with_id(what, id_)) {}

/// Runs one step of the plan, then lets those in who wait for the places that it freed. Their callbacks run unlocked.
template <class Step> auto journey::under_lock(steady_time now, Step&& step) {
  latest_ = now;
  std::vector<turn_callback> woken;
  std::unique_lock lock{board_.mutex};
  if constexpr (std::is_void_v<decltype(step())>) {
    step();
    serve_queues(now, woken);
    lock.unlock();
    for (const turn_callback& wake : woken) {
      wake();
    }
  } else {
    auto said = step();
    serve_queues(now, woken);
    lock.unlock();
    for (const turn_callback& wake : woken) {
      wake();
    }
    return said;
  }
}

journey::~journey() {
  if (!queued_ && plan_.holds_nothing()) {
    return; // nobody else knows of it
  }
  under_lock(latest_, [this] {
    board_.waiting.erase(id_);
    plan_.abandon();
  });
}

/// Each named one takes its place before the next is asked for. One round per waiter at most: who is named but cannot
/// go now may stand in line again.
void journey::serve_queues(steady_time now, std::vector<turn_callback>& woken) {
  for (const auto& target : line_->targets) {
    resilience::backend& backend = target->on->machine;
    for (std::size_t left = backend.waiting.size(); left > 0; --left) {
      const auto named = backend.next_waiter(now);
      if (!named) {
        break;
      }
      if (const auto found = board_.waiting.find(*named); found != board_.waiting.end()) {
        found->second->take_turn(now, woken);
      }
    }
  }
}

void journey::take_turn(steady_time now, std::vector<turn_callback>& woken) {
  plan_action next = plan_.on_dequeued(now);
  if (next.step == plan_step::queued) {
    return; // it stands in line again: nothing to tell
  }
  turn_ = std::move(next);
  board_.waiting.erase(id_);
  if (woken_) {
    woken.push_back(std::exchange(woken_, nullptr));
  }
}

void journey::note_queued(const plan_action& action) {
  if (action.step == plan_step::queued) {
    board_.waiting[id_] = this;
    queued_ = true;
  }
}

plan_action journey::begin(steady_time now) {
  return under_lock(now, [&] {
    plan_action next = plan_.begin(now);
    note_queued(next);
    return next;
  });
}

plan_action journey::resume(steady_time now) {
  return under_lock(now, [&] {
    plan_action next = plan_.resume(now);
    note_queued(next);
    return next;
  });
}

plan_action journey::on_hedge_due(steady_time now) {
  return under_lock(now, [&] { return plan_.on_hedge_due(now); });
}

std::optional<std::uint32_t> journey::on_first_byte(std::uint32_t attempt, steady_time now) {
  const std::lock_guard lock{board_.mutex}; // frees no place
  return plan_.on_first_byte(attempt, now);
}

std::optional<std::uint32_t> journey::on_success(std::uint32_t attempt, std::uint64_t answered_tokens,
                                                 steady_time now) {
  return under_lock(now, [&] { return plan_.on_success(attempt, answered_tokens, now); });
}

plan_action journey::on_failure(std::uint32_t attempt, resilience::attempt_failure failure, steady_time now) {
  return under_lock(now, [&] {
    plan_action next = plan_.on_failure(attempt, std::move(failure), now);
    note_queued(next);
    return next;
  });
}

void journey::on_cancelled(std::uint32_t attempt, steady_time now) {
  under_lock(now, [&] { plan_.on_cancelled(attempt, now); });
}

bool journey::await_turn(turn_callback woken) {
  const std::lock_guard lock{board_.mutex};
  if (turn_) {
    return false;
  }
  woken_ = std::move(woken);
  return true;
}

plan_action journey::end_wait(steady_time now) {
  return under_lock(now, [&] {
    woken_ = nullptr;
    queued_ = false;
    if (turn_) {
      return *std::exchange(turn_, std::nullopt);
    }
    board_.waiting.erase(id_);
    return plan_.leave_queue(now);
  });
}

} // namespace inferenceflow::dispatch
