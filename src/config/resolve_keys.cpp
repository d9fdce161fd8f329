#include "config/checks.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace inferenceflow::config {
namespace {

/// A key, and the setting that brought it: problems name the place, never the key.
struct found_key {
  std::string secret;
  std::string setting; ///< below the provider, e.g. "api_keys_env[1]"
};

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  text.erase(0, text.find_first_not_of(" \t\r\n"));
  return text;
}

bool fits_a_header(std::string_view secret) {
  return !secret.empty() && secret.size() <= k_secret_bytes_max &&
         std::all_of(secret.begin(), secret.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// Finds the keys of one provider; `path` is its key path.
class key_resolver {
public:
  key_resolver(provider_settings& provider, const std::string& path, const key_places& places, const environment& env,
               problem_log& problems)
      : provider_(provider)
      , path_(path)
      , places_(places)
      , env_(env)
      , problems_(problems) {}

  void resolve(const file_reader& files) {
    const bool from_variables = !provider_.api_key_env.empty() || !provider_.api_keys_env.empty();
    if (from_variables && !provider_.api_key_file.empty()) {
      error("api_key_file", provider_.api_key_file, "keys from the environment and from a file are both set",
            "one of api_key_env with api_keys_env, and api_key_file");
    } else if (from_variables) {
      read_variables();
    } else if (!provider_.api_key_file.empty()) {
      read_file(files);
    } // else an upstream without a key, such as a server on this machine
  }

private:
  void error(const std::string& key, std::string_view value, std::string message, std::string allowed = {}) {
    const auto path = path_ + "." + key;
    problems_.error(place_of(places_, path), path, value, std::move(message), std::move(allowed));
  }

  void warning(const std::string& key, std::string message) {
    const auto path = path_ + "." + key;
    problems_.warning(place_of(places_, path), path, {}, std::move(message));
  }

  void disable(const std::string& key, std::string reason) {
    const auto& signing = provider_.aws.access_key_id_env;
    if (provider_.protocol == dialogue::protocol::bedrock && env_ && env_(signing).has_value()) {
      return; // its requests can be signed
    }
    if (provider_.protocol == dialogue::protocol::bedrock) {
      reason += fmt::format(", nor is {}", signing);
    }
    provider_.disabled_reason = std::move(reason);
    warning(key, "provider disabled: " + provider_.disabled_reason);
  }

  void read_variables() {
    std::vector<std::pair<std::string, std::string>> named; // variable, setting
    if (!provider_.api_key_env.empty()) {
      named.emplace_back(provider_.api_key_env, "api_key_env");
    }
    for (std::size_t i = 0; i < provider_.api_keys_env.size(); ++i) {
      named.emplace_back(provider_.api_keys_env[i], fmt::format("api_keys_env[{}]", i));
    }
    std::set<std::string> seen;
    std::vector<found_key> found;
    std::vector<std::pair<std::string, std::string>> absent;
    for (const auto& [variable, setting] : named) {
      if (variable.empty()) {
        error(setting, {}, "empty", "the name of an environment variable");
      } else if (!seen.insert(variable).second) {
        error(setting, variable, "variable named twice", "each variable once");
      } else if (auto value = env_ ? env_(variable) : std::nullopt; value && !value->empty()) {
        found.push_back({*std::move(value), setting});
      } else {
        absent.emplace_back(variable, setting);
      }
    }
    if (found.empty() && !absent.empty()) {
      disable(absent.front().second,
              absent.size() == 1
                  ? fmt::format("environment variable {} is not set", absent.front().first)
                  : fmt::format("none of the {} environment variables for its keys is set", absent.size()));
      return;
    }
    for (const auto& [variable, setting] : absent) {
      warning(setting, fmt::format("environment variable {} is not set: one key fewer", variable));
    }
    take(std::move(found));
  }

  void read_file(const file_reader& files) {
    const auto content = files ? files(provider_.api_key_file, k_key_file_bytes_max) : std::nullopt;
    if (!content) {
      disable("api_key_file", fmt::format("key file {} cannot be read", provider_.api_key_file));
      return;
    }
    std::vector<found_key> found;
    for (std::size_t begin = 0; begin < content->size();) {
      const auto end = std::min(content->find('\n', begin), content->size());
      if (auto line = trimmed(content->substr(begin, end - begin)); !line.empty()) {
        found.push_back({std::move(line), "api_key_file"});
      }
      begin = end + 1;
    }
    if (found.empty()) {
      error("api_key_file", {}, "the file holds no key", "one key per line");
    }
    take(std::move(found));
  }

  void take(std::vector<found_key> found) {
    if (found.size() > k_keys_max) {
      error(found[k_keys_max].setting, {}, fmt::format("{} keys", found.size()), fmt::format("at most {}", k_keys_max));
      return;
    }
    auto& keys = provider_.api_keys;
    for (std::size_t i = 0; i < found.size(); ++i) {
      auto secret = trimmed(std::move(found[i].secret));
      if (!fits_a_header(secret)) {
        error(found[i].setting, {},
              fmt::format("key {} is empty, too long or holds characters that no header may carry", i + 1),
              fmt::format("visible ASCII, at most {} bytes", k_secret_bytes_max));
        continue;
      }
      if (std::find(keys.begin(), keys.end(), secret) != keys.end()) {
        error(found[i].setting, {}, fmt::format("key {} is the same as one before it", i + 1), "each key once");
        continue;
      }
      keys.push_back(std::move(secret));
    }
  }

  provider_settings& provider_;
  const std::string& path_;
  const key_places& places_;
  const environment& env_;
  problem_log& problems_;
};

} // namespace

void resolve_keys(provider_settings& provider, const std::string& path, const key_places& places,
                  const environment& env, const file_reader& files, problem_log& problems) {
  key_resolver(provider, path, places, env, problems).resolve(files);
}

} // namespace inferenceflow::config
