#include "config/checks.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace inferenceflow::config {
namespace {

constexpr std::size_t k_name_bytes_max = 128;
constexpr std::size_t k_targets_max = 64;              // of one route, fallbacks included
constexpr std::string_view k_local_provider = "local"; // models of this process as "local/<model>"

constexpr std::string_view k_models = "a model of local.models or providers, provider/model";
constexpr std::string_view k_public_names = "a model of local.models or providers, provider/model, a route";

bool is_model_name(std::string_view name) {
  return !name.empty() && name.size() <= k_name_bytes_max &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_provider_name(std::string_view name) {
  return !name.empty() && name.size() <= k_name_bytes_max && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

class name_checker {
public:
  name_checker(const settings& target, const key_places& places, problem_log& problems)
      : target_(target)
      , places_(places)
      , problems_(problems) {}

  void run() {
    local_models();
    providers();
    routes();
    semantic();
  }

private:
  void error(const std::string& path, std::string_view value, std::string message, std::string allowed = {}) {
    problems_.error(place_of(places_, path), path, value, std::move(message), std::move(allowed));
  }

  void model_name(const std::string& path, const std::string& name) {
    if (places_.contains(path) && !is_model_name(name)) {
      error(path, name, "not a model name", fmt::format("1 to {} visible ASCII characters", k_name_bytes_max));
    }
  }

  void local_models() {
    for (std::size_t i = 0; i < target_.local.models.size(); ++i) {
      const auto& model = target_.local.models[i];
      const auto path = fmt::format("local.models[{}]", i);
      local_name(path + ".name", model.name);
      for (std::size_t j = 0; j < model.aliases.size(); ++j) {
        local_name(fmt::format("{}.aliases[{}]", path, j), model.aliases[j]);
      }
      if (places_.contains(path + ".file") && model.file.empty()) {
        error(path + ".file", {}, "empty file name");
      }
    }
  }

  void local_name(const std::string& path, const std::string& name) {
    model_name(path, name);
    if (places_.contains(path) && !local_names_.insert(name).second) {
      error(path, name, "name of a local model given twice");
    }
  }

  void providers() {
    std::set<std::string> names;
    for (std::size_t i = 0; i < target_.providers.size(); ++i) {
      const auto& provider = target_.providers[i];
      const auto path = fmt::format("providers[{}]", i);
      if (places_.contains(path + ".name")) {
        if (provider.name == k_local_provider) {
          error(path + ".name", provider.name, "this name means the models of this process", "another name");
        } else if (!is_provider_name(provider.name)) {
          error(path + ".name", provider.name, "not a provider name", "letters, digits, '.', '-' and '_'");
        } else if (!names.insert(provider.name).second) {
          error(path + ".name", provider.name, "provider name given twice");
        }
      }
      provider_models(provider, path);
    }
  }

  void provider_models(const provider_settings& provider, const std::string& path) {
    std::set<std::string> own;
    for (std::size_t j = 0; j < provider.models.size(); ++j) {
      const auto& model = provider.models[j];
      const auto name_path = fmt::format("{}.models[{}].name", path, j);
      model_name(name_path, model.name);
      model_name(fmt::format("{}.models[{}].upstream_name", path, j), model.upstream_name);
      if (!own.insert(model.name).second) {
        error(name_path, model.name, "model given twice");
        continue;
      }
      const auto [first, fresh] = offered_.emplace(model.name, provider.name);
      const auto taken_by = local_names_.contains(model.name) ? std::string(k_local_provider)
                            : fresh                           ? std::string{}
                                                              : first->second;
      if (!taken_by.empty()) {
        problems_.warning(place_of(places_, name_path), name_path, model.name,
                          fmt::format("{} offers this name too and comes first; reach this one as {}/{}", taken_by,
                                      provider.name, model.name));
      }
    }
    if (provider.models.empty() && !provider.any_model) {
      problems_.warning(place_of(places_, path), path, provider.name, "no models and any_model is off: never used");
    }
  }

  void routes() {
    for (std::size_t i = 0; i < target_.routes.size(); ++i) {
      const auto& route = target_.routes[i];
      const auto path = fmt::format("routes[{}].model", i);
      model_name(path, route.model);
      if (!routes_.emplace(route.model, i).second) {
        error(path, route.model, "route given twice");
      }
    }
    for (std::size_t i = 0; i < target_.routes.size(); ++i) {
      const auto& route = target_.routes[i];
      const auto path = fmt::format("routes[{}]", i);
      if (!route.target.empty() && !route.targets.empty()) {
        error(path + ".targets", {}, "given beside target", "target or targets");
      }
      if (references(i).size() > k_targets_max) {
        error(path, {}, fmt::format("{} targets and fallbacks", references(i).size()),
              fmt::format("at most {}", k_targets_max));
      }
      std::vector<std::string> walked;
      for (const auto& [key, name] : references(i)) {
        follow(path + key, name, i, walked);
      }
    }
  }

  void semantic() {
    judge("cache.semantic.judge.model", target_.cache.semantic.judge_model);
    bool used = target_.cache.semantic.mode != semantic_mode::off;
    for (std::size_t i = 0; i < target_.routes.size(); ++i) {
      judge(fmt::format("routes[{}].semantic.judge.model", i), target_.routes[i].semantic.judge_model);
      used = used || target_.routes[i].semantic.mode != semantic_mode::off;
    }
    embedder(used);
  }

  void judge(const std::string& path, const std::string& name) {
    if (name.empty()) {
      return;
    }
    if (!is_public(name)) {
      error(path, name, "no such model", std::string(k_public_names));
    } else if (is_local(name, model_kind::embedding)) {
      error(path, name, "this model embeds, it does not answer", "a model that answers chats");
    }
  }

  /// @param used  some name is cached by meaning.
  void embedder(bool used) {
    const std::string path = "cache.semantic_store.embedder";
    const auto& name = target_.cache.semantic_store.embedder;
    if (name.empty()) {
      const auto& models = target_.local.models;
      const bool found = target_.local.enabled && std::any_of(models.begin(), models.end(), [](const auto& model) {
                           return model.kind == model_kind::embedding;
                         });
      if (used && !found) {
        problems_.warning(place_of(places_, path), path, {}, "empty, and there is no local embedding model to take",
                          "name of an embedding model, or hashed");
      }
    } else if (name != k_hashed_embedder && !is_public(name)) {
      error(path, name, "no such model", fmt::format("{}, or {}", k_public_names, k_hashed_embedder));
    } else if (is_local(name, model_kind::chat)) {
      error(path, name, "this model answers chats, it does not embed", "an embedding model");
    }
  }

  [[nodiscard]] bool is_public(const std::string& name) const { return routes_.contains(name) || is_served(name); }

  [[nodiscard]] bool is_local(const std::string& name, model_kind kind) const {
    return std::any_of(target_.local.models.begin(), target_.local.models.end(), [&](const auto& model) {
      return model.kind == kind && !routes_.contains(name) &&
             (model.name == name || std::find(model.aliases.begin(), model.aliases.end(), name) != model.aliases.end());
    });
  }

  struct reference {
    std::string key; ///< below the route's path
    std::string name;
  };
  /// What a route stands for; one without any target means the model of its own name.
  [[nodiscard]] std::vector<reference> references(std::size_t index) const {
    const auto& route = target_.routes[index];
    std::vector<reference> all;
    if (route.targets.empty()) {
      all.push_back(route.target.empty() ? reference{".model", route.model} : reference{".target", route.target});
    }
    for (std::size_t i = 0; i < route.targets.size(); ++i) {
      all.push_back({fmt::format(".targets[{}].target", i), route.targets[i].target});
    }
    for (std::size_t i = 0; i < route.fallbacks.size(); ++i) {
      all.push_back({fmt::format(".fallbacks[{}]", i), route.fallbacks[i]});
    }
    return all;
  }

  /// From route to route until a model. A route that names itself means the model of that name.
  /// @param walked  names of the routes on the way here. @returns false when an error was found.
  // NOLINTNEXTLINE(misc-no-recursion): as deep as there are routes in a row; a circle ends it
  bool follow(const std::string& key, const std::string& name, std::size_t from, std::vector<std::string>& walked) {
    const auto next = routes_.find(name);
    if (next != routes_.end() && sound_.contains(next->second)) {
      return true;
    }
    if (next == routes_.end() || next->second == from) {
      if (!is_served(name) && is_model_name(target_.routes[from].model)) {
        error(key, name, "no such model", fmt::format("{}, or another route", k_models));
        return false;
      }
      return true;
    }
    walked.push_back(target_.routes[from].model);
    if (std::find(walked.begin(), walked.end(), name) != walked.end()) {
      error(key, name, fmt::format("routes lead in a circle: {} -> {}", fmt::join(walked, " -> "), name));
      return false;
    }
    for (const auto& further : references(next->second)) {
      if (!follow(key, further.name, next->second, walked)) {
        return false;
      }
    }
    walked.pop_back();
    sound_.insert(next->second);
    return true;
  }

  [[nodiscard]] bool is_served(const std::string& name) const {
    if (local_names_.contains(name) || offered_.contains(name)) {
      return true;
    }
    const auto slash = name.find('/');
    if (slash == std::string::npos) {
      return false;
    }
    const auto provider_name = name.substr(0, slash);
    const auto model_name = name.substr(slash + 1);
    if (provider_name == k_local_provider) {
      return local_names_.contains(model_name);
    }
    return std::any_of(target_.providers.begin(), target_.providers.end(), [&](const provider_settings& provider) {
      return provider.name == provider_name &&
             ((provider.any_model && !model_name.empty()) ||
              std::any_of(provider.models.begin(), provider.models.end(),
                          [&](const provider_model_settings& model) { return model.name == model_name; }));
    });
  }

  const settings& target_;
  const key_places& places_;
  problem_log& problems_;
  std::set<std::string> local_names_;
  std::map<std::string, std::string> offered_; // model → first provider that offers it
  std::set<std::size_t> sound_;                // routes that lead to models
  std::map<std::string, std::size_t> routes_;  // public name → index
};

} // namespace

void check_names(const settings& target, const key_places& places, problem_log& problems) {
  name_checker(target, places, problems).run();
}

} // namespace inferenceflow::config
