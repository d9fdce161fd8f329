#include "app/replay_commands.h"

#include "app/replay_run.h"

#include <CLI/CLI.hpp>
#include <memory>

namespace inferenceflow::app {

namespace {

constexpr const char* k_footer =
    "LOG is a ledger of this program (with ledger.requests it holds the bodies that caches need), JSON lines of\n"
    "requests in OpenAI's format ({\"timestamp\": …, \"request\": {…}, \"response\": {…}}, chat bodies, lines of "
    "batch\n"
    "files), or LiteLLM's spend log as JSON or CSV. Nothing is sent anywhere.\n"
    "\n"
    "  inferenceflow replay requests.jsonl --config now.yaml --config cheaper.yaml --html replay.html\n"
    "  inferenceflow replay ledger.sqlite --config cheaper.yaml --as gpt-4o=auto --json replay.json\n"
    "\n"
    "Exit status: 0 replayed; 1 nothing in the log can be used, or a report could not be written;\n"
    "2 a configuration or an option is wrong.";

} // namespace

void add_replay_command(CLI::App& cli, std::function<int()>& chosen) {
  auto* replay = cli.add_subcommand("replay", "Compute what a log of requests would have cost under configurations");
  const auto options = std::make_shared<replay_command>();
  replay->add_option("LOG", options->log, "ledger, JSON lines, JSON array or CSV")->required();
  replay->add_option("-c,--config", options->configs, "YAML configuration file; may be repeated, up to eight")
      ->type_size(1)
      ->allow_extra_args(false)
      ->required();
  replay->add_option("--format", options->format, "auto, ledger, openai, litellm")
      ->check(CLI::IsMember({"auto", "ledger", "openai", "litellm"}))
      ->capture_default_str();
  replay->add_option("--as", options->names, "MODEL=NAME: requests for MODEL ask for NAME instead; may be repeated")
      ->type_size(1)
      ->allow_extra_args(false);
  replay->add_option("--html", options->html, "write the report with plots here; empty = none")->capture_default_str();
  replay->add_option("--json", options->json, "write the figures here");
  replay->add_flag("--semantic", options->semantic,
                   "run the semantic cache too, where a configuration turns it on (slow)");
  replay->add_option("--seed", options->seed, "of the resampling")->capture_default_str();
  replay->add_option("--rounds", options->rounds, "of the resampling")
      ->check(CLI::Range(std::size_t{100}, statistics::bootstrap_plan::k_rounds_max))
      ->capture_default_str();
  replay->add_flag("--quiet", options->quiet, "no progress on standard error");
  replay->footer(k_footer);
  replay->callback([options, &chosen] { chosen = [options] { return run_replay(*options); }; });
}

} // namespace inferenceflow::app
