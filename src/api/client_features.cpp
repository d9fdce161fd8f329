#include "api/client_features.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

namespace inferenceflow::api {

namespace {

constexpr std::string_view k_version = "anthropic-version";
constexpr std::string_view k_beta = "anthropic-beta";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// "2023-06-01": digits and hyphens.
bool is_version(std::string_view text) {
  return text.size() == 10 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c == '-' || (c >= '0' && c <= '9'); });
}

/// Names of features, with commas between them.
bool is_feature_list(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) || std::string_view{"-_.:, \t"}.find(c) != std::string_view::npos;
  });
}

} // namespace

result<std::vector<std::pair<std::string, std::string>>> client_features(const http::request_head& head) {
  std::string version;
  std::string betas;
  for (const auto& field : head.fields) {
    if (boost::beast::iequals(field.name, k_version)) {
      version = field.value;
    } else if (boost::beast::iequals(field.name, k_beta) && !field.value.empty()) {
      betas.append(betas.empty() ? "" : ",").append(field.value);
    }
  }
  if (!version.empty() && !is_version(version)) {
    return make_error(error_kind::invalid_request, "header anthropic-version: must be a date such as 2023-06-01",
                      std::string{k_version});
  }
  if (betas.size() > k_beta_bytes_max || !is_feature_list(betas)) {
    return make_error(
        error_kind::invalid_request,
        fmt::format("header anthropic-beta: names with commas between them, at most {} bytes", k_beta_bytes_max),
        std::string{k_beta});
  }
  std::vector<std::pair<std::string, std::string>> found;
  if (!version.empty()) {
    found.emplace_back(k_version, std::move(version));
  }
  if (!betas.empty()) {
    found.emplace_back(k_beta, std::move(betas));
  }
  return found;
}

} // namespace inferenceflow::api
