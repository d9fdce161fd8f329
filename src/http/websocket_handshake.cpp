#include "http/websocket_handshake.h"

#include "http/header_block.h"

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <openssl/evp.h>
#include <optional>

namespace inferenceflow::http {

using boost::beast::iequals;

namespace {

constexpr std::string_view k_version = "13";
constexpr std::string_view k_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455 §1.3
constexpr std::size_t k_key_characters = 24;                                // 16 bytes in base64

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// `token` is in the comma-separated list that all fields of this name make together.
bool lists(const request_head& head, field id, std::string_view token) {
  for (const auto& given : head.fields) {
    if (given.id != id) {
      continue;
    }
    for (std::string_view rest = given.value; !rest.empty();) {
      const std::size_t comma = rest.find(',');
      if (iequals(trimmed(rest.substr(0, comma)), token)) {
        return true;
      }
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
  }
  return false;
}

/// The value of a field that must be there once; nothing if it is not.
std::optional<std::string_view> only(const request_head& head, field id) {
  const auto is_it = [id](const header_field& given) { return given.id == id; };
  if (std::count_if(head.fields.begin(), head.fields.end(), is_it) != 1) {
    return std::nullopt;
  }
  return trimmed(std::find_if(head.fields.begin(), head.fields.end(), is_it)->value);
}

bool is_key(std::string_view text) {
  const auto is_digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return text.size() == k_key_characters && text.ends_with("==") && std::all_of(text.begin(), text.end() - 2, is_digit);
}

websocket_verdict refusal(int status, std::string_view param, std::string_view reason) {
  websocket_verdict verdict{
      .status = status, .headers = {}, .reason = std::string{reason}, .param = std::string{param}};
  if (status == 426) {
    header_block lines;
    lines.add("Upgrade", "websocket").add("Connection", "Upgrade").add("Sec-WebSocket-Version", k_version);
    verdict.headers = lines.text();
  }
  return verdict;
}

} // namespace

std::string websocket_accept(std::string_view key) {
  const std::string salted = std::string{key}.append(k_guid);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned digest_bytes = 0;
  EVP_Digest(salted.data(), salted.size(), digest.data(), &digest_bytes, EVP_sha1(), nullptr);
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> text{};
  const int characters = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest_bytes));
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(characters)};
}

websocket_verdict judge_websocket(const request_head& head, std::size_t body_bytes) {
  if (head.method != verb::get || !lists(head, field::upgrade, "websocket")) {
    return refusal(426, "Upgrade", "this path speaks WebSocket: send GET with Upgrade: websocket");
  }
  if (head.version != 11) {
    return refusal(400, "", "a WebSocket needs HTTP/1.1");
  }
  if (!lists(head, field::connection, "upgrade")) {
    return refusal(400, "Connection", "Connection must list Upgrade");
  }
  if (only(head, field::sec_websocket_version) != k_version) {
    return refusal(426, "Sec-WebSocket-Version", "Sec-WebSocket-Version must be 13");
  }
  const auto key = only(head, field::sec_websocket_key);
  if (!key || !is_key(*key)) {
    return refusal(400, "Sec-WebSocket-Key", "Sec-WebSocket-Key must be there once: 16 bytes in base64");
  }
  if (body_bytes != 0) {
    return refusal(400, "", "a request that opens a WebSocket has no body");
  }
  header_block lines;
  lines.add("Upgrade", "websocket").add("Connection", "Upgrade").add("Sec-WebSocket-Accept", websocket_accept(*key));
  return {.status = 101, .headers = std::string{lines.text()}, .reason = {}, .param = {}};
}

} // namespace inferenceflow::http
