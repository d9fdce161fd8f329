#include "cache/inflight_table.h"

#include <utility>

namespace inferenceflow::cache {

inflight_leader::inflight_leader(inflight_table* table, const cache_key& key, std::shared_ptr<shared_answer> answer)
    : table_(table)
    , key_(key)
    , answer_(std::move(answer)) {}

inflight_leader inflight_leader::alone() {
  return {nullptr, cache_key{}, nullptr};
}

inflight_leader::inflight_leader(inflight_leader&& other) noexcept
    : table_(std::exchange(other.table_, nullptr))
    , key_(other.key_)
    , answer_(std::move(other.answer_)) {}

inflight_leader& inflight_leader::operator=(inflight_leader&& other) noexcept {
  if (this != &other) {
    const inflight_leader ended{std::move(*this)};
    table_ = std::exchange(other.table_, nullptr);
    key_ = other.key_;
    answer_ = std::move(other.answer_);
  }
  return *this;
}

inflight_leader::~inflight_leader() {
  if (answer_) {
    auto failure = make_error(error_kind::unavailable, "the identical request that this one waited for was given up");
    failure.retryable = true;
    fail(std::move(failure));
  }
}

void inflight_leader::publish_head(answer_head head) {
  if (answer_) {
    answer_->publish_head(std::move(head));
  }
}

void inflight_leader::append(std::string_view bytes) {
  if (answer_ && !answer_->append(bytes)) {
    leave_table();
  }
}

void inflight_leader::complete(std::shared_ptr<const cached_answer> answer) {
  if (answer_) {
    leave_table();
    answer_->complete(std::move(answer));
  }
}

void inflight_leader::fail(error failure) {
  if (answer_) {
    leave_table();
    answer_->fail(std::move(failure));
  }
}

std::string_view inflight_leader::bytes() const {
  return answer_ ? answer_->bytes() : std::string_view{};
}

std::size_t inflight_leader::followers() const {
  return answer_ ? answer_->readers() : 0;
}

bool inflight_leader::abandon_if_unread() {
  if (!answer_) {
    return true;
  }
  if (!table_) {
    return answer_->readers() == 0; // out of the table already, so nobody can join any more
  }
  if (!table_->forget_if_unread(key_, answer_.get())) {
    return false;
  }
  table_ = nullptr;
  return true;
}

bool inflight_leader::on_unread(wake_callback wake) {
  return answer_ && answer_->on_unread(std::move(wake));
}

void inflight_leader::leave_table() {
  if (inflight_table* table = std::exchange(table_, nullptr)) {
    table->forget(key_, answer_.get());
  }
}

inflight_follower::inflight_follower(std::shared_ptr<shared_answer> answer, shared_answer::reader_place place)
    : answer_(std::move(answer))
    , place_(place) {}

inflight_follower::inflight_follower(inflight_follower&& other) noexcept
    : answer_(std::move(other.answer_))
    , place_(other.place_) {}

inflight_follower& inflight_follower::operator=(inflight_follower&& other) noexcept {
  if (this != &other) {
    const inflight_follower detached{std::move(*this)};
    answer_ = std::move(other.answer_);
    place_ = other.place_;
  }
  return *this;
}

inflight_follower::~inflight_follower() {
  if (answer_) {
    answer_->detach(place_);
  }
}

share_state inflight_follower::read(std::size_t bytes_max, std::string& out) {
  return answer_->read(place_, bytes_max, out);
}

bool inflight_follower::wait(wake_callback wake) {
  return answer_->wait(place_, std::move(wake));
}

std::optional<answer_head> inflight_follower::head() const {
  return answer_->head();
}

std::optional<error> inflight_follower::failure() const {
  return answer_->failure(place_);
}

std::shared_ptr<const cached_answer> inflight_follower::answer() const {
  return answer_->answer();
}

std::variant<inflight_leader, inflight_follower> inflight_table::join(const cache_key& key) {
  shard& home = shard_of(key);
  const std::lock_guard lock{home.mutex};
  if (const auto running = home.running.find(key); running != home.running.end()) {
    if (auto place = running->second->attach()) {
      return inflight_follower{running->second, *place};
    }
    return inflight_leader{nullptr, key, nullptr};
  }
  return lead(home, key);
}

std::optional<inflight_follower> inflight_table::follow(const cache_key& key) {
  shard& home = shard_of(key);
  const std::lock_guard lock{home.mutex};
  if (const auto running = home.running.find(key); running != home.running.end()) {
    if (auto place = running->second->attach()) {
      return inflight_follower{running->second, *place};
    }
  }
  return std::nullopt;
}

inflight_leader inflight_table::lead(shard& home, const cache_key& key) {
  if (size_.fetch_add(1, std::memory_order_relaxed) >= limits_.entries_max) {
    size_.fetch_sub(1, std::memory_order_relaxed);
    return inflight_leader{nullptr, key, nullptr};
  }
  auto answer = std::make_shared<shared_answer>(limits_.answer_bytes_max, limits_.followers_max);
  home.running.emplace(key, answer);
  return inflight_leader{this, key, std::move(answer)};
}

void inflight_table::forget(const cache_key& key, const shared_answer* answer) {
  shard& home = shard_of(key);
  const std::lock_guard lock{home.mutex};
  if (const auto running = home.running.find(key); running != home.running.end() && running->second.get() == answer) {
    home.running.erase(running);
    size_.fetch_sub(1, std::memory_order_relaxed);
  }
}

// join() attaches under the same lock, so nobody can slip in between the count and the erasure.
bool inflight_table::forget_if_unread(const cache_key& key, const shared_answer* answer) {
  shard& home = shard_of(key);
  const std::lock_guard lock{home.mutex};
  if (answer->readers() != 0) {
    return false;
  }
  if (const auto running = home.running.find(key); running != home.running.end() && running->second.get() == answer) {
    home.running.erase(running);
    size_.fetch_sub(1, std::memory_order_relaxed);
  }
  return true;
}

} // namespace inferenceflow::cache
