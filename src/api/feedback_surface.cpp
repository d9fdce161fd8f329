#include "api/feedback_surface.h"

#include "api/feedback_request.h"
#include "api/files_surface.h"
#include "api/intake.h"
#include "api/json_text.h"
#include "api/request_report.h"
#include "net/wake_event.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <utility>

namespace inferenceflow::api {

namespace {

using store::feedback_outcome;

/// What the writer says, and who waits for it.
struct waiting {
  net::wake_event done;
  std::optional<feedback_outcome> outcome;
};

error busy() {
  error why = make_error(error_kind::unavailable,
                         "the ledger does not take feedback at the moment; send it again, nothing is counted twice");
  why.retry_after = std::chrono::seconds{1};
  return why;
}

constexpr auto k_days = std::chrono::floor<std::chrono::days>(store::feedback_limits{}.age_max).count();

/// Why nothing was recorded.
error refusal(feedback_outcome outcome, const std::string& id) {
  switch (outcome) {
  case feedback_outcome::too_late:
    return make_error(error_kind::conflict,
                      fmt::format("request_id: {} is too long ago; feedback is taken for {} days", id, k_days),
                      "request_id");
  case feedback_outcome::too_many:
    return make_error(error_kind::conflict, fmt::format("request_id: enough was said of {}; no more is kept", id),
                      "request_id");
  default: return busy();
  }
}

/// Hands `said` to the ledger, tells the listener once it is on disk, and gives back what became of it; nothing when
/// that takes too long.
net::task<result<std::optional<feedback_outcome>>> record(service& serving, const store::feedback& said) {
  const auto executor = co_await boost::asio::this_coro::executor;
  // Outlives this coroutine if the loop stops first: the writer's callback then finds nobody, harmlessly.
  const auto pending = std::make_shared<waiting>();
  const bool taken = serving.shared.ledger.append_feedback(
      said, [pending, executor, said, listen = serving.on_feedback](const store::feedback_receipt& receipt) {
        boost::asio::post(executor, [pending, said, listen, receipt] {
          if (listen && receipt.outcome == feedback_outcome::recorded) {
            listen(said, receipt.row);
          }
          pending->outcome = receipt.outcome;
          pending->done.set();
        });
      });
  if (!taken) {
    co_return busy();
  }
  boost::asio::steady_timer patience{executor, k_feedback_patience};
  patience.async_wait([pending](const boost::system::error_code& cancelled) {
    if (!cancelled) {
      pending->done.set();
    }
  });
  co_await pending->done.wait();
  patience.cancel();
  co_return pending->outcome;
}

} // namespace

net::task<void> serve_feedback(call_context& context, service& serving) {
  const auto asked = read_headers(context, serving.settings(), "feedback");
  const auto typed = check_content_type(context.head());
  auto said = !asked   ? result<store::feedback>{asked.error()}
              : !typed ? result<store::feedback>{typed.error()}
                       : read_feedback(context.exchange().body());
  if (!said) {
    const error why = said.error();
    co_await context.send_error(why);
    co_return;
  }
  said->tenant = asked->tenant;
  said->source = asked->user;
  said->at_ms = to_unix_ms(serving.shared.clock.wall_now());
  const auto outcome = co_await record(serving, *said);
  if (!outcome) {
    const error why = outcome.error();
    co_await context.send_error(why);
    co_return;
  }
  if (*outcome == feedback_outcome::unknown_request) {
    co_await send_missing(context, "request", said->request_id);
    co_return;
  }
  if (*outcome != feedback_outcome::recorded && *outcome != feedback_outcome::repeated) {
    const error why = refusal(outcome->value_or(feedback_outcome::lost), said->request_id);
    co_await context.send_error(why);
    co_return;
  }
  const std::string answer =
      fmt::format(R"({{"object":"feedback","request_id":{},"repeated":{},"entry":{}}})", json_string(said->request_id),
                  *outcome == feedback_outcome::repeated, feedback_json(*said));
  co_await context.send_json(200, answer);
}

} // namespace inferenceflow::api
