#include "config/bind.h"

#include "config/suggest.h"
#include "config/value.h"

#include <filesystem>
#include <fmt/format.h>
#include <set>

namespace inferenceflow::config {
namespace {

std::string_view describe(node_kind kind) {
  switch (kind) {
  case node_kind::null: return "nothing";
  case node_kind::scalar: return "a plain value";
  case node_kind::sequence: return "a sequence";
  case node_kind::mapping: return "a mapping";
  }
  return {};
}

bool holds_part(const setting_scope& scope, const std::string& prefix) {
  for (const auto& row : scope.settings) {
    if (row.key.starts_with(prefix)) {
      return true;
    }
  }
  for (const auto& row : scope.lists) {
    if (row.key.starts_with(prefix)) {
      return true;
    }
  }
  return false;
}

} // namespace

std::string absolute_file(std::string name, const std::string& folder, const environment& env) {
  if (name.empty() || name == "-" || name == ":memory:") {
    return name;
  }
  if (name.starts_with("~/")) {
    const auto home = env ? env("HOME") : std::nullopt;
    return home && !home->empty() ? *home + name.substr(1) : name;
  }
  const std::filesystem::path path(name);
  if (path.is_absolute() || folder.empty()) {
    return name;
  }
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

void binder::bind(const yaml_node& root, settings& target) {
  bind(root, root_scope(), &target);
}

void binder::bind(const yaml_node& root, const setting_scope& scope, void* object) {
  if (root.kind == node_kind::null) {
    return;
  }
  if (root.kind != node_kind::mapping) {
    problems_.error(root.at, {}, root.text, fmt::format("the file holds {}", describe(root.kind)),
                    "a mapping of settings");
    return;
  }
  mapping(root, {scope, object, {}, {}});
}

void binder::mapping(const yaml_node& node, const level& here) {
  std::set<std::string_view> seen;
  for (const auto& [key, content] : node.members) {
    if (!seen.insert(key->text).second) {
      problems_.error(key->at, here.scope_path + here.inner + key->text, {}, "key given twice", "each key once");
      continue;
    }
    member(*key, *content, here);
  }
}

void binder::member(const yaml_node& key, const yaml_node& content, const level& here) {
  const auto inner = here.inner + key.text;
  const auto path = here.scope_path + inner;
  if (key.text.find('.') != std::string::npos) { // "server.port: 1" is no path: levels are nested mappings
    unknown_key(key, path, here);
    return;
  }
  for (const auto& row : here.scope.settings) {
    if (row.key == inner) {
      value(row, content, path, here.object);
      return;
    }
  }
  for (const auto& row : here.scope.lists) {
    if (row.key == inner) {
      list(row, content, path, here.object);
      return;
    }
  }
  for (const auto& row : here.scope.parts) {
    if (row.key == inner) {
      part(row, content, path, here.object);
      return;
    }
  }
  if (!holds_part(here.scope, inner + ".")) {
    unknown_key(key, path, here);
  } else if (content.kind == node_kind::mapping) {
    mapping(content, {here.scope, here.object, here.scope_path, inner + "."});
  } else if (content.kind != node_kind::null) {
    problems_.error(content.at, path, content.text, fmt::format("wrong type: {}", describe(content.kind)), "a mapping");
  }
}

void binder::part(const part_setting& row, const yaml_node& node, const std::string& path, void* owner) {
  if (node.kind == node_kind::mapping) {
    mapping(node, {*row.scope, row.at(owner), path + ".", {}});
  } else if (node.kind != node_kind::null) {
    problems_.error(node.at, path, node.text, fmt::format("wrong type: {}", describe(node.kind)), "a mapping");
  }
}

void binder::value(const setting& row, const yaml_node& node, const std::string& path, void* object) {
  if (node.kind == node_kind::null) {
    return; // "key:" with nothing behind it keeps the default
  }
  places_[path] = node.at;
  switch (row.kind) {
  case value_kind::text_list: text_list(row, node, path, object); break;
  case value_kind::text_map: text_map(row, node, path, object); break;
  default: scalar(row, node, path, object);
  }
}

std::optional<std::string> binder::text_of(const yaml_node& node, const std::string& path, std::string_view wanted,
                                           bool secret) {
  if (node.kind != node_kind::scalar) {
    problems_.error(node.at, path, {}, fmt::format("wrong type: {}", describe(node.kind)), std::string(wanted));
    return std::nullopt;
  }
  auto text = expand(node.text, env_);
  if (!text) {
    problems_.error(node.at, path, secret ? std::string{} : node.text, text.error().message,
                    "a variable that is set, or ${NAME:-default}");
    return std::nullopt;
  }
  return *std::move(text);
}

void binder::scalar(const setting& row, const yaml_node& node, const std::string& path, void* object) {
  const auto allowed = allowed_values(row);
  auto text = text_of(node, path, allowed, row.secret);
  if (!text) {
    return;
  }
  if (row.kind == value_kind::file) {
    text = absolute_file(*std::move(text), folder_, env_);
  }
  if (const auto wrong = parse_value(row, *text, object)) {
    problems_.error(node.at, path, *text, *wrong, allowed);
  }
}

void binder::text_list(const setting& row, const yaml_node& node, const std::string& path, void* object) {
  if (node.kind != node_kind::sequence) {
    problems_.error(node.at, path, node.text, fmt::format("wrong type: {}", describe(node.kind)), allowed_values(row));
    return;
  }
  if (node.items.size() > k_list_entries_max) {
    problems_.error(node.at, path, {}, "too many entries", fmt::format("at most {}", k_list_entries_max));
    return;
  }
  auto& list = *std::get<std::vector<std::string>*>(row.at(object));
  list.clear();
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const auto item_path = fmt::format("{}[{}]", path, i);
    places_[item_path] = node.items[i]->at;
    if (auto text = text_of(*node.items[i], item_path, "text")) {
      list.push_back(*std::move(text));
    }
  }
}

void binder::text_map(const setting& row, const yaml_node& node, const std::string& path, void* object) {
  if (node.kind != node_kind::mapping) {
    problems_.error(node.at, path, node.text, fmt::format("wrong type: {}", describe(node.kind)), allowed_values(row));
    return;
  }
  if (node.members.size() > k_list_entries_max) {
    problems_.error(node.at, path, {}, "too many entries", fmt::format("at most {}", k_list_entries_max));
    return;
  }
  auto& map = *std::get<std::vector<std::pair<std::string, std::string>>*>(row.at(object));
  map.clear();
  std::set<std::string_view> seen;
  for (const auto& [key, content] : node.members) {
    const auto item_path = path + "." + key->text;
    places_[item_path] = key->at;
    if (!seen.insert(key->text).second) {
      problems_.error(key->at, item_path, {}, "key given twice", "each key once");
    } else if (auto text = text_of(*content, item_path, "text")) {
      map.emplace_back(key->text, *std::move(text));
    }
  }
}

void binder::list(const list_setting& row, const yaml_node& node, const std::string& path, void* owner) {
  if (node.kind == node_kind::null) {
    return;
  }
  places_[path] = node.at;
  if (node.kind != node_kind::sequence) {
    problems_.error(node.at, path, node.text, fmt::format("wrong type: {}", describe(node.kind)), "a sequence");
    return;
  }
  if (node.items.size() > row.entries_max) {
    problems_.error(node.at, path, {}, "too many entries", fmt::format("at most {}", row.entries_max));
    return;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    entry(row, *node.items[i], fmt::format("{}[{}]", path, i), row.append(owner));
  }
}

void binder::entry(const list_setting& row, const yaml_node& node, const std::string& path, void* object) {
  places_[path] = node.at;
  if (node.kind == node_kind::mapping) {
    mapping(node, {*row.entry, object, path + ".", {}});
  } else if (node.kind == node_kind::scalar && !row.shorthand.empty()) {
    for (const auto& key : row.entry->settings) {
      if (key.key == row.shorthand) {
        value(key, node, path + "." + std::string(key.key), object);
      }
    }
  } else {
    problems_.error(node.at, path, node.text, fmt::format("wrong type: {}", describe(node.kind)),
                    row.shorthand.empty() ? "a mapping" : fmt::format("a {} or a mapping", row.shorthand));
    return;
  }
  for (const auto& key : row.entry->settings) {
    const auto key_path = path + "." + std::string(key.key);
    if (key.required && !places_.contains(key_path)) {
      problems_.error(node.at, key_path, {}, "missing", allowed_values(key));
    }
  }
}

void binder::unknown_key(const yaml_node& key, const std::string& path, const level& here) {
  const auto known = keys_at(here.scope, here.inner);
  std::string message = "unknown key";
  if (const auto near = nearest_key(key.text, here.scope, here.inner); !near.empty()) {
    message += fmt::format("; did you mean {}?", near);
  }
  problems_.error(key.at, path, {}, std::move(message), fmt::format("{}", fmt::join(known, ", ")));
}

} // namespace inferenceflow::config
