#include "app/lane_keeper.h"

#include "pipeline/kept_in_tier.h"
#include "semantic/semantic_cache.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

namespace inferenceflow::app {

namespace {

/// No request has it.
constexpr std::string_view k_operation = "lane";
/// Written anew whenever something was learned, so this is how long an idle lane is remembered.
constexpr std::chrono::hours k_kept_for{30 * 24};

cache::kept_entry entry_of(const semantic::lane_memory& memory, wall_time now) {
  auto content = std::make_shared<cache::cached_answer>();
  content->body = semantic::packed(memory);
  content->operation = k_operation;
  content->tenant = memory.name.tenant;
  content->created = now;
  // Answers' keys are hashes of 128 bits: none begins like this but by a chance of 2⁻⁶⁴.
  return {.key = {.high = 0x6c616e65, .low = memory.id}, .answer = std::move(content)};
}

} // namespace

lane_keeper::lane_keeper(net::event_loop& loop, const pipeline::services& services)
    : loop_(loop)
    , services_(services)
    , secrets_(services.master) {}

void lane_keeper::start() {
  boost::asio::co_spawn(loop_.context(), tick(), boost::asio::detached);
}

net::task<void> lane_keeper::tick() {
  boost::asio::steady_timer timer{loop_.context()};
  for (;;) {
    timer.expires_after(k_keep_every);
    co_await timer.async_wait(boost::asio::deferred);
    keep_now();
  }
}

std::size_t lane_keeper::keep_now() {
  if (services_.tiers.empty()) {
    return 0;
  }
  const auto learned = services_.semantic.take_learned();
  for (const auto& memory : learned) {
    pipeline::store_in_tier(services_, secrets_, entry_of(memory, services_.clock.wall_now()), k_kept_for);
  }
  return learned.size();
}

bool holds_lane(const cache::kept_entry& entry) {
  return entry.answer->operation == k_operation;
}

std::optional<semantic::lane_memory> lane_in(const cache::kept_entry& entry) {
  auto memory = holds_lane(entry) ? semantic::unpacked(entry.answer->body) : std::nullopt;
  return memory && memory->name.tenant == entry.answer->tenant ? std::move(memory) : std::nullopt;
}

} // namespace inferenceflow::app
