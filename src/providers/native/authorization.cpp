#include "providers/native/authorization.h"

#include "providers/upstream/endpoint.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::providers::native {

namespace {

class constant_field final : public authorization {
public:
  /// @param values  one per key; not empty.
  constant_field(std::string_view name, std::vector<std::string> values)
      : name_(name)
      , values_(std::move(values)) {}
  void add_to(http::header_block& fields, const signed_request&, wall_time, std::size_t key) const override {
    if (const std::string& value = values_[key % values_.size()]; !value.empty()) {
      fields.add(name_, value);
    }
  }
  [[nodiscard]] std::size_t key_count() const noexcept override { return values_.size(); }

private:
  std::string_view name_;
  std::vector<std::string> values_;
};

} // namespace

std::unique_ptr<const authorization> authorization_of(const config::provider_settings& settings) {
  using dialogue::protocol;
  std::vector<std::string> keys = settings.api_keys;
  if (keys.empty()) {
    keys.push_back(upstream::url_authorization(settings));
    return std::make_unique<constant_field>("Authorization", std::move(keys));
  }
  if (settings.protocol == protocol::anthropic) {
    return std::make_unique<constant_field>("x-api-key", std::move(keys));
  }
  if (settings.protocol == protocol::gemini) {
    return std::make_unique<constant_field>("x-goog-api-key", std::move(keys));
  }
  for (std::string& key : keys) {
    key.insert(0, "Bearer ");
  }
  return std::make_unique<constant_field>("Authorization", std::move(keys));
}

} // namespace inferenceflow::providers::native
