#include "store/redis_tier/loop_part.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace inferenceflow::store::redis_tier {

loop_part::loop_part(net::event_loop& loop, const redis::options& settings, const cache::secret_bytes& key,
                     std::string channel, std::uint64_t origin)
    : loop_(loop)
    , client_(std::make_unique<redis::client>(loop, settings, ~origin))
    , writer_(key, channel, origin)
    , channel_(std::move(channel))
    , origin_(origin) {}

result<redis::command> loop_part::telling(const news& what, wall_time now) {
  return redis::publish_command(channel_, writer_.write(what, now));
}

void loop_part::tell(const news& what, wall_time now) {
  const auto message = telling(what, now);
  if (client_ && message) {
    client_->fire(*message);
  }
}

void loop_part::note() {
  if (!client_) {
    return;
  }
  available_ = client_->available();
  const redis::statistics now = client_->stats();
  const std::lock_guard lock{mutex_};
  counted_ = now;
}

void loop_part::note_soon() {
  if (ended_ || noting_.exchange(true)) {
    return;
  }
  boost::asio::post(loop_.context(), [self = shared_from_this()] {
    self->noting_ = false;
    self->note();
  });
}

redis::statistics loop_part::counted() const {
  const std::lock_guard lock{mutex_};
  return counted_;
}

void loop_part::end() {
  note();
  ended_ = true;
  available_ = false;
  client_.reset();
}

} // namespace inferenceflow::store::redis_tier
