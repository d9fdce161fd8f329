#include "config/checks.h"
#include "config/url.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace inferenceflow::config {
namespace {

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  text.erase(0, text.find_first_not_of(" \t\r\n"));
  return text;
}

bool fits_a_header(std::string_view text) {
  return text.size() <= k_secret_bytes_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// The region of "bedrock-runtime.eu-west-1.amazonaws.com" and "bedrock-runtime-fips.us-east-1.amazonaws.com"; empty
/// for other hosts.
std::string region_of(const std::string& base_url) {
  const auto address = parse_base_address(base_url);
  if (!address || !address->host.starts_with("bedrock-runtime")) {
    return {};
  }
  const auto begin = address->host.find('.') + 1;
  const auto end = address->host.find('.', begin);
  return begin == 0 || end == std::string::npos || !address->host.substr(end).starts_with(".amazonaws.")
             ? std::string{}
             : address->host.substr(begin, end - begin);
}

class aws_resolver {
public:
  aws_resolver(provider_settings& provider, const std::string& path, const key_places& places, const environment& env,
               problem_log& problems)
      : provider_(provider)
      , path_(path)
      , places_(places)
      , env_(env)
      , problems_(problems) {}

  void resolve() {
    region();
    auto& aws = provider_.aws;
    if (!provider_.api_keys.empty()) {
      return; // a Bedrock API key needs no signature
    }
    aws.access_key_id = value_of("aws.access_key_id_env", aws.access_key_id_env);
    if (aws.access_key_id.empty()) {
      return;
    }
    aws.secret_access_key = value_of("aws.secret_access_key_env", aws.secret_access_key_env);
    aws.session_token = value_of("aws.session_token_env", aws.session_token_env);
    if (aws.secret_access_key.empty()) {
      aws.access_key_id.clear();
      provider_.disabled_reason =
          fmt::format("{} is set, but {} is not", aws.access_key_id_env, aws.secret_access_key_env);
      const auto key = path_ + ".aws.secret_access_key_env";
      problems_.warning(place_of(places_, key), key, {}, "provider disabled: " + provider_.disabled_reason);
    } else if (provider_.region.empty() && provider_.base_url.find("{region}") == std::string::npos) {
      error("region", "missing: signatures name it, and the address does not");
    }
  }

private:
  void error(const std::string& key, std::string message) {
    const auto path = path_ + "." + key;
    problems_.error(place_of(places_, path), path, {}, std::move(message), "an AWS region, e.g. eu-central-1");
  }

  std::string value_of(const std::string& key, const std::string& variable) {
    if (variable.empty() || !env_) {
      return {};
    }
    auto value = trimmed(env_(variable).value_or(""));
    if (!fits_a_header(value)) {
      const auto path = path_ + "." + key;
      problems_.error(place_of(places_, path), path, {},
                      "the value is too long or holds characters that no header may "
                      "carry",
                      "visible ASCII");
      value.clear();
    }
    return value;
  }

  void region() {
    auto& region = provider_.region;
    if (region.empty()) {
      region = region_of(provider_.base_url);
    }
    for (const std::string_view variable : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
      if (region.empty() && env_) {
        region = trimmed(env_(variable).value_or(""));
      }
    }
  }

  provider_settings& provider_;
  const std::string& path_;
  const key_places& places_;
  const environment& env_;
  problem_log& problems_;
};

} // namespace

void resolve_aws(provider_settings& provider, const std::string& path, const key_places& places, const environment& env,
                 problem_log& problems) {
  if (provider.protocol == dialogue::protocol::bedrock) {
    aws_resolver(provider, path, places, env, problems).resolve();
  }
}

} // namespace inferenceflow::config
