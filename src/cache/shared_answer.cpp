#include "cache/shared_answer.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::cache {

namespace {

void call_all(const std::vector<wake_callback>& wakes) {
  for (const auto& wake : wakes) {
    wake();
  }
}

bool is_final(share_state state) {
  return state == share_state::complete || state == share_state::failed;
}

} // namespace

void shared_answer::publish_head(answer_head head) {
  std::vector<wake_callback> wakes;
  {
    const std::lock_guard lock{mutex_};
    if (state_ != share_state::waiting) {
      return;
    }
    head_ = std::move(head);
    state_ = share_state::streaming;
    wakes = take_wakes();
  }
  call_all(wakes);
}

bool shared_answer::append(std::string_view bytes) {
  std::vector<wake_callback> wakes;
  bool fits = true;
  {
    const std::lock_guard lock{mutex_};
    if (is_final(state_)) {
      return !outgrown_;
    }
    outgrown_ = outgrown_ || end() + bytes.size() > bytes_max_;
    if (outgrown_) {
      outrun(bytes.size());
    }
    bytes_.append(bytes);
    if (outgrown_) {
      drop_read_bytes();
    }
    fits = !outgrown_;
    wakes = take_wakes();
  }
  call_all(wakes);
  return fits;
}

void shared_answer::complete(std::shared_ptr<const cached_answer> answer) {
  std::vector<wake_callback> wakes;
  {
    const std::lock_guard lock{mutex_};
    if (is_final(state_)) {
      return;
    }
    state_ = share_state::complete;
    answer_ = std::move(answer);
    unread_ = nullptr;
    wakes = take_wakes();
  }
  call_all(wakes);
}

void shared_answer::fail(error failure) {
  std::vector<wake_callback> wakes;
  {
    const std::lock_guard lock{mutex_};
    if (is_final(state_)) {
      return;
    }
    state_ = share_state::failed;
    failure_ = std::move(failure);
    unread_ = nullptr;
    wakes = take_wakes();
  }
  call_all(wakes);
}

// The writer alone changes bytes_, so it may look at it without holding others up for longer than this lock.
std::string_view shared_answer::bytes() const {
  const std::lock_guard lock{mutex_};
  return outgrown_ ? std::string_view{} : std::string_view{bytes_};
}

std::size_t shared_answer::readers() const {
  const std::lock_guard lock{mutex_};
  return readers_.size();
}

bool shared_answer::on_unread(wake_callback wake) {
  const std::lock_guard lock{mutex_};
  if (readers_.empty() || is_final(state_)) {
    return false;
  }
  unread_ = std::move(wake);
  return true;
}

std::optional<shared_answer::reader_place> shared_answer::attach() {
  const std::lock_guard lock{mutex_};
  if (outgrown_ || state_ == share_state::failed || readers_.size() >= readers_max_) {
    return std::nullopt;
  }
  return readers_.emplace(readers_.end());
}

void shared_answer::detach(reader_place place) {
  wake_callback unread;
  std::list<reader> gone; // its callback may own things: destroyed after the lock
  {
    const std::lock_guard lock{mutex_};
    gone.splice(gone.begin(), readers_, place);
    if (readers_.empty()) {
      unread = std::exchange(unread_, nullptr);
    }
  }
  if (unread) {
    unread();
  }
}

share_state shared_answer::read(reader_place place, std::size_t bytes_max, std::string& out) {
  const std::lock_guard lock{mutex_};
  if (!place->overrun) {
    const std::size_t count = std::min(bytes_max, end() - place->offset);
    out.append(bytes_, place->offset - base_, count);
    place->offset += count;
  }
  place->seen = state_for(*place);
  return place->seen;
}

bool shared_answer::wait(reader_place place, wake_callback wake) {
  const std::lock_guard lock{mutex_};
  const bool unread_bytes = !place->overrun && place->offset < end();
  const share_state state = state_for(*place);
  if (unread_bytes || is_final(state) || state != place->seen) {
    return false;
  }
  place->wake = std::move(wake);
  return true;
}

std::optional<answer_head> shared_answer::head() const {
  const std::lock_guard lock{mutex_};
  return head_;
}

std::optional<error> shared_answer::failure(reader_place place) const {
  const std::lock_guard lock{mutex_};
  if (place->overrun) {
    return make_error(error_kind::unavailable, "the client read a shared answer too slowly");
  }
  return failure_;
}

std::shared_ptr<const cached_answer> shared_answer::answer() const {
  const std::lock_guard lock{mutex_};
  return answer_;
}

share_state shared_answer::state_for(const reader& who) const {
  if (who.overrun) {
    return share_state::failed;
  }
  // Whatever was delivered before the end is still delivered, so the end waits until everything has been read.
  if (is_final(state_) && who.offset < end()) {
    return share_state::streaming;
  }
  return state_;
}

std::vector<wake_callback> shared_answer::take_wakes() {
  std::vector<wake_callback> wakes;
  for (auto& each : readers_) {
    if (each.wake) {
      wakes.push_back(std::exchange(each.wake, nullptr));
    }
  }
  return wakes;
}

void shared_answer::outrun(std::size_t coming_bytes) {
  for (auto& each : readers_) {
    each.overrun = each.overrun || end() + coming_bytes - each.offset > bytes_max_;
  }
}

// Moving the rest to the front costs as much as the rest is long, so it waits until half of the buffer can go.
void shared_answer::drop_read_bytes() {
  std::size_t needed_from = end();
  for (const auto& each : readers_) {
    if (!each.overrun) {
      needed_from = std::min(needed_from, each.offset);
    }
  }
  const std::size_t droppable = needed_from - base_;
  if (droppable >= bytes_.size() - droppable) {
    bytes_.erase(0, droppable);
    base_ = needed_from;
  }
}

} // namespace inferenceflow::cache
