#include "codecs/bedrock/sigv4.h"

#include "base/percent.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace inferenceflow::codecs::bedrock {
namespace {

constexpr std::string_view k_algorithm = "AWS4-HMAC-SHA256";
constexpr std::size_t k_digest_bytes = 32;

// A digest that OpenSSL could not make stays zero, and the signature is then refused by AWS: nothing is let in by it.
using digest = std::array<unsigned char, k_digest_bytes>;

std::string_view bytes_of(const digest& of) {
  return {reinterpret_cast<const char*>(of.data()), of.size()};
}

std::string hex(const digest& of) {
  std::string text;
  text.reserve(2 * of.size());
  for (const unsigned char byte : of) {
    text.push_back("0123456789abcdef"[byte >> 4U]);
    text.push_back("0123456789abcdef"[byte & 0xFU]);
  }
  return text;
}

digest hmac(std::string_view key, std::string_view text) {
  digest made{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), made.data(), &size);
  return made;
}

/// Without spaces at the ends, and runs of them inside as one.
std::string trimmed(std::string_view value) {
  std::string out;
  for (const char byte : value) {
    const bool blank = byte == ' ' || byte == '\t';
    if (!blank) {
      out.push_back(byte);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  if (!out.empty() && out.back() == ' ') {
    out.pop_back();
  }
  return out;
}

std::string lower(std::string_view name) {
  std::string out{name};
  for (char& byte : out) {
    byte = byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
  }
  return out;
}

using header_map = std::map<std::string, std::string, std::less<>>;

/// Headers of one name are joined by commas, in their order.
void add_header(header_map& to, std::string_view name, std::string_view value) {
  const auto [place, is_new] = to.try_emplace(lower(name), trimmed(value));
  if (!is_new) {
    place->second.append(",").append(trimmed(value));
  }
}

std::string names_of(const header_map& headers) {
  std::string names;
  for (const auto& [name, value] : headers) {
    names.append(names.empty() ? "" : ";").append(name);
  }
  return names;
}

std::string canonical_request(const request_to_sign& request, const header_map& headers, const std::string& names,
                              bool path_as_sent) {
  std::string text{request.method};
  text.append("\n").append(path_as_sent ? std::string{request.path} : canonical_path(request.path));
  text.append("\n").append(canonical_query(request.query)).append("\n");
  for (const auto& [name, value] : headers) {
    text.append(name).append(":").append(value).append("\n");
  }
  return text.append("\n").append(names).append("\n").append(request.body_sha256);
}

std::string timestamp(std::chrono::sys_seconds now) {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{now - day};
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

} // namespace

std::string sha256_hex(std::string_view bytes) {
  digest made{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), made.data(), &size, EVP_sha256(), nullptr);
  return hex(made);
}

std::string canonical_path(std::string_view path) {
  std::vector<std::string_view> kept;
  std::size_t at = 0;
  bool ends_in_folder = true;
  while (at < path.size()) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, slash - at);
    at = slash + 1;
    ends_in_folder = slash != path.size() || segment == "." || segment == "..";
    if (segment == "..") {
      if (!kept.empty()) {
        kept.pop_back();
      }
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(segment);
    }
  }
  std::string out;
  for (const std::string_view segment : kept) {
    out.push_back('/');
    append_percent_encoded(out, segment);
  }
  if (ends_in_folder) {
    out.push_back('/');
  }
  return out;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) {
      continue;
    }
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto& [name, value] = pairs.emplace_back();
    append_percent_encoded(name, percent_decoded(pair.substr(0, equals)));
    append_percent_encoded(value, percent_decoded(pair.substr(std::min(equals + 1, pair.size()))));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) {
    out.append(out.empty() ? "" : "&").append(name).append("=").append(value);
  }
  return out;
}

std::vector<header_line> sign(const request_to_sign& request, const signing_key& key, const signing_scope& scope,
                              std::chrono::sys_seconds now) {
  const std::string time = timestamp(now);
  const std::string day = time.substr(0, 8);
  std::vector<header_line> added;
  added.emplace_back("x-amz-date", time);
  if (!key.session_token.empty()) {
    added.emplace_back("x-amz-security-token", key.session_token);
  }
  header_map headers;
  add_header(headers, "host", request.host);
  for (const auto& [name, value] : request.headers) {
    add_header(headers, name, value);
  }
  for (const auto& [name, value] : added) {
    headers[name] = value; // one that the caller brought would contradict it
  }
  const std::string names = names_of(headers);
  const std::string canonical = canonical_request(request, headers, names, scope.service == "s3");
  const std::string credential_scope = fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
  const std::string text = fmt::format("{}\n{}\n{}\n{}", k_algorithm, time, credential_scope, sha256_hex(canonical));

  digest derived = hmac(fmt::format("AWS4{}", key.secret), day);
  for (const std::string_view step : {scope.region, scope.service, std::string_view{"aws4_request"}}) {
    derived = hmac(bytes_of(derived), step);
  }
  added.emplace_back("authorization",
                     fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", k_algorithm, key.access_key_id,
                                 credential_scope, names, hex(hmac(bytes_of(derived), text))));
  return added;
}

} // namespace inferenceflow::codecs::bedrock
