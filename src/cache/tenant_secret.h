/// One secret per tenant, made from one master secret: what keys, names and seals of cache entries are derived from.
///
/// Role:      api/ seeds the scan of a request with it; whatever leaves the process is named and sealed with it.
/// Lifecycle: a master secret lives as long as the process; tenant_secrets remember what was derived from it.
/// Threading: master_secret and tenant_secret are values; tenant_secrets belong to one thread (one per event loop).
/// Bounds:    k_tenants_max remembered tenants; then all are forgotten and derived anew, 2 µs each.
/// Source:    HMAC as a key derivation: RFC 5869 §2.3 with one block of output.
#pragma once

#include "base/error.h"
#include "cache/cache_key.h"
#include "cache/keyed_hash.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::cache {

inline constexpr std::size_t k_master_text_bytes_min = 16;
inline constexpr std::size_t k_tenants_max = 1'024;

/// Replicas that shall share entries have the same one. Whoever knows it can make and read every tenant's entries.
class master_secret {
public:
  /// @param text  configured; any bytes.
  /// @returns invalid_request when shorter than k_master_text_bytes_min.
  [[nodiscard]] static result<master_secret> from_text(std::string_view text);

  /// From the kernel's generator: entries then mean nothing to any other process. Aborts when there is no randomness.
  [[nodiscard]] static master_secret random();

  /// The secret kept in `file`; made and written (readable by its owner only) when there is none yet. So that entries
  /// in a file can be read after a restart although nobody configured a secret.
  /// @returns unavailable when the file can neither be read nor made; invalid_request when it holds something else.
  [[nodiscard]] static result<master_secret> load_or_make(const std::string& file);

  [[nodiscard]] const secret_bytes& bytes() const noexcept { return bytes_; }

private:
  explicit master_secret(const secret_bytes& bytes)
      : bytes_(bytes) {}
  secret_bytes bytes_;
};

/// What is derived for one tenant.
struct tenant_secret {
  secret_bytes naming{};       ///< key of entry_name_of()
  secret_bytes sealing{};      ///< key of the seal on a serialised entry
  std::uint64_t scan_seed = 0; ///< seed of the request's hash: tenants never share one, and none can be made in advance
};

/// Derives a tenant's secret; about 6 µs. The same on every machine.
[[nodiscard]] tenant_secret derive_secret(const master_secret& master, std::string_view tenant);

/// The name of an entry outside of this process: says nothing of key or tenant to whoever lacks the secret.
using entry_name = secret_bytes;

/// @param version  of the entry's format: a replica that writes another one never meets these.
[[nodiscard]] entry_name entry_name_of(const tenant_secret& secret, const cache_key& key, std::uint8_t version);

/// Derived secrets by tenant.
class tenant_secrets {
public:
  /// @param master  copied.
  explicit tenant_secrets(const master_secret& master)
      : master_(master) {}

  /// Lifetime: the reference is valid until the next call.
  [[nodiscard]] const tenant_secret& of(std::string_view tenant);

private:
  struct text_hash {
    using is_transparent = void;
    [[nodiscard]] std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  master_secret master_;
  boost::unordered_flat_map<std::string, tenant_secret, text_hash, std::equal_to<>> known_;
};

} // namespace inferenceflow::cache
