#include "config/checks.h"
#include "config/value.h"

namespace inferenceflow::config {

namespace {

/// Blocks that stand in several places take a variable where they stand outermost.
void apply_to_parts(settings& target, const environment& env, problem_log& problems) {
  for (const auto& block : root_scope().parts) {
    for (const auto& row : block.scope->settings) {
      const auto from_env = row.env.empty() || !env ? std::nullopt : env(row.env);
      if (!from_env || from_env->empty()) {
        continue;
      }
      if (const auto wrong = parse_value(row, *from_env, block.at(&target))) {
        problems.environment_error(std::string(row.env), *from_env, *wrong, allowed_values(row));
      }
    }
  }
}

} // namespace

void apply_environment(settings& target, const key_places& places, const environment& env, problem_log& problems) {
  apply_to_parts(target, env, problems);
  for (const auto& row : root_scope().settings) {
    const auto from_env = row.env.empty() || !env ? std::nullopt : env(row.env);
    if (from_env && !from_env->empty()) {
      if (const auto wrong = parse_value(row, *from_env, &target)) {
        problems.environment_error(std::string(row.env), *from_env, *wrong, allowed_values(row));
      }
      continue;
    }
    if ((row.kind != value_kind::text && row.kind != value_kind::file) || places.contains(row.key)) {
      continue;
    }
    auto& text = *std::get<std::string*>(row.at(&target));
    if (text.find("${") == std::string::npos) {
      continue;
    }
    if (auto expanded = expand(text, env)) {
      text = *std::move(expanded);
    } else {
      problems.error({}, std::string(row.key), text, expanded.error().message);
    }
  }
}

location place_of(const key_places& places, std::string_view path) {
  while (!path.empty()) {
    if (const auto found = places.find(path); found != places.end()) {
      return found->second;
    }
    const auto cut = path.find_last_of(".[");
    path = path.substr(0, cut == std::string_view::npos ? 0 : cut);
  }
  return {};
}

} // namespace inferenceflow::config
