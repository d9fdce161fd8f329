#include "config/document.h"

#include "config/value.h"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace inferenceflow::config {
namespace {

std::string cell(std::string text) {
  for (auto at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) {
    text.insert(at, 1, '\\');
  }
  return text;
}

void table_rows(const setting_scope& scope, void* defaults, const std::string& prefix, std::string& out) {
  for (const auto& row : scope.settings) {
    const auto standard = row.required ? std::string("required") : "`" + format_value(row, defaults) + "`";
    out +=
        fmt::format("| `{}{}` | {} | {} | {} | {} | {} |\n", prefix, row.key, cell(allowed_values(row)), cell(standard),
                    row.env.empty() ? "" : fmt::format("`{}`", row.env),
                    row.effect == takes_effect::live ? "at reload" : "at restart", cell(std::string(row.description)));
  }
  for (const auto& part : scope.parts) {
    const auto path = prefix + std::string(part.key);
    if (!part.home.empty()) {
      out += fmt::format("| `{0}` | mapping | `{{}}` | | at reload | The keys of `{1}`, for this entry alone; what it "
                         "does not say is taken from there. |\n",
                         path, part.home);
    } else {
      table_rows(*part.scope, part.at(defaults), path + ".", out);
    }
  }
  for (const auto& list : scope.lists) {
    out += fmt::format("| `{}{}` | sequence, at most {} entries | `[]` | | | {} |\n", prefix, list.key,
                       list.entries_max, cell(std::string(list.description)));
    // A fresh entry carries the defaults of its keys; the owner is a throw-away object.
    table_rows(*list.entry, list.append(defaults), prefix + std::string(list.key) + "[].", out);
  }
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' || text[i] == '\\') {
      out += '\\';
    }
    // A literal ${ must not be taken for a variable when the text is loaded again.
    if (text[i] == '$' && text.substr(i).starts_with("${")) {
      out += '$';
    }
    out += text[i];
  }
  return out + "\"";
}

std::string yaml_value(const setting& row, void* object) {
  const auto ref = row.at(object);
  if (const auto* const* text = std::get_if<std::string*>(&ref)) {
    return row.secret && !(*text)->empty() ? "\"***\"" : quoted(**text);
  }
  if (const auto* const* list = std::get_if<std::vector<std::string>*>(&ref)) {
    std::vector<std::string> parts;
    std::transform((*list)->begin(), (*list)->end(), std::back_inserter(parts), quoted);
    return fmt::format("[{}]", fmt::join(parts, ", "));
  }
  if (const auto* const* map = std::get_if<std::vector<std::pair<std::string, std::string>>*>(&ref)) {
    std::vector<std::string> parts;
    for (const auto& [name, content] : **map) {
      parts.push_back(quoted(name) + ": " + quoted(content));
    }
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }
  return format_value(row, object);
}

void yaml_level(const setting_scope& scope, void* object, const std::string& inner, std::size_t indent,
                std::string& out) {
  const std::string pad(indent, ' ');
  std::vector<std::string> done;
  const auto member = [&](std::string_view key) {
    auto name = std::string(key.substr(inner.size()));
    const auto dot = name.find('.');
    name.resize(std::min(dot, name.size()));
    if (std::find(done.begin(), done.end(), name) != done.end()) {
      return std::pair{std::string{}, false};
    }
    done.push_back(name);
    return std::pair{name, dot != std::string::npos};
  };
  const auto nested = [&](const std::string& name) {
    out += fmt::format("{}{}:\n", pad, name);
    yaml_level(scope, object, inner + name + ".", indent + 2, out);
  };
  for (const auto& row : scope.settings) {
    if (!row.key.starts_with(inner)) {
      continue;
    }
    const auto [name, is_nested] = member(row.key);
    if (is_nested) {
      nested(name);
    } else if (!name.empty()) {
      out += fmt::format("{}{}: {} # {}\n", pad, name, yaml_value(row, object), row.description);
    }
  }
  for (const auto& part : scope.parts) {
    if (!part.key.starts_with(inner)) {
      continue;
    }
    const auto [name, is_nested] = member(part.key);
    if (is_nested) {
      nested(name);
    } else if (!name.empty()) {
      out += fmt::format("{}{}:\n", pad, name);
      yaml_level(*part.scope, part.at(object), {}, indent + 2, out);
    }
  }
  for (const auto& list : scope.lists) {
    if (!list.key.starts_with(inner)) {
      continue;
    }
    const auto [name, is_nested] = member(list.key);
    if (is_nested) {
      nested(name);
      continue;
    }
    if (name.empty()) {
      continue;
    }
    out += fmt::format("{}{}:{} # {}\n", pad, name, list.size(object) == 0 ? " []" : "", list.description);
    for (std::size_t i = 0; i < list.size(object); ++i) {
      out += pad + "  -\n";
      yaml_level(*list.entry, list.entry_at(object, i), {}, indent + 4, out);
    }
  }
}

} // namespace

std::string settings_markdown() {
  settings defaults;
  std::string out =
      "| Key | Allowed | Default | Environment | Change takes effect | Meaning |\n|---|---|---|---|---|---|\n";
  table_rows(root_scope(), &defaults, {}, out);
  return out;
}

std::string settings_yaml(const settings& value) {
  auto copy = value;
  std::string out;
  yaml_level(root_scope(), &copy, {}, 0, out);
  return out;
}

} // namespace inferenceflow::config
