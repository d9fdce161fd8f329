// Flags → config → app.
#include "app/cache_commands.h"
#include "app/codecs.h"
#include "app/commands.h"
#include "app/model_commands.h"
#include "app/replay_commands.h"
#include "app/router/command.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

int main(int argc, char** argv) {
  namespace app = inferenceflow::app;
  CLI::App cli{"InferenceFlow: an LLM inference gateway that makes inference cheaper without making it worse",
               "inferenceflow"};
  cli.set_version_flag("--version", IFLOW_VERSION);
  cli.require_subcommand(1);
  std::string config_path = "config/default.yaml";
  std::string port_file;
  bool as_yaml = false;
  std::function<int()> chosen;

  auto* serve = cli.add_subcommand("serve", "Serve until SIGTERM; SIGHUP reloads the configuration");
  serve->add_option("-c,--config", config_path, "YAML configuration file")->capture_default_str();
  serve->add_option("--port-file", port_file, "write the port here once it is bound (useful with port 0)");
  serve->callback([&] { chosen = [&] { return app::serve(config_path, port_file); }; });

  auto* check =
      cli.add_subcommand("check-config", "Name every wrong key of a configuration: line, value, what is allowed");
  check->add_option("file", config_path, "YAML configuration file")->capture_default_str();
  check->add_option("-c,--config", config_path, "the same as FILE");
  check->callback([&] { chosen = [&] { return app::check_config(config_path); }; });

  auto* settings = cli.add_subcommand("settings", "Print every setting: default, bounds, environment name, meaning");
  settings->add_flag("--yaml", as_yaml, "as a YAML file that holds the defaults");
  bool as_markdown = false;
  settings->add_flag("--markdown", as_markdown, "as a Markdown table (the default)");
  settings->callback([&] { chosen = [&] { return app::print_settings(as_yaml); }; });

  auto* presets = cli.add_subcommand("presets", "Print the built-in presets of providers, as a Markdown table");
  presets->footer("In a configuration: providers: [{name: mine, preset: groq, models: [...]}]\n"
                  "More of them: presets_file");
  presets->callback([&] { chosen = [] { return app::print_presets(); }; });

  app::add_cache_commands(cli, chosen);
  app::add_model_commands(cli, chosen);
  app::add_router_commands(cli, chosen, app::make_codecs);
  app::add_replay_command(cli, chosen);

  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& found) { // also how --help ends
    constexpr int k_usage = 2;
    return cli.exit(found) == 0 ? 0 : k_usage;
  }
  return chosen();
}
