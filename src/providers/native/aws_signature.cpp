#include "providers/native/aws_signature.h"

#include "codecs/bedrock/sigv4.h"

#include <array>
#include <chrono>

namespace inferenceflow::providers::native {

namespace bedrock = codecs::bedrock;

aws_signature::aws_signature(const config::provider_settings& settings)
    : credentials_(settings.aws)
    , region_(settings.region) {}

void aws_signature::add_to(http::header_block& fields, const signed_request& request, wall_time now,
                           std::size_t) const {
  // As upstream::fixed_fields() sends it: AWS wants it signed where it is sent.
  const std::array<bedrock::header_line, 1> also{{{"content-type", "application/json"}}};
  const std::string digest = bedrock::sha256_hex(request.body);
  const auto added =
      bedrock::sign({.method = request.method,
                     .host = request.host,
                     .path = request.path,
                     .query = request.query,
                     .headers = also,
                     .body_sha256 = digest},
                    {.access_key_id = credentials_.access_key_id,
                     .secret = credentials_.secret_access_key,
                     .session_token = credentials_.session_token},
                    {.region = region_, .service = "bedrock"}, std::chrono::floor<std::chrono::seconds>(now));
  for (const auto& [name, value] : added) {
    fields.add(name, value);
  }
}

std::string_view aws_signature::explain(std::string_view body) const {
  for (const std::string_view words :
       {"Signature expired", "Signature not yet current", "RequestTimeTooSkewed", "RequestExpired"}) {
    if (body.find(words) != std::string_view::npos) {
      return "the provider finds the gateway's signature too old or too young: the clock of the gateway's machine is "
             "wrong; this is not about the caller's key";
    }
  }
  return {};
}

} // namespace inferenceflow::providers::native
