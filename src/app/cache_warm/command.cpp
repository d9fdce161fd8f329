#include "app/cache_warm/command.h"

#include "app/cache_warm/show.h"
#include "app/cache_warm/warmer.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/string.hpp>
#include <cctype>
#include <charconv>
#include <csignal>
#include <fmt/format.h>
#include <iostream>
#include <map>
#include <optional>
#include <utility>

namespace inferenceflow::app::cache_warm {

namespace asio = boost::asio;

namespace {

error wrong(std::string message) {
  return make_error(error_kind::invalid_request, std::move(message));
}

result<warm_plan> plan_of(const command_options& options) {
  warm_plan plan;
  auto base = config::parse_base_address(options.url);
  if (!base) {
    return wrong(fmt::format("--url {}: {}", options.url, base.error().message));
  }
  if (base->tls) {
    return wrong(fmt::format("--url {}: https:// is not supported; warm from where the gateway's plain port is in "
                             "reach, or through a tunnel",
                             options.url));
  }
  plan.gateway.base = std::move(*base);
  plan.gateway.url = options.url;
  plan.gateway.key = options.key;
  plan.rate_per_s = options.rate_per_s;
  plan.concurrency = options.concurrency;
  for (const std::string& text : options.headers) {
    auto header = parse_header(text);
    if (!header) {
      return header.error();
    }
    plan.gateway.headers.push_back(std::move(*header));
  }
  return plan;
}

result<std::unique_ptr<request_source>> open_source(asio::io_context& context, const command_options& options,
                                                    const clock_source& clock) {
  if (options.ledger.empty()) {
    return open_lines(context, options.file, options.model);
  }
  const auto span = parse_span(options.since);
  if (!span) {
    return wrong(fmt::format("--since {}: {}", options.since, span.error().message));
  }
  return open_ledger(options.ledger, to_unix_ms(clock.wall_now() - *span), options.top);
}

/// What would be sent, without sending it.
net::task<int> rehearse(request_source& source, const command_options& options, shown& show) {
  std::map<std::string, std::uint64_t> paths;
  std::uint64_t sum = 0;
  std::uint64_t skipped = 0;
  for (;;) {
    auto got = co_await source.next();
    if (!got) {
      show.problem(got.error().message);
      co_return not_begun;
    }
    if (!*got) {
      break;
    }
    if ((*got)->request) {
      ++paths[(*got)->request->path];
      ++sum;
    } else {
      ++skipped;
      show.problem((*got)->request.error().message);
    }
  }
  std::cout << fmt::format("would send {} requests to {}, in {:.1f} s or more\n", sum, options.url,
                           static_cast<double>(sum) / options.rate_per_s);
  for (const auto& [path, count] : paths) {
    std::cout << fmt::format("{} {}\n", count, path);
  }
  if (skipped != 0) {
    std::cout << fmt::format("skipped {} that are no requests\n", skipped);
  }
  co_return skipped == 0 ? all_well : some_failed;
}

/// First signal: nothing new is sent. Second one, or the end of the grace: what is on its way is broken off.
class interrupts {
public:
  interrupts(asio::io_context& context, std::function<void()> finish, std::function<void()> abort)
      : signals_(context, SIGINT, SIGTERM)
      , grace_(context)
      , finish_(std::move(finish))
      , abort_(std::move(abort)) {
    wait();
  }
  [[nodiscard]] bool came() const noexcept { return came_; }
  void end() {
    signals_.cancel();
    grace_.cancel();
  }

private:
  void wait() {
    signals_.async_wait([this](boost::system::error_code failure, int) {
      if (failure) {
        return;
      }
      if (std::exchange(came_, true)) {
        return abort_();
      }
      finish_();
      grace_.expires_after(k_interrupt_grace);
      grace_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) {
          abort_();
        }
      });
      wait();
    });
  }

  asio::signal_set signals_;
  asio::steady_timer grace_;
  std::function<void()> finish_;
  std::function<void()> abort_;
  bool came_ = false;
};

