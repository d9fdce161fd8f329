#include "providers/native/authorization.h"

#include "providers/native/aws_signature.h"
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
  constant_field(std::string name, std::vector<std::string> values)
      : name_(std::move(name))
      , values_(std::move(values)) {}
  void add_to(http::header_block& fields, const signed_request&, wall_time, std::size_t key) const override {
    if (const std::string& value = values_[key % values_.size()]; !value.empty()) {
      fields.add(name_, value);
    }
  }
  [[nodiscard]] std::size_t key_count() const noexcept override { return values_.size(); }

private:
  std::string name_;
  std::vector<std::string> values_;
};

} // namespace

std::unique_ptr<const authorization> authorization_of(const config::provider_settings& settings) {
  using dialogue::protocol;
  std::vector<std::string> values;
  if (settings.api_keys.empty() && !settings.aws.access_key_id.empty()) {
    return std::make_unique<aws_signature>(settings);
  }
  if (settings.api_keys.empty()) {
    values.push_back(upstream::url_authorization(settings));
    return std::make_unique<constant_field>("Authorization", std::move(values));
  }
  const std::string_view usual = settings.protocol == protocol::anthropic ? "x-api-key"
                                 : settings.protocol == protocol::gemini  ? "x-goog-api-key"
                                                                          : "Authorization";
  std::string name;
  for (const std::string& key : settings.api_keys) {
    auto field = upstream::key_field(settings, usual, key);
    name = std::move(field.first);
    values.push_back(std::move(field.second));
  }
  return std::make_unique<constant_field>(std::move(name), std::move(values));
}

} // namespace inferenceflow::providers::native
