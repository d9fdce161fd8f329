#include "replay/log/ledger_log.h"

#include "store/ledger_history.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::replay {

namespace {

const char* path_of(std::string_view surface) {
  if (surface == "embeddings") {
    return "/v1/embeddings";
  }
  if (surface == "completions") {
    return "/v1/completions";
  }
  return surface == "messages" ? "/v1/messages" : "/v1/chat/completions";
}

/// What was said of an answer is said of the model that gave it: after an escalation that is not the chosen one. A
/// canary's probability is one among the decisions of another choice; leaving these out leaves the others' as it is.
std::optional<judged_choice> judged_of(const store::past_request& past) {
  const auto& routed = past.row.routed;
  if (!routed || routed->role != store::routed_role::main || routed->escalations > 0 || routed->propensity <= 0 ||
      routed->propensity > 1) {
    return std::nullopt;
  }
  const auto score = store::score_of(past.said);
  return score ? std::optional{judged_choice{routed->chosen, routed->propensity, *score}} : std::nullopt;
}

log_item read(store::past_request past) {
  auto& row = past.row;
  if (row.routed && row.routed->role == store::routed_role::shadow) {
    return {.why = skip_reason::shadow};
  }
  if ((!row.error_kind.empty() || row.status >= 400) && row.direct.nano_usd() == 0) {
    return {.why = skip_reason::failed};
  }
  record found;
  found.judged = judged_of(past);
  found.id = std::move(row.request_id);
  found.began_ms = row.finished_ms - row.latency_us / 1'000;
  found.timed = true;
  // What the cache answered says nothing of how long a call takes.
  if (row.cache != "hit" && row.cache != "semantic") {
    found.latency_ms = row.latency_us / 1'000;
  }
  found.tenant = std::move(row.tenant);
  found.user = std::move(row.user);
  found.model = std::move(row.model_requested);
  found.served = std::move(row.model_served);
  found.provider = std::move(row.provider);
  found.path = path_of(row.surface);
  if (row.asked) {
    found.path = std::move(row.asked->path);
    found.body = std::move(row.asked->body);
  }
  if (row.usage.total() > 0) {
    found.usage = row.usage;
  }
  found.claimed = row.cost;
  found.batch = row.batched ? batch_use::could_wait : batch_use::none;
  if (found.model.empty() || (found.body.empty() && !found.usage)) {
    return {.why = skip_reason::no_request};
  }
  return {.read = std::move(found)};
}

class ledger_log final : public log_reader {
public:
  ledger_log(store::ledger_history history, std::uint64_t total)
      : history_(std::move(history))
      , total_(total) {}

  std::optional<log_item> next() override {
    auto past = ended_ ? result<std::optional<store::past_request>>{std::nullopt} : history_.next();
    if (!past || !*past) { // a file that becomes unreadable ends here; what came before stands
      ended_ = true;
      return std::nullopt;
    }
    ++taken_;
    return read(std::move(**past));
  }

  std::uint64_t taken() const override { return taken_; }
  std::uint64_t total() const override { return std::max(total_, taken_); }
  std::string_view kind() const override { return "a ledger"; }

private:
  store::ledger_history history_;
  std::uint64_t total_;
  std::uint64_t taken_ = 0;
  bool ended_ = false;
};

} // namespace

result<std::unique_ptr<log_reader>> open_ledger_log(const std::string& path) {
  auto history = store::ledger_history::open(path, {});
  if (!history) {
    return history.error();
  }
  const auto total = history->count();
  if (!total) {
    return total.error();
  }
  return std::unique_ptr<log_reader>{
      std::make_unique<ledger_log>(std::move(*history), static_cast<std::uint64_t>(std::max<std::int64_t>(*total, 0)))};
}

} // namespace inferenceflow::replay
