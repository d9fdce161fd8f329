#include "app/commands.h"

#include "app/application.h"
#include "app/compose.h"
#include "app/control.h"
#include "config/document.h"
#include "config/load.h"
#include "config/presets.h"
#include "files/pending_file.h"

#include <fmt/format.h>
#include <iostream>

namespace inferenceflow::app {

namespace {

void print_problems(const config::load_outcome& loaded) {
  for (const auto& problem : loaded.problems) {
    std::cerr << config::to_string(problem) << '\n';
  }
}

} // namespace

int serve(const std::string& config_path, const std::string& port_file) {
  auto loaded = config::load_settings(config_path, config::process_environment());
  print_problems(loaded);
  if (!loaded.ok()) {
    std::cerr << config_path << ": not served; `inferenceflow check-config " << config_path << "` checks it again\n";
    return 1;
  }
  block_signals();
  application gateway{config_path, std::move(loaded.value)};
  const auto port = gateway.start();
  if (!port) {
    std::cerr << "inferenceflow: " << port.error().message << '\n';
    return 1;
  }
  if (!port_file.empty()) {
    if (const auto written = files::replace_file(port_file, fmt::format("{}\n", *port)); !written) {
      std::cerr << "inferenceflow: port file: " << written.error().message << '\n';
      return 1;
    }
  }
  wait_for_signals([&gateway] { gateway.reload(); });
  gateway.shut_down();
  return 0;
}

int check_config(const std::string& config_path) {
  const auto loaded = config::load_settings(config_path, config::process_environment());
  print_problems(loaded);
  if (!loaded.ok()) {
    return 1;
  }
  if (const auto prices = make_prices(loaded.value); !prices) {
    std::cerr << prices.error().message << '\n';
    return 1;
  }
  std::cout << config_path << ": ok\n";
  return 0;
}

int print_settings(bool as_yaml) {
  std::cout << (as_yaml ? config::settings_yaml(config::settings{}) : config::settings_markdown());
  return 0;
}

int print_presets() {
  std::cout << config::presets_markdown();
  return 0;
}

} // namespace inferenceflow::app
