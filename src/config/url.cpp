#include "config/url.h"

#include <algorithm>
#include <charconv>

namespace inferenceflow::config {
namespace {

error wrong(std::string what) {
  return make_error(error_kind::invalid_request, std::move(what));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

bool is_host(std::string_view host, bool bracketed) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
           (bracketed && c == ':');
  });
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "::1";
}

// Splits "host:port" or "[v6]:port" into `out`; empty optional on success.
std::optional<error> parse_authority(std::string_view authority, base_address& out) {
  const bool bracketed = authority.starts_with('[');
  std::string_view port;
  if (bracketed) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) {
      return wrong("host without closing bracket");
    }
    const auto rest = authority.substr(end + 1);
    if (!rest.empty() && rest[0] != ':') {
      return wrong("malformed host");
    }
    port = rest.empty() ? rest : rest.substr(1);
    out.host = lower(authority.substr(1, end - 1));
  } else {
    const auto colon = authority.find(':');
    out.host = lower(authority.substr(0, colon));
    port = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon + 1);
  }
  if (!is_host(out.host, bracketed)) {
    return wrong("malformed host");
  }
  out.port = out.tls ? 443 : 80;
  if (!port.empty()) {
    const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (failure != std::errc{} || end != port.data() + port.size() || out.port == 0) {
      return wrong("malformed port");
    }
  }
  return std::nullopt;
}

} // namespace

result<base_address> parse_base_address(std::string_view url) {
  if (url.size() > k_url_bytes_max) {
    return wrong("address too long");
  }
  if (std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c == 0x7f; })) {
    return wrong("space or control character in the address");
  }
  base_address out;
  const auto scheme_end = url.find("://");
  const auto scheme = lower(url.substr(0, scheme_end == std::string_view::npos ? 0 : scheme_end));
  if (scheme != "http" && scheme != "https") {
    return wrong("not an http or https address");
  }
  out.tls = scheme == "https";
  const auto rest = url.substr(scheme_end + 3);
  if (rest.find_first_of("?#") != std::string_view::npos) {
    return wrong("query or fragment in the address");
  }
  const auto slash = rest.find('/');
  const auto authority = rest.substr(0, slash);
  if (authority.find('@') != std::string_view::npos) {
    return wrong("user name or password in the address");
  }
  if (auto failure = parse_authority(authority, out)) {
    return *std::move(failure);
  }
  out.path = slash == std::string_view::npos ? std::string{} : std::string(rest.substr(slash));
  while (out.path.ends_with('/')) {
    out.path.pop_back();
  }
  return out;
}

bool bypasses_proxy(const base_address& address, std::string_view list) {
  if (is_loopback(address.host)) {
    return true;
  }
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto entry = lower(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    entry.erase(std::remove(entry.begin(), entry.end(), ' '), entry.end());
    const auto port = ":" + std::to_string(address.port);
    if (entry.ends_with(port) && std::count(entry.begin(), entry.end(), ':') == 1) {
      entry.resize(entry.size() - port.size());
    }
    if (entry.starts_with("*.")) {
      entry.erase(0, 1);
    }
    if (entry.empty()) {
      continue;
    }
    const auto suffix = entry[0] == '.' ? entry : "." + entry;
    if (entry == "*" || address.host == entry || address.host.ends_with(suffix)) {
      return true;
    }
  }
  return false;
}

} // namespace inferenceflow::config
