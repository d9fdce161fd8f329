#include "app/model_commands.h"

#include "app/models/command.h"

#include <CLI/CLI.hpp>
#include <memory>

namespace inferenceflow::app {

namespace {

constexpr const char* k_exit_statuses =
    "Exit status: 0 done; 1 it was tried and failed; 2 refused, nothing was changed; 130 interrupted.";

constexpr const char* k_pull_footer =
    "SOURCE is an address, or owner/repository/file.gguf of Hugging Face (or of $HF_ENDPOINT).\n"
    "The SHA-256 is checked where it is known: --sha256, this program's list of default models, or the hub's word.\n"
    "What has arrived lies beside the file as NAME.part until it is whole; the same command goes on from there.\n"
    "HTTPS_PROXY, HTTP_PROXY and NO_PROXY are used.\n"
    "\n"
    "  inferenceflow models pull https://example.com/models/small.Q4_K_M.gguf --sha256 5f1c…\n";

struct parsed {
  models::command_options common;
  models::pull_options pull;
  std::string name;
  bool json = false;
  bool force = false;
};

void add_common(CLI::App& command, parsed& into, bool uses_config) {
  command.add_option("--folder", into.common.folder, "the model folder; without it $INFERENCEFLOW_HOME/models");
  if (uses_config) {
    command.add_option("-c,--config", into.common.config_path, "YAML configuration file that names models")
        ->capture_default_str();
  }
  command.footer(k_exit_statuses);
}

} // namespace

void add_model_commands(CLI::App& cli, std::function<int()>& chosen) {
  auto* models = cli.add_subcommand("models", "The model files of this machine: list them, get more, remove some");
  models->require_subcommand(1);
  const auto into = std::make_shared<parsed>();
  into->common.config_path = "config/default.yaml";
  const auto choose = [into, &chosen](CLI::App& command, auto run) {
    command.callback([into, &chosen, &command, run] {
      const auto* config = command.get_option_no_throw("--config");
      into->common.config_named = config != nullptr && config->count() > 0;
      chosen = [into, run] { return run(*into); };
    });
  };

  auto* list = models->add_subcommand("list", "What the configuration names and what lies in the model folder");
  add_common(*list, *into, true);
  list->add_flag("--json", into->json, "for programs");
  choose(*list, [](const parsed& given) { return models::list(given.common, given.json); });

  auto* pull = models->add_subcommand("pull", "Get a GGUF file into the model folder");
  pull->add_option("SOURCE", into->pull.source, "where it is")->required();
  pull->add_option("--name", into->pull.file_name, "the file's name here; without it that of the address");
  pull->add_option("--sha256", into->pull.sha256, "what the file must hash to");
  pull->add_option("--ca-file", into->pull.ca_file, "certificates to trust, PEM; without it the system's");
  pull->add_flag("--force", into->pull.force, "replace the file that is there");
  add_common(*pull, *into, false);
  pull->footer(std::string{k_pull_footer} + "\n" + k_exit_statuses);
  choose(*pull, [](const parsed& given) { return models::pull(given.common, given.pull); });

  auto* remove = models->add_subcommand("rm", "Remove a file of the model folder");
  remove->add_option("NAME", into->name, "of the file, or of a configured model")->required();
  remove->add_flag("--force", into->force, "even if the configuration names it");
  add_common(*remove, *into, true);
  choose(*remove, [](const parsed& given) { return models::remove(given.common, given.name, given.force); });
}

} // namespace inferenceflow::app
