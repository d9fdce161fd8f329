#include "config/load.h"

#include "config/bind.h"
#include "config/checks.h"
#include "config/presets.h"
#include "config/yaml_tree.h"
#include "files/read_whole.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fmt/format.h>

namespace inferenceflow::config {
namespace {

load_outcome failed(const std::string& name, std::string message) {
  return {{}, {{severity::error, name, {}, {}, {}, std::move(message), {}}}};
}

} // namespace

environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str()); // NOLINT(concurrency-mt-unsafe): nobody calls setenv
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

file_reader disk_files() {
  return [](const std::string& path, std::size_t bytes_max) -> std::optional<std::string> {
    auto text = files::read_whole(path, bytes_max);
    return text ? std::optional<std::string>(std::move(*text)) : std::nullopt;
  };
}

bool load_outcome::ok() const {
  return std::none_of(problems.begin(), problems.end(), [](const problem& p) { return p.level == severity::error; });
}

load_outcome load_settings(const std::string& path, const environment& env) {
  const auto text = files::read_whole(path, k_config_bytes_max);
  if (!text) {
    return failed(path, text.error().message);
  }
  std::error_code failure;
  const auto whole = std::filesystem::absolute(path, failure);
  return load_settings_from_text(*text, path, failure ? std::string{} : whole.parent_path().string(), env,
                                 disk_files());
}

load_outcome load_settings_from_text(std::string_view text, const std::string& name, const std::string& folder,
                                     const environment& env, const file_reader& files) {
  if (text.size() > k_config_bytes_max) {
    return failed(name, fmt::format("is longer than {} bytes", k_config_bytes_max));
  }
  try {
    problem_log problems(name);
    load_outcome outcome;
    if (const auto tree = parse_yaml(text, problems)) {
      binder bound(problems, env, folder);
      bound.bind(*tree, outcome.value);
      apply_presets(outcome.value, bound.places(), env, files, problems, outcome.problems);
      apply_environment(outcome.value, bound.places(), env, problems);
      resolve_providers(outcome.value, bound.places(), env, files, problems);
      resolve_resilience(outcome.value, bound.places(), problems);
      resolve_cache(outcome.value, bound.places(), env, problems);
      resolve_routing(outcome.value, bound.places(), problems);
      check_names(outcome.value, bound.places(), problems);
      check_combinations(outcome.value, bound.places(), problems);
    }
    auto found = problems.take();
    outcome.problems.insert(outcome.problems.begin(), found.begin(), found.end());
    return outcome;
  } catch (const std::exception& unexpected) { // out of memory, or a library that throws where it says it does not
    return failed(name, fmt::format("cannot be loaded: {}", unexpected.what()));
  }
}

} // namespace inferenceflow::config
