#include "bench/embedding/measure.h"

#include "embedding/cached_embedder.h"
#include "embedding/hashed_embedder.h"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <ctime>
#include <fmt/core.h>
#include <memory>

namespace inferenceflow::bench {
namespace {

using clock_type = std::chrono::steady_clock;

double ms_since(clock_type::time_point start) {
  return std::chrono::duration<double, std::milli>(clock_type::now() - start).count();
}

double process_cpu_ms() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
}

struct shared_work {
  const std::vector<std::string>& texts;
  std::size_t next = 0;
  std::vector<double> waits_ms;
  bool failed = false;
};

net::task<void> keep_asking(embedding::embedder& asked, shared_work& work) {
  net::cancel_scope scope;
  while (work.next < work.texts.size()) {
    const auto& text = work.texts[work.next++];
    const auto start = clock_type::now();
    const auto got = co_await asked.embed(text, scope);
    work.failed = work.failed || got.has_error();
    work.waits_ms.push_back(ms_since(start));
  }
}

net::task<void> ask_known(embedding::embedder& asked, const std::vector<std::string>& texts, std::size_t rounds) {
  net::cancel_scope scope;
  for (std::size_t r = 0; r < rounds; ++r) {
    for (const auto& text : texts) {
      static_cast<void>(co_await asked.embed(text, scope));
    }
  }
}

void run(net::task<void>&& work) {
  boost::asio::io_context context;
  boost::asio::co_spawn(context, std::move(work), boost::asio::detached);
  context.run();
}

} // namespace

batch_figures embed_all(embedding::embedder& asked, const std::vector<std::string>& texts, std::size_t concurrent) {
  shared_work work{texts, 0, {}, false};
  boost::asio::io_context context;
  for (std::size_t i = 0; i < concurrent; ++i) {
    auto one = keep_asking(asked, work);
    boost::asio::co_spawn(context, std::move(one), boost::asio::detached);
  }
  const auto start = clock_type::now();
  const double cpu_before = process_cpu_ms();
  context.run();
  const double wall_ms = ms_since(start);
  const double cpu_ms = process_cpu_ms() - cpu_before;
  auto& waits = work.waits_ms;
  std::sort(waits.begin(), waits.end());
  const auto count = static_cast<double>(waits.size());
  return {.concurrent = concurrent,
          .texts_per_s = count / wall_ms * 1000,
          .ms_per_text = wall_ms / count,
          .p50_ms = waits[waits.size() / 2],
          .p99_ms = waits[waits.size() * 99 / 100],
          .cpu_ms_per_text = cpu_ms / count,
          .failed = work.failed};
}

hit_figures cache_hits(const std::vector<std::string>& texts, std::size_t rounds) {
  net::deadline_wheel wheel;
  const auto shared = std::make_shared<embedding::shared_embeddings>(embedding::embedding_limits{});
  embedding::cached_embedder cached(std::make_shared<embedding::hashed_embedder>(), shared, wheel);
  run(ask_known(cached, texts, 1));
  const auto lookups = static_cast<double>(texts.size() * rounds);
  std::size_t found = 0;
  auto start = clock_type::now();
  for (std::size_t r = 0; r < rounds; ++r) {
    for (const auto& text : texts) {
      found += cached.known(text) != nullptr ? 1U : 0U;
    }
  }
  hit_figures out;
  out.known_ns = found == texts.size() * rounds ? ms_since(start) * 1e6 / lookups : -1;
  start = clock_type::now();
  run(ask_known(cached, texts, rounds));
  out.embed_ns = ms_since(start) * 1e6 / lookups;
  return out;
}

double hashed_ns(const std::vector<std::string>& texts, std::size_t rounds) {
  const auto start = clock_type::now();
  std::size_t made = 0;
  for (std::size_t r = 0; r < rounds; ++r) {
    for (const auto& text : texts) {
      made += embedding::hashed_embedder::embed_now(text).has_value() ? 1U : 0U;
    }
  }
  return ms_since(start) * 1e6 / static_cast<double>(made);
}

std::vector<std::string> prompts(std::size_t count, std::size_t sentences) {
  constexpr std::array who{"my manager", "a new customer", "the support team", "our accountant", "a friend of mine"};
  constexpr std::array what{"change the address", "cancel the order", "reset the password", "print the invoice",
                            "close the account",  "move the meeting", "renew the licence"};
  constexpr std::array when{"before the end of the month", "without calling anybody first",
                            "while the old one is still active", "if the payment has failed twice"};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text;
    for (std::size_t s = i; s < i + sentences; ++s) {
      text += fmt::format("{}How can {} {} number {} {}?", text.empty() ? "" : " ", who[s % who.size()],
                          what[s % what.size()], s, when[s % when.size()]);
    }
    out.push_back(std::move(text));
  }
  return out;
}

} // namespace inferenceflow::bench
