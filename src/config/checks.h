/// Checks across keys, and what only the environment can tell: keys of providers, proxies, environment overrides.
///
/// Role:      last steps of the loader.
/// Lifecycle: free functions, called once per load in the order below.
/// Threading: one thread.
/// Bounds:    those of the tree.
#pragma once

#include "config/bind.h"
#include "config/load.h"

namespace inferenceflow::config {

/// Environment variables named in the table win over the file; defaults that hold variables are expanded.
void apply_environment(settings& target, const key_places& places, const environment& env, problem_log& problems);

/// Collects the keys of one provider from its variables or its file; without any that was asked for it is disabled,
/// with a warning. @param path  the provider's key path, e.g. "providers[0]".
void resolve_keys(provider_settings& provider, const std::string& path, const key_places& places,
                  const environment& env, const file_reader& files, problem_log& problems);

/// Finds the credentials and the region that sign the requests of a provider of protocol bedrock. With an API key it
/// needs none; without either it is disabled if it was to have a key. After resolve_keys().
void resolve_aws(provider_settings& provider, const std::string& path, const key_places& places, const environment& env,
                 problem_log& problems);

/// Reads each provider's keys, completes base_url and proxy, fills upstream_name. Adds errors for malformed addresses
/// and warnings for providers that are disabled because a key is absent.
void resolve_providers(settings& target, const key_places& places, const environment& env, const file_reader& files,
                       problem_log& problems);

/// Notes in each `resilience` block which keys the file gives; pairs of keys that contradict each other are errors.
void resolve_resilience(settings& target, const key_places& places, problem_log& problems);

/// Notes in each `semantic` block which keys the file gives, reads the cache's secret, checks levels of trust and the
/// address of the shared cache.
void resolve_cache(settings& target, const key_places& places, const environment& env, problem_log& problems);

/// Notes in each `routing` block which keys the file gives; what a route's block asks for must be possible there.
void resolve_routing(settings& target, const key_places& places, problem_log& problems);

/// Names: empty, malformed, given twice; routes: pointing to nothing or in a circle; models that semantic
/// caching asks: served by nobody.
void check_names(const settings& target, const key_places& places, problem_log& problems);

/// Keys that only make sense together: TLS pair, CORS origins, cache sizes.
void check_combinations(const settings& target, const key_places& places, problem_log& problems);

/// Where `path` stands, else its nearest ancestor that is in the file.
[[nodiscard]] location place_of(const key_places& places, std::string_view path);

} // namespace inferenceflow::config
