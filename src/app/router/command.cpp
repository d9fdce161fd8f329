#include "app/router/command.h"

#include "app/router/export.h"
#include "app/router/train.h"
#include "app/router/trust.h"
#include "quality/trainer.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

namespace inferenceflow::app {

namespace {

using codec_maker = std::function<std::unique_ptr<const dialogue::codec_set>()>;

constexpr const char* k_export_footer =
    "A line is {\"prompt\", \"context\", \"turns\", \"scores\": {model: 0 to 1}, \"output_tokens\": {model: n}, "
    "\"group\"}: "
    "what\n`router train` reads. Needed are kept requests (ledger.requests: true) and what was said of their answers\n"
    "(POST /v1/feedback). A gateway may be running meanwhile. What was left out, and why, goes to standard error.\n"
    "\n"
    "  inferenceflow router export --since 30d --out train.jsonl\n"
    "\n"
    "Exit status: 0 written; 1 nothing to write, or it failed; 2 nothing was done.";

void add_export(CLI::App& router, std::function<int()>& chosen, codec_maker make_codecs) {
  auto* command = router.add_subcommand("export", "Write what the ledger knows of good and bad answers, to train on");
  const auto options = std::make_shared<router::export_options>();
  auto* config =
      command->add_option("-c,--config", options->config_path, "YAML configuration file that names the ledger");
  config->capture_default_str();
  command->add_option("--ledger", options->ledger, "the ledger's file, instead of the configuration's")
      ->excludes(config);
  command->add_option("--since", options->since, "only requests of this time: 90s, 30min, 12h, 7d, 2w")
      ->capture_default_str();
  command->add_option("--tenant", options->tenant, "only this tenant's");
  command->add_option("--out", options->out, "the file; without it, or -, standard output");
  command->add_flag("--qualified", options->qualified,
                    "name models provider/model: where the same one differs by provider");
  command->footer(k_export_footer);
  command->callback([options, &chosen, make_codecs = std::move(make_codecs)] {
    chosen = [options, make_codecs] { return router::export_ledger(*options, *make_codecs()); };
  });
}

constexpr const char* k_train_footer =
    "FILE has one JSON object a line: {\"prompt\": text, \"scores\": {model: 0..1}} and, where known, \"context\", "
    "\"turns\",\n"
    "\"output_tokens\": {model: n}, \"vector\": [...], \"weight\", \"group\" (rows of one group are kept together "
    "when\n"
    "predictors are compared). Broken lines are counted and left out.\n"
    "Vectors: auto takes the file's, else those of a local embedding model, else none.\n"
    "\n"
    "Exit status: 0 done; 1 it was tried and failed; 2 the input is not fit, nothing was written.";

void add_train(CLI::App& router, std::function<int()>& chosen) {
  const auto given = std::make_shared<router::train_options>();
  given->config_path = "config/default.yaml";
  auto* train = router.add_subcommand("train", "Make a router file from scored prompts");
  train->add_option("FILE", given->file, "JSONL of prompts and scores")->required();
  train->add_option("--out", given->out, "the router file to write or replace")->capture_default_str();
  train->add_option("--folds", given->folds, "of the cross-validation")
      ->check(CLI::Range(std::size_t{2}, quality::training_options::k_folds_max))
      ->capture_default_str();
  train->add_option("--seed", given->seed, "of folds and forests")->capture_default_str();
  train->add_option("--vectors", given->vectors, "auto, none, file or local")
      ->check(CLI::IsMember({"auto", "none", "file", "local"}))
      ->capture_default_str();
  train->add_option("--model", given->model,
                    "GGUF embedding model; without it the configuration's, else the delivered one");
  train->add_option("--space", given->space, "name of the embedder that made the file's vectors");
  auto* config = train->add_option("-c,--config", given->config_path, "YAML configuration file that names models")
                     ->capture_default_str();
  train->footer(k_train_footer);
  train->callback([given, config, &chosen] {
    given->config_named = config->count() > 0;
    chosen = [given] { return router::train(*given); };
  });
}

void add_show(CLI::App& router, std::function<int()>& chosen) {
  const auto path = std::make_shared<std::string>();
  auto* show = router.add_subcommand("show", "What a router file predicts with, and how it did in training");
  show->add_option("ROUTER", *path, "a router file")->required();
  show->callback([path, &chosen] { chosen = [path] { return router::show(*path); }; });
}

constexpr const char* k_trust_footer =
    "LABELS holds one judged answer a line: {\"signals\": {\"margin\": 0.4, \"entropy\": 0.1, \"logprob_mean\": -0.2,\n"
    "\"agreement\": 1, \"format\": 1, \"refusal\": 0}, \"wrong\": 0, \"class\": \"de\"}. Half of them teach when "
    "answers are wrong,\n"
    "the other half goes to FILE.calibration: from it the gateway finds the threshold that keeps\n"
    "routing.escalation.risk_max. At least 1,000 answers are needed for a guarantee.\n"
    "\n"
    "  inferenceflow router trust judged.jsonl --out answers.trust\n"
    "\n"
    "Exit status: 0 written; 1 it could not be written; 2 nothing was done.";

void add_trust(CLI::App& router, std::function<int()>& chosen) {
  auto* command = router.add_subcommand("trust", "Learn from judged answers when a cheap model's answer is trusted");
  const auto wanted = std::make_shared<router::trust_command>();
  command->add_option("LABELS", wanted->labels, "judged answers, one JSON object a line")->required();
  command->add_option("--out", wanted->out, "the trust file")->capture_default_str();
  command->add_option("--seed", wanted->seed, "of the halves")->capture_default_str();
  command->footer(k_trust_footer);
  command->callback([wanted, &chosen] { chosen = [wanted] { return router::train_trust(*wanted); }; });
}

} // namespace

void add_router_commands(CLI::App& cli, std::function<int()>& chosen, codec_maker make_codecs) {
  auto* router = cli.add_subcommand("router", "Work on the model of quality that routes choose by");
  router->require_subcommand(1);
  add_export(*router, chosen, std::move(make_codecs));
  add_train(*router, chosen);
  add_show(*router, chosen);
  add_trust(*router, chosen);
}

} // namespace inferenceflow::app
