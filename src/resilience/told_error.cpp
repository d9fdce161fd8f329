#include "resilience/told_error.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::resilience {

using std::chrono::seconds;

namespace {

/// How much it helps the client to hear of it. What it can mend comes first, then what tells it to wait.
int rank_of(fault what) noexcept {
  switch (what) {
  case fault::cancelled: return 10; // the client left: nothing else matters to it
  case fault::client_fault: return 9;
  case fault::unsupported: return 8;
  case fault::context_too_long: return 7;
  case fault::content_filtered: return 6;
  case fault::rate_limited: return 5;
  case fault::overloaded: return 4;
  case fault::no_first_byte:
  case fault::request_timeout: return 3;
  case fault::broken:
  case fault::server_error: return 2;
  case fault::connect_failed: return 1;
  case fault::model_missing:
  case fault::key_refused:
  case fault::key_forbidden:
  case fault::quota_exhausted: return 0;
  }
  return 0;
}

} // namespace

void told_error::note(attempt_failure failure, steady_time now, std::uint32_t attempt) {
  if (failure.retry_after) {
    note_retry_at(now + *failure.retry_after);
  }
  const int rank = rank_of(failure.what);
  if (rank <= best_rank_) {
    return;
  }
  best_rank_ = rank;
  best_ = std::move(failure.told);
  attempt_ = attempt;
  // The key and the backend's model name are the gateway's: a 401 or 404 would send the client looking in its own.
  if (rank == 0) {
    best_->kind = error_kind::upstream_failed;
    best_->source = error_source::upstream;
    best_->retryable = false;
    best_->param.clear();
  }
}

void told_error::note_retry_at(steady_time at) noexcept {
  retry_at_ = std::min(retry_at_, at);
}

error told_error::take(steady_time now) {
  const bool asked = best_.has_value();
  error told = best_ ? std::move(*best_)
                     : make_error(error_kind::unavailable, "no backend of this model can be asked at the moment");
  best_.reset();
  best_rank_ = -1;
  if (told.retryable && retry_at_ != steady_time::max() && (!asked || retry_at_ > now)) {
    told.retry_after = std::max(std::chrono::ceil<seconds>(retry_at_ - now), seconds{1});
  }
  return told;
}

} // namespace inferenceflow::resilience
