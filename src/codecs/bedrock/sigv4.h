/// AWS Signature Version 4: the headers that prove who sends a request.
///
/// Role:      a provider signs each call to Bedrock with it, unless it has a bearer key.
/// Lifecycle: free functions on plain values.
/// Threading: reentrant.
/// Bounds:    no more than a few copies of the headers and the target.
/// Source:    AWS IAM User Guide, "Create a signed AWS API request"; AWS's published test suite
/// (aws-sig-v4-test-suite).
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::codecs::bedrock {

using header_line = std::pair<std::string, std::string>;

struct signing_key {
  std::string_view access_key_id = {};
  std::string_view secret = {};
  std::string_view session_token = {}; ///< of temporary credentials; empty = long-lived ones
};

struct signing_scope {
  std::string_view region = {};
  std::string_view service = {}; ///< "bedrock"; "s3" alone signs its path as it stands
};

struct request_to_sign {
  std::string_view method = {};
  std::string_view host = {};                ///< as in the Host header, with a port that is not the usual one
  std::string_view path = {};                ///< as on the request line, escapes included; empty = "/"
  std::string_view query = {};               ///< as on the request line, without '?'
  std::span<const header_line> headers = {}; ///< to be signed beside Host; no hop-by-hop ones: a proxy may change them
  std::string_view body_sha256 = {};         ///< 64 lower-case hex digits: sha256_hex(body)
};

/// @returns what is to be added to the request: x-amz-date, x-amz-security-token (with a session token), authorization.
[[nodiscard]] std::vector<header_line> sign(const request_to_sign& request, const signing_key& key,
                                            const signing_scope& scope, std::chrono::sys_seconds now);

/// 64 lower-case hex digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// The path as it is signed: without dot segments and double slashes, and every byte outside RFC 3986's unreserved set
/// escaped, '%' too: an escaped path is escaped again.
[[nodiscard]] std::string canonical_path(std::string_view path);

/// The query as it is signed: names and values escaped once, sorted by name and then value.
[[nodiscard]] std::string canonical_query(std::string_view query);

} // namespace inferenceflow::codecs::bedrock
