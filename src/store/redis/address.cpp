#include "store/redis/address.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace inferenceflow::redis {

namespace {

struct scheme {
  std::string_view name;
  bool tls;
  bool cluster;
};

constexpr std::array<scheme, 8> k_schemes{{{"redis://", false, false},
                                           {"rediss://", true, false},
                                           {"redis+cluster://", false, true},
                                           {"rediss+cluster://", true, true},
                                           {"valkey://", false, false},
                                           {"valkeys://", true, false},
                                           {"valkey+cluster://", false, true},
                                           {"valkeys+cluster://", true, true}}};

error wrong(std::string_view what) {
  return make_error(error_kind::invalid_request, fmt::format("Redis URL: {}", what));
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  const char lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f') {
    return static_cast<unsigned>(lower - 'a') + 10;
  }
  return std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded.push_back(text[at]);
      continue;
    }
    const auto high = at + 2 < text.size() ? hex_digit(text[at + 1]) : std::nullopt;
    const auto low = high ? hex_digit(text[at + 2]) : std::nullopt;
    if (!low) {
      return std::nullopt;
    }
    decoded.push_back(static_cast<char>(*high * 16 + *low));
    at += 2;
  }
  return decoded;
}

std::optional<std::uint32_t> number(std::string_view digits, std::uint32_t max) {
  std::uint32_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, failure] = std::from_chars(digits.data(), end, value);
  if (failure != std::errc{} || stopped != end || value > max) {
    return std::nullopt;
  }
  return value;
}

std::optional<error> read_login(std::string_view login, address& into) {
  const std::size_t colon = login.find(':');
  if (colon == std::string_view::npos) {
    return wrong("a user needs a password: redis://user:password@host, or redis://:password@host");
  }
  auto user = percent_decoded(login.substr(0, colon));
  auto password = percent_decoded(login.substr(colon + 1));
  if (!user || !password) {
    return wrong("user or password has a % that is not followed by two hexadecimal digits; write % itself as %25");
  }
  if (password->empty()) {
    return wrong("the password is empty; leave out everything up to the @ when there is none");
  }
  into.user = std::move(*user);
  into.password = std::move(*password);
  return std::nullopt;
}

result<node_name> read_host(std::string_view text, std::size_t position) {
  const std::string which = fmt::format("host {}", position);
  std::string_view port;
  node_name name;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      return wrong(which + " has a [ without a ]");
    }
    name.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!port.empty() && port.front() != ':') {
      return wrong(which + " has something other than :port behind the ]");
    }
  } else {
    const std::size_t colon = text.find(':');
    name.host = text.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    if (port.find(':', 1) != std::string_view::npos) {
      return wrong(which + " has more than one colon; an IPv6 address stands in brackets");
    }
  }
  if (name.host.empty()) {
    return wrong(which + " is empty");
  }
  const bool odd = std::any_of(name.host.begin(), name.host.end(),
                               [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '%'; });
  if (odd) {
    return wrong(which + " holds a character that no host name has");
  }
  name.port = k_port;
  if (!port.empty()) {
    const auto value = number(port.substr(1), 65'535);
    if (!value || *value == 0) {
      return wrong(which + " has a port that is no number from 1 to 65535");
    }
    name.port = static_cast<std::uint16_t>(*value);
  }
  return name;
}

std::optional<error> read_hosts(std::string_view hosts, address& into) {
  while (true) {
    if (into.seeds.size() == k_seeds_max) {
      return wrong(fmt::format("more than {} hosts", k_seeds_max));
    }
    const std::size_t comma = hosts.find(',');
    auto name = read_host(hosts.substr(0, comma), into.seeds.size() + 1);
    if (!name) {
      return name.error();
    }
    into.seeds.push_back(std::move(*name));
    if (comma == std::string_view::npos) {
      return std::nullopt;
    }
    hosts.remove_prefix(comma + 1);
  }
}

} // namespace

std::string to_string(const node_name& name) {
  return name.host.find(':') == std::string::npos ? fmt::format("{}:{}", name.host, name.port)
                                                  : fmt::format("[{}]:{}", name.host, name.port);
}

result<address> parse_address(std::string_view url) {
  if (url.size() > k_url_bytes_max) {
    return wrong(fmt::format("longer than {} bytes", k_url_bytes_max));
  }
  const auto* const found =
      std::find_if(k_schemes.begin(), k_schemes.end(), [&](const scheme& each) { return url.starts_with(each.name); });
  if (found == k_schemes.end()) {
    return wrong("must begin with redis://, rediss:// (TLS), redis+cluster:// or rediss+cluster://");
  }
  address read{.tls = found->tls, .cluster = found->cluster, .seeds = {}};
  std::string_view rest = url.substr(found->name.size());
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view login = rest.substr(0, at);
    if (login.find_first_of("@/") != std::string_view::npos) {
      return wrong("an @ or / inside user or password is written %40 or %2F; they stand once, before all hosts");
    }
    if (auto failure = read_login(login, read)) {
      return *failure;
    }
    rest.remove_prefix(at + 1);
  }
  if (rest.find_first_of("?#") != std::string_view::npos) {
    return wrong("? and # have no meaning here; only a database number may follow the hosts");
  }
  const std::size_t slash = rest.find('/');
  if (auto failure = read_hosts(rest.substr(0, slash), read)) {
    return *failure;
  }
  read.cluster = read.cluster || read.seeds.size() > 1;
  const std::string_view database = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
  if (!database.empty()) {
    const auto value = number(database, k_database_max);
    if (!value) {
      return wrong(fmt::format("what follows the / is no database number from 0 to {}", k_database_max));
    }
    if (read.cluster && *value != 0) {
      return wrong("a cluster has database 0 only");
    }
    read.database = *value;
  }
  return read;
}

} // namespace inferenceflow::redis
