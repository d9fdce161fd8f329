#include "providers/native/authorization.h"

#include "providers/upstream/endpoint.h"

#include <memory>

namespace inferenceflow::providers::native {

namespace {

class constant_field final : public authorization {
public:
  constant_field(std::string_view name, std::string value)
      : name_(name)
      , value_(std::move(value)) {}
  void add_to(http::header_block& fields, const signed_request&, wall_time) const override {
    if (!value_.empty()) {
      fields.add(name_, value_);
    }
  }

private:
  std::string_view name_;
  std::string value_;
};

} // namespace

std::unique_ptr<const authorization> authorization_of(const config::provider_settings& settings) {
  using dialogue::protocol;
  const std::string& key = settings.api_key;
  if (key.empty()) {
    return std::make_unique<constant_field>("Authorization", upstream::url_authorization(settings));
  }
  if (settings.protocol == protocol::anthropic) {
    return std::make_unique<constant_field>("x-api-key", key);
  }
  if (settings.protocol == protocol::gemini) {
    return std::make_unique<constant_field>("x-goog-api-key", key);
  }
  return std::make_unique<constant_field>("Authorization", "Bearer " + key);
}

} // namespace inferenceflow::providers::native
