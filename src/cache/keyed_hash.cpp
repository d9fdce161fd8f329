#include "cache/keyed_hash.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace inferenceflow::cache {

namespace {

struct algorithm_freer {
  void operator()(EVP_MAC* algorithm) const noexcept { EVP_MAC_free(algorithm); }
};
struct context_freer {
  void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};

void require(bool holds) noexcept {
  if (!holds) {
    std::fputs("OpenSSL cannot compute HMAC-SHA256\n", stderr);
    std::abort();
  }
}

// Looking the algorithm up costs as much as hashing a short text.
EVP_MAC* hmac_algorithm() noexcept {
  static const std::unique_ptr<EVP_MAC, algorithm_freer> algorithm{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
  return algorithm.get();
}

} // namespace

secret_bytes keyed_hash(const secret_bytes& key, std::initializer_list<std::string_view> pieces) noexcept {
  EVP_MAC* const algorithm = hmac_algorithm();
  require(algorithm != nullptr);
  const std::unique_ptr<EVP_MAC_CTX, context_freer> context{EVP_MAC_CTX_new(algorithm)};
  require(context != nullptr);
  char digest[] = "SHA256";
  const std::array<OSSL_PARAM, 2> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, static_cast<char*>(digest), 0),
      OSSL_PARAM_construct_end()};
  require(EVP_MAC_init(context.get(), key.data(), key.size(), parameters.data()) == 1);
  for (const auto piece : pieces) {
    require(EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(piece.data()), piece.size()) == 1);
  }
  secret_bytes made{};
  std::size_t size = 0;
  require(EVP_MAC_final(context.get(), made.data(), &size, made.size()) == 1 && size == made.size());
  return made;
}

bool equal_in_constant_time(const secret_bytes& left, std::string_view right) noexcept {
  return right.size() == left.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string to_hex(const secret_bytes& bytes) {
  constexpr char k_digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) {
    text.push_back(k_digits[byte >> 4U]);
    text.push_back(k_digits[byte & 0xFU]);
  }
  return text;
}

} // namespace inferenceflow::cache
