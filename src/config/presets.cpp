#include "config/presets.h"

#include "config/builtin_presets.h"
#include "config/checks.h"
#include "config/setting_rows.h"
#include "config/suggest.h"
#include "config/value.h"
#include "config/yaml_tree.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::config {
namespace {

struct preset_file {
  std::vector<provider_settings> presets;
};

const list_setting k_preset_lists[] = {
    rows::list_at<&preset_file::presets>::row("presets", &rows::k_provider_scope, {}, k_presets_max, "Presets."),
};
const setting_scope k_preset_file_scope{{}, k_preset_lists};

const preset* find_preset(const std::vector<preset>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const preset& one) { return one.value.name == name; });
  return found == all.end() ? nullptr : &*found;
}

bool names_keys(std::string_view key) {
  return key == "api_key_env" || key == "api_keys_env" || key == "api_key_file";
}

/// Copies a value of one provider to another, whatever its kind.
void copy_value(const setting& row, provider_settings& from, provider_settings& to) {
  const auto source = row.at(&from);
  const auto target = row.at(&to);
  std::visit(
      [&source](const auto& into) {
        using place = std::decay_t<decltype(into)>;
        const auto& value = std::get<place>(source);
        if constexpr (std::is_same_v<place, word_ref>) {
          *into.index = *value.index;
        } else {
          *into = *value;
        }
      },
      target);
}

class preset_filler {
public:
  preset_filler(provider_settings& provider, const std::string& path, const key_places& places)
      : provider_(provider)
      , path_(path)
      , places_(places) {}

  void fill(const preset& with) {
    provider_settings values = with.value;
    const bool own_keys = says("api_key_env") || says("api_keys_env") || says("api_key_file");
    for (const setting& row : rows::k_provider_scope.settings) {
      const std::string key{row.key};
      if (!with.given.contains(key) || key == "name") {
        continue;
      }
      if (key == "headers") {
        add_headers(values.headers);
      } else if (!says(key) && !(own_keys && names_keys(key))) {
        copy_value(row, values, provider_);
      }
    }
  }

private:
  [[nodiscard]] bool says(const std::string& key) const { return places_.contains(path_ + "." + key); }

  void add_headers(const std::vector<std::pair<std::string, std::string>>& from) {
    auto& own = provider_.headers;
    for (const auto& field : from) {
      if (std::none_of(own.begin(), own.end(), [&](const auto& one) { return one.first == field.first; })) {
        own.push_back(field);
      }
    }
  }

  provider_settings& provider_;
  const std::string& path_;
  const key_places& places_;
};

std::vector<std::string> names_of(const std::vector<preset>& all) {
  std::vector<std::string> names;
  std::transform(all.begin(), all.end(), std::back_inserter(names), [](const preset& one) { return one.value.name; });
  return names;
}

std::vector<preset> read_file(const std::string& file, const environment& env, const file_reader& files,
                              std::vector<problem>& problems) {
  problem_log log{file};
  std::vector<preset> found;
  if (const auto text = files ? files(file, k_config_bytes_max) : std::nullopt) {
    found = read_presets(*text, env, log);
  } else {
    log.error({}, {}, {}, fmt::format("cannot be read, or is longer than {} bytes", k_config_bytes_max));
  }
  auto wrong = log.take();
  problems.insert(problems.end(), wrong.begin(), wrong.end());
  return found;
}

std::vector<preset> read_builtin() {
  problem_log log{"data/presets.yaml"};
  return read_presets(builtin_presets(), {}, log);
}

} // namespace

std::vector<preset> read_presets(std::string_view text, const environment& env, problem_log& problems) {
  preset_file file;
  const auto tree = parse_yaml(text, problems);
  if (!tree) {
    return {};
  }
  binder bound(problems, env, {});
  bound.bind(*tree, k_preset_file_scope, &file);
  std::vector<preset> found;
  for (std::size_t i = 0; i < file.presets.size(); ++i) {
    const auto path = fmt::format("presets[{}]", i);
    preset one{.value = std::move(file.presets[i]), .given = {}};
    for (const setting& row : rows::k_provider_scope.settings) {
      if (bound.places().contains(path + "." + std::string(row.key))) {
        one.given.emplace(row.key);
      }
    }
    const auto wrong = [&](const std::string& key, std::string message) {
      problems.error(place_of(bound.places(), path + "." + key), path + "." + key, {}, std::move(message));
    };
    if (!one.value.models.empty()) {
      wrong("models", "a preset offers no models: they belong to the provider that uses it");
    }
    if (one.given.contains("preset")) {
      wrong("preset", "a preset does not build on another");
    }
    if (find_preset(found, one.value.name) != nullptr) {
      wrong("name", "preset given twice");
    }
    found.push_back(std::move(one));
  }
  return found;
}

void apply_presets(settings& target, const key_places& places, const environment& env, const file_reader& files,
                   problem_log& problems, std::vector<problem>& file_problems) {
  const bool wanted = std::any_of(target.providers.begin(), target.providers.end(),
                                  [](const provider_settings& one) { return !one.preset.empty(); });
  std::vector<preset> all;
  if (!target.presets_file.empty()) {
    all = read_file(target.presets_file, env, files, file_problems);
  }
  if (!wanted) {
    return;
  }
  for (auto& builtin : read_builtin()) {
    if (find_preset(all, builtin.value.name) == nullptr) {
      all.push_back(std::move(builtin));
    }
  }
  for (std::size_t i = 0; i < target.providers.size(); ++i) {
    auto& provider = target.providers[i];
    if (provider.preset.empty()) {
      continue;
    }
    const auto path = fmt::format("providers[{}]", i);
    if (const preset* found = find_preset(all, provider.preset)) {
      preset_filler(provider, path, places).fill(*found);
      if (provider.base_url.empty()) {
        problems.error(place_of(places, path + ".base_url"), path + ".base_url", {},
                       fmt::format("missing: preset {} has no address of its own", provider.preset),
                       "http or https address");
      }
      continue;
    }
    const auto names = names_of(all);
    const auto near = nearest_word(provider.preset, names);
    problems.error(place_of(places, path + ".preset"), path + ".preset", provider.preset,
                   near.empty() ? "unknown preset" : fmt::format("unknown preset; did you mean {}?", near),
                   fmt::format("{}", fmt::join(names, ", ")));
  }
}

std::string presets_markdown() {
  std::string out = "| Preset | Address | Protocol | Key | Dialect |\n|---|---|---|---|---|\n";
  const auto row_of = [](std::string_view key) -> const setting& {
    return *std::find_if(rows::k_provider_scope.settings.begin(), rows::k_provider_scope.settings.end(),
                         [&](const setting& row) { return row.key == key; });
  };
  for (auto& one : read_builtin()) {
    auto& value = one.value;
    const auto code = [](const std::string& text) { return text.empty() ? text : "`" + text + "`"; };
    out += fmt::format("| `{}` | {} | {} | {} | {} |\n", value.name,
                       value.base_url.empty() ? "the entry's own `base_url`" : code(value.base_url),
                       format_value(row_of("protocol"), &value), code(value.api_key_env),
                       value.protocol == dialogue::protocol::openai_chat ? format_value(row_of("dialect"), &value)
                                                                         : std::string{});
  }
  return out;
}

} // namespace inferenceflow::config
