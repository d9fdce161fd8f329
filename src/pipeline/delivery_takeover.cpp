// The part of a delivery that has another backend go on with an answer that broke off.
#include "pipeline/continuation.h"
#include "pipeline/delivery.h"
#include "pipeline/plan_of.h"

namespace inferenceflow::pipeline {

net::task<bool> delivery::put(std::string_view bytes) {
  if (retold_) {
    co_return co_await retold_->write(bytes);
  }
  co_return co_await stream_.write(bytes);
}

/// Makes everything ready for the next backend. @returns false when nobody can go on.
bool delivery::prepare_takeover(const delivered& broken) {
  for (std::size_t i = 0; i < line_->routes.size(); ++i) {
    broken_ |= line_->routes[i].get() == broken.by ? resilience::candidate_set{1} << i : 0;
  }
  auto next = continue_from(asked_, shared_.codecs, retold_->text());
  if (!next) {
    return false;
  }
  auto plan = plan_of(asked_, *line_, shared_.codecs);
  plan.excluded = broken_;
  continuation_ = std::move(*next);
  instead_ = continuation_.get();
  journey_ = std::make_unique<dispatch::journey>(shared_.board, line_, plan);
  winner_.reset();
  refusals_.clear();
  return true;
}

/// What the client has read stays; what it used is billed at its backend's price, the rest at the next one's.
net::task<void> delivery::take_over() {
  co_await follow_plan();
  cost::token_usage used;
  money cost;
  const auto broke_off = [this] {
    return done_->got && done_->got->streamed && done_->got->broke && done_->got->broke->kind != error_kind::cancelled;
  };
  while (broke_off() && retold_->can_go_on() && !scope_.cancelled()) {
    delivered broken = *std::exchange(done_, std::nullopt);
    const cost::token_usage of_this = broken.got->usage;
    if (!prepare_takeover(broken)) {
      done_ = std::move(broken);
      break;
    }
    retold_->take_over(of_this);
    co_await follow_plan();
    const bool answers = done_->got && done_->got->status < 400 && done_->got->streamed;
    shared_.log.info("a broken stream is continued", {{"request_id", asked_.request_id},
                                                      {"from", broken.by->provider},
                                                      {"to", done_->by->provider},
                                                      {"succeeded", answers && !done_->got->broke}});
    if (!answers) { // nobody could: the first one's end is the end
      broken.attempts = calls_;
      done_ = std::move(broken);
      break;
    }
    used = used + of_this;
    cost = cost + cost::price_of(of_this, broken.by->price->at(shared_.clock.wall_now()));
  }
  if (done_->got) {
    auto& got = *done_->got;
    got.told = false; // what a backend told of its end was kept from the client: it is told now, once
    if (got.broke && retold_->failure()) {
      got.broke = retold_->failure();
    }
    got.usage = got.usage + used;
    if (got.streamed && !got.broke) {
      [[maybe_unused]] const bool wanted = co_await retold_->finish();
    }
  }
  done_->elsewhere = used;
  done_->elsewhere_cost = cost;
}

} // namespace inferenceflow::pipeline
