#include "config/checks.h"
#include "config/url.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::config {
namespace {

constexpr std::string_view k_reserved_headers[] = {"authorization",     "connection", "content-length", "host",
                                                   "transfer-encoding", "te",         "upgrade"};

std::optional<std::string> first_set(const environment& env, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    if (auto value = env ? env(name) : std::nullopt; value && !value->empty()) {
      return value;
    }
  }
  return std::nullopt;
}

bool is_header_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

// Fills in one provider; `path` is its key path.
class provider_resolver {
public:
  provider_resolver(provider_settings& provider, std::string path, const key_places& places, const environment& env,
                    problem_log& problems)
      : provider_(provider)
      , path_(std::move(path))
      , places_(places)
      , env_(env)
      , problems_(problems) {}

  void resolve() {
    proxy(address());
    headers();
    for (auto& model : provider_.models) {
      if (model.upstream_name.empty()) {
        model.upstream_name = model.name;
      }
    }
  }

private:
  void error(const std::string& key, std::string_view value, std::string message, std::string allowed = {}) {
    const auto path = path_ + "." + key;
    problems_.error(place_of(places_, path), path, value, std::move(message), std::move(allowed));
  }

  /// Puts the value of `key` where `url` says {key}. @returns false when there is none, or it is no part of a host
  /// name.
  bool fill_in(std::string& url, const std::string& key, const std::string& value) {
    const std::string place = "{" + key + "}";
    const auto at = url.find(place);
    if (at == std::string::npos) {
      return true;
    }
    if (value.empty()) {
      error(key, {}, fmt::format("missing: the address is {}", url), "letters, digits and hyphens");
      return false;
    }
    const bool good = std::all_of(value.begin(), value.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
    if (!good) {
      error(key, value, "no part of a host name", "letters, digits and hyphens");
      return false;
    }
    url.replace(at, place.size(), value);
    return true;
  }

  std::optional<base_address> address() {
    auto& url = provider_.base_url;
    if (url.empty()) {
      if (provider_.preset.empty()) { // else the presets have said so
        error("base_url", {}, "missing", "http or https address, or a preset that has one");
      }
      return std::nullopt;
    }
    if (!fill_in(url, "region", provider_.region) || !fill_in(url, "resource", provider_.resource)) {
      return std::nullopt;
    }
    auto parsed = parse_base_address(url);
    if (!parsed) {
      error("base_url", url, parsed.error().message, "http://host[:port][/path] or https://…");
      return std::nullopt;
    }
    url.erase(url.find_last_not_of('/') + 1);
    return *std::move(parsed);
  }

  void proxy(const std::optional<base_address>& upstream) {
    auto& proxy = provider_.proxy;
    if (proxy == "none" || (proxy.empty() && !upstream)) {
      proxy.clear();
      return;
    }
    std::string variable;
    if (proxy.empty()) {
      variable = upstream->tls ? "HTTPS_PROXY" : "HTTP_PROXY";
      const auto from_env = upstream->tls ? first_set(env_, {"HTTPS_PROXY", "https_proxy"})
                                          : first_set(env_, {"HTTP_PROXY", "http_proxy"});
      if (!from_env || bypasses_proxy(*upstream, first_set(env_, {"NO_PROXY", "no_proxy"}).value_or(""))) {
        return;
      }
      proxy = from_env->find("://") == std::string::npos ? "http://" + *from_env : *from_env;
    }
    // User name and password of a proxy are allowed, unlike those of an upstream.
    auto plain = proxy;
    const auto at = plain.find('@');
    const auto scheme_end = plain.find("://");
    if (at != std::string::npos && scheme_end != std::string::npos && scheme_end < at) {
      plain.erase(scheme_end + 3, at - scheme_end - 2);
    }
    const auto parsed = parse_base_address(plain);
    if (parsed && !parsed->tls && parsed->path.empty()) {
      proxy.erase(proxy.find_last_not_of('/') + 1);
      return;
    }
    const auto message = parsed ? std::string("not a plain HTTP proxy") : parsed.error().message;
    if (variable.empty()) {
      error("proxy", proxy, message, "http://host:port or none");
    } else {
      problems_.environment_error(variable, proxy, message, "http://host:port");
    }
    proxy.clear();
  }

  void headers() {
    if (const auto& name = provider_.key_header; !name.empty() && !is_token(name)) {
      error("key_header", name, "not a header name", "letters, digits and hyphens");
    }
    for (const auto& [name, content] : provider_.headers) {
      std::string lower = name;
      std::transform(lower.begin(), lower.end(), lower.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
      if (!is_token(name)) {
        error("headers." + name, {}, "not a header name", "letters, digits and hyphens");
      } else if (std::find(std::begin(k_reserved_headers), std::end(k_reserved_headers), lower) !=
                 std::end(k_reserved_headers)) {
        error("headers." + name, {}, "this header is set by the gateway itself");
      } else if (!is_header_text(content)) {
        error("headers." + name, {}, "characters that no header may carry", "visible ASCII and spaces");
      }
    }
  }

  provider_settings& provider_;
  std::string path_;
  const key_places& places_;
  const environment& env_;
  problem_log& problems_;
};

} // namespace

void resolve_providers(settings& target, const key_places& places, const environment& env, const file_reader& files,
                       problem_log& problems) {
  for (std::size_t i = 0; i < target.providers.size(); ++i) {
    const auto path = fmt::format("providers[{}]", i);
    resolve_keys(target.providers[i], path, places, env, files, problems);
    resolve_aws(target.providers[i], path, places, env, problems);
    provider_resolver(target.providers[i], path, places, env, problems).resolve();
  }
}

} // namespace inferenceflow::config
