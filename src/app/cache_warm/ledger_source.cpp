#include "app/cache_warm/request_source.h"
#include "store/kept_requests.h"

#include <fmt/format.h>
#include <utility>
#include <vector>

namespace inferenceflow::app::cache_warm {

namespace {

class ledger_source final : public request_source {
public:
  ledger_source(store::kept_requests ledger, std::vector<std::int64_t> names)
      : ledger_(std::move(ledger))
      , names_(std::move(names)) {}

  [[nodiscard]] net::task<result<std::optional<sourced>>> next() override {
    while (at_ < names_.size()) {
      const std::int64_t name = names_[at_++];
      auto found = ledger_.read(name);
      if (!found) {
        co_return found.error();
      }
      if (!*found) {
        continue; // dropped since the ranking was read
      }
      sourced got;
      got.reached = static_cast<double>(at_) / static_cast<double>(names_.size());
      got.request = unstreamed((*found)->asked.path, (*found)->asked.body);
      if (got.request) {
        got.request->tenant = std::move((*found)->tenant);
      } else {
        error why = got.request.error();
        why.message = fmt::format("request {} of the ledger: {}", name, why.message);
        got.request = std::move(why);
      }
      std::optional<sourced> whole{std::move(got)};
      co_return std::move(whole);
    }
    co_return std::optional<sourced>{};
  }

private:
  store::kept_requests ledger_;
  std::vector<std::int64_t> names_;
  std::size_t at_ = 0;
};

error unusable(error why) {
  why.kind = error_kind::invalid_request;
  return why;
}

} // namespace

result<std::unique_ptr<request_source>> open_ledger(const std::string& path, std::int64_t since_ms,
                                                    std::size_t requests_max) {
  auto ledger = store::kept_requests::open(path);
  if (!ledger) {
    return unusable(ledger.error());
  }
  auto names = ledger->most_repeated(since_ms, requests_max);
  if (!names) {
    return unusable(names.error());
  }
  if (names->empty()) {
    return make_error(error_kind::invalid_request,
                      fmt::format("{}: keeps no request of that time; the gateway keeps requests with ledger.requests: "
                                  "true",
                                  path));
  }
  return std::unique_ptr<request_source>(std::make_unique<ledger_source>(std::move(*ledger), std::move(*names)));
}

} // namespace inferenceflow::app::cache_warm
