#include "config/load.h"

#include "config/bind.h"
#include "config/checks.h"
#include "config/presets.h"
#include "config/yaml_tree.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>

namespace inferenceflow::config {
namespace {

struct file_content {
  std::string text;
  std::string failure; ///< empty when read
};

file_content read_bounded(const std::string& path, std::size_t bytes_max) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return {{}, "is a folder"};
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return {{}, fmt::format("cannot be read: {}", std::strerror(errno))};
  }
  std::string text(bytes_max + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) {
    return {{}, "cannot be read"};
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > bytes_max) {
    return {{}, fmt::format("is longer than {} bytes", bytes_max)};
  }
  return {std::move(text), {}};
}

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
    auto content = read_bounded(path, bytes_max);
    return content.failure.empty() ? std::optional<std::string>(std::move(content.text)) : std::nullopt;
  };
}

bool load_outcome::ok() const {
  return std::none_of(problems.begin(), problems.end(), [](const problem& p) { return p.level == severity::error; });
}

load_outcome load_settings(const std::string& path, const environment& env) {
  auto content = read_bounded(path, k_config_bytes_max);
  if (!content.failure.empty()) {
    return failed(path, content.failure);
  }
  std::error_code failure;
  const auto whole = std::filesystem::absolute(path, failure);
  return load_settings_from_text(content.text, path, failure ? std::string{} : whole.parent_path().string(), env,
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
