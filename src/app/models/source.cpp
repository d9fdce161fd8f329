#include "app/models/source.h"

#include "config/url.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

#ifndef IFLOW_PINNED_MODELS
#error "src/app/models/CMakeLists.txt defines IFLOW_PINNED_MODELS"
#endif

namespace inferenceflow::app::models {

namespace {

constexpr std::string_view k_hub = "https://huggingface.co";
constexpr std::string_view k_default_models =
    "the default models come with `make models`; others: https://…/name.gguf, or owner/repository/name.gguf of the hub";

error wrong(std::string message) {
  return make_error(error_kind::invalid_request, std::move(message));
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c < 0x7F; });
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::string pinned_hash(std::string_view file_name) {
  const std::string_view pins = IFLOW_PINNED_MODELS;
  for (std::size_t at = 0; at < pins.size();) {
    const auto end = std::min(pins.find(' ', at), pins.size());
    const auto pin = pins.substr(at, end - at);
    const auto equals = pin.find('=');
    if (equals != std::string_view::npos && pin.substr(0, equals) == file_name) {
      return std::string{pin.substr(equals + 1)};
    }
    at = end + 1;
  }
  return {};
}

/// owner/repository/file.gguf, perhaps in folders of the repository → its address at the hub.
result<std::string> hub_url(std::string_view wanted, const config::environment& env) {
  const auto owner = wanted.find('/');
  const auto repository = owner == std::string_view::npos ? owner : wanted.find('/', owner + 1);
  if (repository == std::string_view::npos) {
    return wrong(fmt::format("'{}' is no address and no file of a repository; {}", wanted, k_default_models));
  }
  const std::string hub = env("HF_ENDPOINT").value_or(std::string{k_hub});
  return fmt::format("{}/{}/resolve/main/{}", hub.substr(0, hub.find_last_not_of('/') + 1),
                     wanted.substr(0, repository), wanted.substr(repository + 1));
}

} // namespace

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c); });
}

bool is_model_file_name(std::string_view name) {
  constexpr std::string_view k_ending = ".gguf";
  return name.size() > k_ending.size() && name.size() < 200 && name.ends_with(k_ending) && name.front() != '.' &&
         name.find('/') == std::string_view::npos && printable(name);
}

std::string web_address::text() const {
  return fmt::format("{}://{}{}", tls ? "https" : "http", authority, target);
}

result<web_address> parse_address(std::string_view url) {
  if (url.size() > config::k_url_bytes_max) {
    return wrong(fmt::format("an address of {} bytes; {} are allowed", url.size(), config::k_url_bytes_max));
  }
  url = url.substr(0, url.find('#'));
  const auto scheme = url.find("://");
  const auto path =
      scheme == std::string_view::npos ? scheme : std::min(url.find_first_of("/?", scheme + 3), url.size());
  const auto base = config::parse_base_address(url.substr(0, path));
  if (!base) {
    return wrong(fmt::format("'{}': {}", url, base.error().message));
  }
  if (!printable(url)) {
    return wrong(fmt::format("'{}': blanks and characters outside ASCII must be written as %XX", url));
  }
  web_address made{.tls = base->tls,
                   .host = base->host,
                   .port = base->port,
                   .authority = std::string{url.substr(scheme + 3, path - scheme - 3)},
                   .target = std::string{url.substr(path)}};
  if (made.target.empty() || made.target.front() != '/') {
    made.target.insert(0, "/");
  }
  return made;
}

result<web_address> follow(const web_address& from, std::string_view location) {
  std::string url;
  const std::string_view scheme = from.tls ? "https" : "http";
  if (location.find("://") != std::string_view::npos && location.find("://") < location.find_first_of("/?")) {
    url = location;
  } else if (location.starts_with("//")) {
    url = fmt::format("{}:{}", scheme, location);
  } else if (location.starts_with("/")) {
    url = fmt::format("{}://{}{}", scheme, from.authority, location);
  } else {
    const auto path = from.path();
    url = fmt::format("{}://{}{}{}", scheme, from.authority, path.substr(0, path.rfind('/') + 1), location);
  }
  auto to = parse_address(url);
  if (to && from.tls && !to->tls) {
    return wrong(fmt::format("{} leads from https to http: {}", from.text(), url));
  }
  return to;
}

result<model_source> source_of(std::string_view wanted, const std::string& file_name, const std::string& sha256,
                               const config::environment& env) {
  std::string url{wanted};
  if (wanted.find("://") == std::string_view::npos) {
    auto at_hub = hub_url(wanted, env);
    if (!at_hub) {
      return at_hub.error();
    }
    url = std::move(*at_hub);
  }
  auto address = parse_address(url);
  if (!address) {
    return address.error();
  }
  const auto path = address->path();
  model_source source{std::move(*address), file_name.empty() ? path.substr(path.rfind('/') + 1) : file_name,
                      lower(sha256)};
  if (!is_model_file_name(source.file_name)) {
    return wrong(fmt::format("'{}' cannot be a model's file name: it must end in .gguf and name no folder; choose one "
                             "with --name",
                             source.file_name));
  }
  if (!sha256.empty() && !is_sha256(sha256)) {
    return wrong(fmt::format("--sha256 '{}' is not 64 hex digits", sha256));
  }
  if (source.sha256.empty()) {
    source.sha256 = pinned_hash(source.file_name);
  }
  return source;
}

} // namespace inferenceflow::app::models
