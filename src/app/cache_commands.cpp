#include "app/cache_commands.h"

#include "app/cache_warm/command.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>

namespace inferenceflow::app {

namespace {

constexpr const char* k_warm_footer =
    "A line of FILE is a body of /v1/chat/completions (messages), /v1/completions (prompt) or /v1/embeddings (input),\n"
    "or {\"path\": \"/v1/messages\", \"body\": {...}}, or a question for --model, as a JSON string or plain text.\n"
    "INFERENCEFLOW_API_KEY, if set, is sent as bearer token.\n"
    "\n"
    "  inferenceflow cache warm faq.jsonl --model small --rate 2\n"
    "  inferenceflow cache warm --ledger ledger.sqlite --top 500 --since 7d\n"
    "\n"
    "Exit status: 0 all answered; 1 some lines or requests failed; 2 nothing could be done; 130 interrupted.";

} // namespace

void add_cache_commands(CLI::App& cli, std::function<int()>& chosen) {
  auto* cache = cli.add_subcommand("cache", "Work on the cache of a running gateway");
  cache->require_subcommand(1);
  auto* warm = cache->add_subcommand("warm", "Send requests to a running gateway, so that their answers are kept");
  const auto options = std::make_shared<cache_warm::command_options>();
  auto* file = warm->add_option("FILE", options->file, "requests, one a line; - is standard input");
  auto* ledger =
      warm->add_option("--ledger", options->ledger, "the requests that a gateway with ledger.requests kept here");
  warm->add_option("--top", options->top, "how many of the ledger's, most repeated first")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str()
      ->needs(ledger);
  warm->add_option("--since", options->since, "only those that came in this time")
      ->capture_default_str()
      ->needs(ledger);
  file->excludes(ledger);
  warm->add_option("--url", options->url, "the gateway, http:// only")->capture_default_str();
  warm->add_option("--rate", options->rate_per_s, "requests per second, retries included")
      ->check(CLI::Range(0.001, cache_warm::k_rate_max))
      ->capture_default_str();
  warm->add_option("--concurrency", options->concurrency, "requests on their way at once")
      ->check(CLI::Range(std::size_t{1}, cache_warm::k_concurrency_max))
      ->capture_default_str();
  warm->add_option("--model", options->model, "for questions, and for bodies that name none");
  warm->add_option("--header", options->headers, "'name: value' for every request; may be repeated")
      ->type_size(1)
      ->allow_extra_args(false);
  warm->add_flag("--dry-run", options->dry_run, "read everything, say what would be sent, send nothing");
  warm->footer(k_warm_footer);
  warm->callback([options, &chosen] {
    if (options->file.empty() && options->ledger.empty()) {
      throw CLI::RequiredError("FILE or --ledger");
    }
    if (const char* key = std::getenv("INFERENCEFLOW_API_KEY")) {
      options->key = key;
    }
    chosen = [options] { return cache_warm::warm(*options); };
  });
}

} // namespace inferenceflow::app
