/// The header fields that let a request in.
///
/// Role:      native_provider adds them to each request.
/// Lifecycle: one per provider; immutable.
/// Threading: reentrant.
/// Bounds:    a few fields.
/// Source:    Anthropic, Gemini and Cohere API references; AWS Signature Version 4.
#pragma once

#include "base/clock.h"
#include "config/settings.h"
#include "http/header_block.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace inferenceflow::providers::native {

/// What a signature is made over.
struct signed_request {
  std::string_view method = "POST";
  std::string_view host;
  std::string_view path;  ///< as in the request line, query left out
  std::string_view query; ///< without '?'
  std::string_view body;
};

class authorization {
public:
  virtual ~authorization() = default;
  /// Adds the fields for this request. @param key  which of the API keys; below key_count().
  virtual void add_to(http::header_block& fields, const signed_request& request, wall_time now,
                      std::size_t key) const = 0;
  /// What a refusal (401, 403) is about, where the answer's body says it and the operator can put it right; empty if it
  /// is the key or not known. For the client: no names, no numbers of the account.
  [[nodiscard]] virtual std::string_view explain([[maybe_unused]] std::string_view body) const { return {}; }
  /// At least 1, which may be no key.
  [[nodiscard]] virtual std::size_t key_count() const noexcept = 0;
};

/// The way of the provider's protocol: x-api-key, x-goog-api-key, or Bearer; or settings.key_header; or AWS signatures.
[[nodiscard]] std::unique_ptr<const authorization> authorization_of(const config::provider_settings& settings);

} // namespace inferenceflow::providers::native
