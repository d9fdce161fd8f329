/// Signs each request to Bedrock with AWS credentials.
///
/// Role:      authorization_of() chooses it for providers that have such credentials and no API key.
/// Lifecycle: one per provider; immutable.
/// Threading: reentrant.
/// Bounds:    one pass over the body for its digest.
/// Source:    AWS IAM User Guide, "Create a signed AWS API request"; codecs/bedrock/sigv4.h does the arithmetic.
#pragma once

#include "providers/native/authorization.h"

#include <string>

namespace inferenceflow::providers::native {

class aws_signature final : public authorization {
public:
  /// @param settings  with credentials and region.
  explicit aws_signature(const config::provider_settings& settings);

  void add_to(http::header_block& fields, const signed_request& request, wall_time now, std::size_t key) const override;
  /// Knows a signature that AWS finds too old or too young: this machine's clock is wrong.
  [[nodiscard]] std::string_view explain(std::string_view body) const override;
  [[nodiscard]] std::size_t key_count() const noexcept override { return 1; }

private:
  config::aws_settings credentials_;
  std::string region_;
};

} // namespace inferenceflow::providers::native
