#include "cache/tenant_secret.h"

#include "files/descriptor.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <openssl/rand.h>
#include <unistd.h>

namespace inferenceflow::cache {

namespace {

/// What a derived value is for: values for two purposes never meet.
constexpr std::string_view k_from_text = "inferenceflow cache: master from text";
constexpr std::string_view k_for_tenant = "inferenceflow cache: tenant";
constexpr std::string_view k_for_naming = "naming";
constexpr std::string_view k_for_sealing = "sealing";
constexpr std::string_view k_for_scan = "scan seed";

std::array<char, 8> little_endian(std::uint64_t number) {
  std::array<char, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(number >> (8 * i));
  }
  return bytes;
}

std::uint64_t first_number(const secret_bytes& bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    number |= std::uint64_t{bytes[i]} << (8 * i);
  }
  return number;
}

error failed(const std::string& file, const char* what) {
  return make_error(error_kind::unavailable, file + ": " + what + ": " + std::strerror(errno));
}

} // namespace

result<master_secret> master_secret::from_text(std::string_view text) {
  if (text.size() < k_master_text_bytes_min) {
    return make_error(error_kind::invalid_request, "the cache's secret needs " +
                                                       std::to_string(k_master_text_bytes_min) +
                                                       " bytes or more, for example from `openssl rand -hex 32`");
  }
  return master_secret{keyed_hash({}, {k_from_text, text})};
}

master_secret master_secret::random() {
  secret_bytes bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    std::fputs("no randomness for the cache's secret\n", stderr);
    std::abort();
  }
  return master_secret{bytes};
}

// Two processes that start together: one of them makes the file under its final name by link(), the other reads it.
result<master_secret> master_secret::load_or_make(const std::string& file) {
  if (::access(file.c_str(), F_OK) != 0) {
    const std::string draft = file + "." + std::to_string(::getpid());
    const master_secret made = random();
    {
      const files::descriptor writing{::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
      if (writing.number() < 0) {
        return failed(draft, "cannot be made");
      }
      const auto& bytes = made.bytes();
      if (::write(writing.number(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
          ::fsync(writing.number()) != 0) {
        const error why = failed(draft, "cannot be written");
        ::unlink(draft.c_str());
        return why;
      }
    }
    const bool linked = ::link(draft.c_str(), file.c_str()) == 0 || errno == EEXIST;
    const error why = linked ? error{} : failed(file, "cannot be made");
    ::unlink(draft.c_str());
    if (!linked) {
      return why;
    }
  }
  const files::descriptor reading{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (reading.number() < 0) {
    return failed(file, "cannot be read");
  }
  std::array<unsigned char, k_secret_bytes + 1> held{};
  const ssize_t size = ::read(reading.number(), held.data(), held.size());
  if (size < 0) {
    return failed(file, "cannot be read");
  }
  if (size != static_cast<ssize_t>(k_secret_bytes)) {
    return make_error(error_kind::invalid_request, file + ": does not hold a secret of 32 bytes");
  }
  secret_bytes bytes{};
  std::copy_n(held.begin(), bytes.size(), bytes.begin());
  return master_secret{bytes};
}

tenant_secret derive_secret(const master_secret& master, std::string_view tenant) {
  const secret_bytes root = keyed_hash(master.bytes(), {k_for_tenant, std::string_view{"\0", 1}, tenant});
  return {.naming = keyed_hash(root, {k_for_naming}),
          .sealing = keyed_hash(root, {k_for_sealing}),
          .scan_seed = first_number(keyed_hash(root, {k_for_scan}))};
}

entry_name entry_name_of(const tenant_secret& secret, const cache_key& key, std::uint8_t version) {
  const auto high = little_endian(key.high);
  const auto low = little_endian(key.low);
  const char written = static_cast<char>(version);
  return keyed_hash(secret.naming, {std::string_view{high.data(), high.size()},
                                    std::string_view{low.data(), low.size()}, std::string_view{&written, 1}});
}

const tenant_secret& tenant_secrets::of(std::string_view tenant) {
  if (const auto known = known_.find(tenant); known != known_.end()) {
    return known->second;
  }
  if (known_.size() >= k_tenants_max) {
    known_.clear();
  }
  return known_.emplace(std::string{tenant}, derive_secret(master_, tenant)).first->second;
}

} // namespace inferenceflow::cache
