#include "config/suggest.h"

#include <algorithm>
#include <numeric>

namespace inferenceflow::config {
namespace {

std::vector<std::string_view> all_keys(const setting_scope& scope) {
  std::vector<std::string_view> keys;
  for (const auto& row : scope.settings) {
    keys.push_back(row.key);
  }
  for (const auto& row : scope.lists) {
    keys.push_back(row.key);
  }
  for (const auto& row : scope.parts) {
    keys.push_back(row.key);
  }
  return keys;
}

} // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto replace = diagonal + (a[i] == b[j] ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replace, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::vector<std::string> keys_at(const setting_scope& scope, std::string_view inner) {
  std::vector<std::string> names;
  for (const auto key : all_keys(scope)) {
    if (key.starts_with(inner)) {
      const auto rest = key.substr(inner.size());
      std::string name(rest.substr(0, rest.find('.')));
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(std::move(name));
      }
    }
  }
  return names;
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& known) {
  if (word.empty() || word.size() > k_suggest_bytes_max) {
    return {};
  }
  std::string best;
  auto best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const auto& name : known) {
    const auto distance = edit_distance(word, name);
    if (distance < best_distance && distance < name.size()) {
      best_distance = distance;
      best = name;
    }
  }
  return best;
}

std::string nearest_key(std::string_view word, const setting_scope& scope, std::string_view inner) {
  if (word.empty() || word.size() > k_suggest_bytes_max) {
    return {};
  }
  for (const auto key : all_keys(scope)) {
    if (key == word || (key.ends_with(word) && key[key.size() - word.size() - 1] == '.')) {
      return std::string(key);
    }
  }
  return nearest_word(word, keys_at(scope, inner));
}

} // namespace inferenceflow::config
