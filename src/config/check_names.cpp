#include "config/checks.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace inferenceflow::config {
namespace {

constexpr std::size_t k_name_bytes_max = 128;
constexpr std::string_view k_local_provider = "local"; // models of this process as "local/<model>"

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
      if (!routes_.emplace(route.model, route.target.empty() ? route.model : route.target).second) {
        error(path, route.model, "route given twice");
      }
    }
    for (std::size_t i = 0; i < target_.routes.size(); ++i) {
      follow(fmt::format("routes[{}]", i), target_.routes[i]);
    }
  }

  // Walks from route to route until a model; a route to its own name ends there and means that model.
  void follow(const std::string& path, const route_settings& route) {
    if (!is_model_name(route.model)) {
      return;
    }
    const auto key = route.target.empty() ? path + ".model" : path + ".target";
    std::set<std::string> walked;
    std::string at = route.model;
    while (true) {
      const auto next = routes_.find(at);
      if (next == routes_.end() || next->second == at) {
        break;
      }
      if (!walked.insert(at).second) {
        error(key, route.target, fmt::format("routes lead in a circle: {}", fmt::join(walked, " -> ")));
        return;
      }
      at = next->second;
    }
    if (!is_served(at)) {
      error(key, at, "no such model", "a model of local.models or providers, provider/model, or another route");
    }
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
  std::map<std::string, std::string> routes_;  // public name → target
};

} // namespace

void check_names(const settings& target, const key_places& places, problem_log& problems) {
  name_checker(target, places, problems).run();
}

} // namespace inferenceflow::config