int status_of(const result<void>& outcome, const tally& counts, bool was_interrupted) {
  if (was_interrupted) {
    return interrupted;
  }
  if (!outcome) {
    return counts.sent == 0 ? not_begun : some_failed;
  }
  return counts.failures() + counts.skipped == 0 ? all_well : some_failed;
}

int run(asio::io_context& context, const warm_plan& plan, request_source& source, const clock_source& clock,
        shown& show) {
  const steady_time begun = clock.steady_now();
  const auto elapsed = [&] { return std::chrono::duration<double>(clock.steady_now() - begun); };
  std::optional<warmer> work;
  work.emplace(context, plan, source, clock,
               warm_news{.answered = [&] { show.progress(work->counts(), elapsed()); },
                         .skipped = [&](const std::string& problem) { show.problem(problem); },
                         .paused =
                             [&](const std::string& reason, std::chrono::seconds wait) {
                               show.note(fmt::format("{}: waiting {} s", reason, wait.count()));
                             }});
  interrupts signals{context, [&] { work->finish(); }, [&] { work->abort(); }};
  result<void> outcome;
  asio::co_spawn(context, work->run(), [&](const std::exception_ptr& thrown, result<void> ended) {
    outcome = thrown ? make_error(error_kind::internal, "the warmer failed") : std::move(ended);
    signals.end();
  });
  context.run();
  show.end();
  std::cout << work->counts().summary(elapsed()) << std::flush;
  if (!outcome) {
    std::cerr << "inferenceflow: " << outcome.error().message << '\n';
  }
  return status_of(outcome, work->counts(), signals.came());
}

} // namespace

result<std::chrono::seconds> parse_span(std::string_view text) {
  constexpr std::pair<std::string_view, std::int64_t> units[] = {{"s", 1},     {"m", 60},     {"min", 60},
                                                                 {"h", 3'600}, {"d", 86'400}, {"w", 604'800}};
  constexpr std::int64_t most = 1'000'000;
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view word = text.substr(static_cast<std::size_t>(end - text.data()));
  const auto* unit =
      std::find_if(std::begin(units), std::end(units), [&](const auto& one) { return one.first == word; });
  if (failure != std::errc{} || unit == std::end(units) || number < 0 || number > most) {
    return wrong("a number and s, min, h, d or w is expected, as in 7d");
  }
  return std::chrono::seconds{number * unit->second};
}

result<std::pair<std::string, std::string>> parse_header(std::string_view text) {
  constexpr std::string_view framing[] = {"content-length", "transfer-encoding", "connection", "host"};
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const bool named =
      colon != std::string_view::npos && !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string_view{"!#$%&'*+-.^_`|~"}.find(static_cast<char>(c)) != std::string_view::npos;
      });
  std::string_view value = named ? text.substr(colon + 1) : std::string_view{};
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  const bool printable =
      std::all_of(value.begin(), value.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  if (!named || !printable) {
    return wrong(
        fmt::format("--header '{}': 'name: value' is expected", named ? std::string{name} : std::string{text}));
  }
  if (std::any_of(std::begin(framing), std::end(framing), [&](auto one) { return boost::beast::iequals(one, name); })) {
    return wrong(fmt::format("--header: {} is not yours to set", name));
  }
  return std::pair{std::string{name}, std::string{value}};
}

int warm(const command_options& options) {
  std::signal(SIGPIPE, SIG_IGN);
  const system_clock_source clock;
  asio::io_context context{1};
  const auto plan = plan_of(options);
  auto source = plan ? open_source(context, options, clock) : result<std::unique_ptr<request_source>>{plan.error()};
  if (!source) {
    std::cerr << "inferenceflow: " << source.error().message << '\n';
    return not_begun;
  }
  shown show{std::cerr, clock};
  if (!options.dry_run) {
    return run(context, *plan, **source, clock, show);
  }
  int status = not_begun;
  asio::co_spawn(context, rehearse(**source, options, show),
                 [&](const std::exception_ptr& thrown, int ended) { status = thrown ? not_begun : ended; });
  context.run();
  show.end();
  return status;
}

} // namespace inferenceflow::app::cache_warm
