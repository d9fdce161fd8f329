#include "app/commands.h"

#include "app/application.h"
#include "app/compose.h"
#include "app/control.h"
#include "config/document.h"
#include "config/load.h"
#include "config/presets.h"

#include <cstdio>
#include <fstream>
#include <iostream>

namespace inferenceflow::app {

namespace {

void print_problems(const config::load_outcome& loaded) {
  for (const auto& problem : loaded.problems) {
    std::cerr << config::to_string(problem) << '\n';
  }
}

bool write_port(const std::string& path, std::uint16_t port) {
  // Written beside and renamed, so that whoever waits for the file never reads half of it.
  const std::string beside = path + ".new";
  std::ofstream out{beside, std::ios::trunc};
  out << port << '\n';
  out.close();
  return out.good() && std::rename(beside.c_str(), path.c_str()) == 0;
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
  if (!port_file.empty() && !write_port(port_file, *port)) {
    std::cerr << "inferenceflow: cannot write the port file " << port_file << '\n';
    return 1;
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
