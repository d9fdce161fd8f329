#include "config/checks.h"
#include "config/semantic_settings.h"
#include "config/setting_block.h"
#include "config/setting_rows.h"
#include "config/trust_number.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::config {
namespace {

constexpr std::string_view k_redis_schemes[] = {"redis://",  "rediss://",  "redis+cluster://",  "rediss+cluster://",
                                                "valkey://", "valkeys://", "valkey+cluster://", "valkeys+cluster://"};

bool is_redis_address(std::string_view url) {
  return std::any_of(std::begin(k_redis_schemes), std::end(k_redis_schemes),
                     [url](std::string_view scheme) { return url.size() > scheme.size() && url.starts_with(scheme); });
}

} // namespace

void resolve_cache(settings& target, const key_places& places, const environment& env, problem_log& problems) {
  const auto error = [&](const std::string& path, std::string_view value, std::string message, std::string allowed) {
    problems.error(place_of(places, path), path, value, std::move(message), std::move(allowed));
  };
  note_said(rows::k_semantic_scope, places, "cache.semantic.", target.cache.semantic.said);
  constexpr auto k_trust = "none, low, standard, high, or a number from 0 to 255";
  if (!trust_number(target.cache.trust)) {
    error("cache.trust", target.cache.trust, "not a level of trust", k_trust);
  }
  for (std::size_t i = 0; i < target.routes.size(); ++i) {
    auto& route = target.routes[i];
    note_said(rows::k_semantic_scope, places, fmt::format("routes[{}].semantic.", i), route.semantic.said);
    if (!route.cache_trust.empty() && !trust_number(route.cache_trust)) {
      error(fmt::format("routes[{}].cache_trust", i), route.cache_trust, "not a level of trust", k_trust);
    }
  }
  auto& cache = target.cache;
  auto secret = env && !cache.secret_env.empty() ? env(cache.secret_env) : std::nullopt;
  cache.secret = secret ? *std::move(secret) : std::string{};
  const auto needed = fmt::format("at least {} bytes, the same in every replica, for example from "
                                  "`openssl rand -hex 32`",
                                  k_cache_secret_bytes_min);
  if (!cache.secret.empty() && cache.secret.size() < k_cache_secret_bytes_min) {
    error("cache.secret_env", {}, fmt::format("the secret in {} is too short", cache.secret_env), needed);
  }
  if (cache.redis.url.empty()) {
    return;
  }
  if (!is_redis_address(cache.redis.url)) { // the address itself is shown nowhere: it may hold a password
    error("cache.redis.url", {}, "not an address of Redis or Valkey",
          "redis://[user:password@]host[:port][/database], rediss:// for TLS, redis+cluster:// for a cluster");
  }
  if (cache.secret_env.empty()) {
    error("cache.secret_env", {}, "empty, but a shared cache needs a secret", "the name of an environment variable");
  } else if (cache.secret.empty()) {
    error("cache.redis.url", {},
          fmt::format("a shared cache needs a secret, and environment variable {} is not set", cache.secret_env),
          needed);
  }
}

} // namespace inferenceflow::config
