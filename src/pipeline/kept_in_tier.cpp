#include "pipeline/kept_in_tier.h"

namespace inferenceflow::pipeline {

using telemetry::tier_outcome;

namespace {

struct expected {
  const cache::cache_key& key;
  const cache::entry_name& name;
  const std::string& tenant;
  const cache::tenant_secret& secret;
};

/// Bytes of a tier as an entry, if they are the one that was asked for. What is none was written by somebody else, or
/// is damaged: it is taken out.
std::optional<cache::kept_entry> proved(const services& shared, cache::second_tier& tier, std::string_view bytes,
                                        const expected& wanted, const cache::decode_limits& limits) {
  auto read = cache::decode_entry(bytes, wanted.name, wanted.secret, limits);
  if (read && read->key == wanted.key && read->answer->tenant == wanted.tenant) {
    shared.metrics.cache_tier_request(tier.name(), tier_outcome::hit);
    return std::move(*read);
  }
  const auto fault = read ? cache::entry_fault::malformed : read.error();
  if (fault == cache::entry_fault::expired || fault == cache::entry_fault::untrusted) {
    shared.metrics.cache_tier_request(tier.name(), tier_outcome::miss);
    return std::nullopt;
  }
  shared.metrics.cache_tier_request(tier.name(), tier_outcome::rejected);
  tier.erase(wanted.name);
  shared.log.warn("an entry of the shared cache was rejected and removed",
                  {{"tier", tier.name()}, {"fault", cache::to_string(fault)}});
  return std::nullopt;
}

} // namespace

net::task<std::shared_ptr<const cache::cached_answer>> find_in_tier(const services& shared, loop_state& state,
                                                                    std::string tenant, cache::cache_key key,
                                                                    cache::decode_limits limits) {
  if (shared.tiers.empty()) {
    co_return nullptr;
  }
  const cache::tenant_secret secret = state.secrets.of(tenant); // a copy: the table may change while we wait
  const auto name = cache::entry_name_of(secret, key, cache::k_entry_format);
  limits.now = shared.clock.wall_now();
  for (cache::second_tier* tier : shared.tiers) {
    const auto bytes = co_await tier->find(name);
    if (!bytes) {
      shared.metrics.cache_tier_request(tier->name(), tier_outcome::miss);
      continue;
    }
    const auto read =
        proved(shared, *tier, *bytes, {.key = key, .name = name, .tenant = tenant, .secret = secret}, limits);
    if (read) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(read->expires - limits.now);
      shared.cache.store(key, read->answer, left);
      co_return read->answer;
    }
  }
  co_return nullptr;
}

void store_in_tier(const services& shared, cache::tenant_secrets& secrets, cache::kept_entry entry,
                   std::chrono::milliseconds ttl) {
  if (shared.tiers.empty()) {
    return;
  }
  const cache::tenant_secret& secret = secrets.of(entry.answer->tenant);
  entry.expires = shared.clock.wall_now() + ttl;
  const auto name = cache::entry_name_of(secret, entry.key, cache::k_entry_format);
  const std::string bytes = cache::encode_entry(entry, secret);
  for (cache::second_tier* tier : shared.tiers) {
    tier->store(name, bytes, ttl);
  }
}

} // namespace inferenceflow::pipeline
