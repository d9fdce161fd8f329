#include "app/models/download.h"

#include "config/url.h"
#include "http/upstream_call.h"

#include <array>
#include <charconv>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <utility>

namespace inferenceflow::app::models {

namespace {

constexpr std::string_view k_magic = "GGUF";
constexpr int k_partial_content = 206;
constexpr int k_range_not_satisfiable = 416;

std::string first_set(const config::environment& env, std::string_view upper, std::string_view lower) {
  const auto big = env(upper);
  return big && !big->empty() ? *big : env(lower).value_or("");
}

/// One request and its answer, on a connection of its own.
class exchange {
public:
  exchange(net::event_loop& loop, const web_address& address, const transport& network, net::cancel_scope& scope)
      : address_(address)
      , proxy_(proxy_for(address, network.env))
      , pool_(loop, endpoint_of(network.ca_file), {.connections_max = 1})
      , call_(loop, pool_, scope, k_silence) {}

  /// @param from  first byte wanted. @param etag  of the version that the bytes before are of.
  net::task<std::optional<error>> start(std::uint64_t from, std::string etag) {
    const bool absolute = proxy_ && !address_.tls;
    head_ = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: inferenceflow\r\nAccept: */*\r\n"
                        "Accept-Encoding: identity\r\nConnection: close\r\n",
                        absolute ? address_.text() : address_.target, address_.authority);
    if (from > 0) {
      head_ += fmt::format("Range: bytes={}-\r\n", from);
    }
    if (from > 0 && !etag.empty()) {
      head_ += fmt::format("If-Range: {}\r\n", etag);
    }
    if (absolute && !proxy_->authorization.empty()) {
      head_ += fmt::format("Proxy-Authorization: {}\r\n", proxy_->authorization);
    }
    head_ += "\r\n";
    const std::array<std::string_view, 1> pieces{head_};
    co_return co_await call_.start(pieces);
  }

  [[nodiscard]] const http::response_head& head() const { return call_.head(); }
  http::upstream_call& call() { return call_; }

private:
  static std::optional<net::parsed_url> proxy_for(const web_address& address, const config::environment& env) {
    const auto text =
        address.tls ? first_set(env, "HTTPS_PROXY", "https_proxy") : first_set(env, "HTTP_PROXY", "http_proxy");
    const config::base_address base{.tls = address.tls, .host = address.host, .port = address.port, .path = {}};
    if (text.empty() || config::bypasses_proxy(base, first_set(env, "NO_PROXY", "no_proxy"))) {
      return std::nullopt;
    }
    return net::parse_url(text.find("://") == std::string::npos ? "http://" + text : text);
  }

  net::endpoint endpoint_of(const std::string& ca_file) const {
    net::endpoint to{.tls = address_.tls,
                     .host = address_.host,
                     .port = address_.port,
                     .ca_file = ca_file,
                     .proxy = {},
                     .proxy_authorization = {}};
    if (proxy_) {
      to.proxy = {proxy_->host, proxy_->port};
      to.proxy_authorization = proxy_->authorization;
    }
    return to;
  }

  web_address address_;
  std::optional<net::parsed_url> proxy_;
  http::upstream_pool pool_;
  http::upstream_call call_; // after the pool, whose lease it holds
  std::string head_;
};

/// "bytes 100-199/1000" or "bytes */1000".
struct content_range {
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> total;
};

content_range parse_range(std::string_view text) {
  content_range range;
  const auto number = [](std::string_view digits) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return wrong == std::errc{} && end != digits.data() ? std::optional{value} : std::nullopt;
  };
  constexpr std::string_view k_unit = "bytes ";
  const auto slash = text.find('/');
  if (text.starts_with(k_unit) && slash != std::string_view::npos) {
    range.first = number(text.substr(k_unit.size()));
    range.total = number(text.substr(slash + 1));
  }
  return range;
}

/// A hash that an entity tag may be: the hub's are SHA-256 in quotes.
std::string hash_of_tag(std::string_view etag) {
  const std::string_view bare = etag.size() > 2 && etag.front() == '"' ? etag.substr(1, etag.size() - 2) : etag;
  return is_sha256(bare) ? std::string{bare} : std::string{};
}

error refused(const web_address& address, int status) {
  const auto url = address.text();
  switch (status) {
  case 401:
  case 403:
    return make_error(error_kind::forbidden, fmt::format("{}: {}, it wants a login that is not supported here; "
                                                         "download it by hand into the model folder",
                                                         url, status));
  case 404:
  case 410: return make_error(error_kind::not_found, fmt::format("{}: {}, there is no such file", url, status));
  default: return make_error(error_kind::upstream_failed, fmt::format("{}: answered {}", url, status));
  }
}

/// The state of one download.
class transfer {
public:
  transfer(net::event_loop& loop, const model_source& source, part_file& part, const transport& network,
           const std::function<void(const download_progress&)>& report, net::cancel_scope& scope)
      : loop_(loop)
      , part_(part)
      , network_(network)
      , report_(report)
      , scope_(scope)
      , address_(source.address)
      , sha256_(source.sha256) {}

  net::task<result<std::string>> run() {
    // Without a tag or a hash nobody would notice that the file has changed meanwhile.
    bool anew = part_.bytes() > 0 && !(strong_tag() || !sha256_.empty());
    for (int hop = 0; hop <= k_redirects_max; ++hop) {
      auto failure = anew ? forget() : std::nullopt;
      if (failure) {
        co_return *failure;
      }
      exchange_ = nullptr;
      exchange_ = std::make_unique<exchange>(loop_, address_, network_, scope_);
      failure = co_await exchange_->start(part_.bytes(), part_.etag());
      if (failure) {
        co_return at_address(*failure);
      }
      const auto& head = exchange_->head();
      if (head.status / 100 == 3 && !head.location.empty()) {
        failure = redirected(head);
        anew = false;
      } else if (head.status == k_range_not_satisfiable && part_.bytes() > 0) {
        if (parse_range(head.content_range).total == part_.bytes()) {
          co_return sha256_; // it was all there
        }
        anew = true;
      } else {
        failure = co_await take_body(head);
        exchange_ = nullptr;
        co_return failure ? result<std::string>{*failure} : result<std::string>{sha256_};
      }
      if (failure) {
        co_return *failure;
      }
    }
    co_return make_error(error_kind::upstream_failed,
                         fmt::format("{}: more than {} redirects", address_.text(), k_redirects_max));
  }

private:
  [[nodiscard]] bool strong_tag() const { return !part_.etag().empty() && part_.etag().front() == '"'; }

  error at_address(const error& failure) const {
    auto named = failure;
    named.message = fmt::format("{}: {}", address_.text(), failure.message);
    return named;
  }

  std::optional<error> forget() {
    const auto begun = part_.begin({}, false);
    return begun ? std::nullopt : std::optional{begun.error()};
  }

  std::optional<error> redirected(const http::response_head& head) {
    auto to = follow(address_, head.location);
    if (!to) {
      return at_address(to.error());
    }
    if (sha256_.empty()) {
      sha256_ = hash_of_tag(head.linked_etag);
    }
    address_ = std::move(*to);
    return std::nullopt;
  }

  /// Whether the body goes on where the part ends. @returns what is wrong with the answer.
  std::optional<error> begin_body(const http::response_head& head) {
    if (head.status != 200 && head.status != k_partial_content) {
      return refused(address_, head.status);
    }
    if (!head.content_encoding.empty()) {
      return at_address(
          make_error(error_kind::upstream_failed, "sends the file compressed although that was not asked"));
    }
    progress_.total = head.content_length;
    const bool goes_on = head.status == k_partial_content;
    if (goes_on) {
      const auto range = parse_range(head.content_range);
      if (range.first != part_.bytes()) {
        return at_address(
            make_error(error_kind::upstream_failed, fmt::format("asked for the bytes from {} on, it sends '{}'",
                                                                part_.bytes(), head.content_range)));
      }
      progress_.total = range.total;
    }
    const bool usable_tag = !head.etag.empty() && head.etag.front() == '"';
    const auto begun = part_.begin(usable_tag ? head.etag : std::string{}, goes_on);
    if (!begun) {
      return begun.error();
    }
    progress_.began_with = progress_.bytes = part_.bytes();
    return progress_.total ? part_.check_room(*progress_.total) : std::nullopt;
  }

  std::optional<error> write(std::string_view bytes) {
    const bool begins = part_.bytes() < k_magic.size();
    if (const auto written = part_.append(bytes); !written) {
      return written.error();
    }
    if (begins && part_.bytes() >= k_magic.size() && part_.first(k_magic.size()) != k_magic) {
      const auto seen = part_.first(1);
      part_.discard();
      return at_address(make_error(
          error_kind::invalid_request,
          fmt::format("is no GGUF file{}", seen == "<" ? "; it looks like a web page: take the address of the file "
                                                         "itself (…/resolve/… at the hub)"
                                                       : "")));
    }
    return std::nullopt;
  }

  net::task<std::optional<error>> take_body(const http::response_head& head) {
    if (auto wrong = begin_body(head)) {
      co_return wrong;
    }
    const auto began = std::chrono::steady_clock::now();
    for (;;) {
      report_(progress_);
      const auto pieces = co_await exchange_->call().next(std::chrono::milliseconds{k_silence});
      if (!pieces) {
        auto broke = at_address(pieces.error());
        broke.message +=
            fmt::format("; {} of {} are kept, the same command goes on from there", bytes_text(part_.bytes()),
                        progress_.total ? bytes_text(*progress_.total) : std::string{"an unknown size"});
        co_return broke;
      }
      if (pieces->empty()) {
        co_return std::nullopt;
      }
      for (const auto piece : *pieces) {
        if (auto wrong = write(piece)) {
          co_return wrong;
        }
      }
      progress_.bytes = part_.bytes();
      progress_.elapsed = std::chrono::steady_clock::now() - began;
    }
  }

  net::event_loop& loop_;
  part_file& part_;
  const transport& network_;
  const std::function<void(const download_progress&)>& report_;
  net::cancel_scope& scope_;
  web_address address_;
  std::string sha256_;
  download_progress progress_;
  std::unique_ptr<exchange> exchange_;
};

} // namespace

net::task<result<std::string>> download(net::event_loop& loop, const model_source& source, part_file& part,
                                        const transport& network,
                                        const std::function<void(const download_progress&)>& report,
                                        net::cancel_scope& scope) {
  transfer one{loop, source, part, network, report, scope};
  co_return co_await one.run();
}

} // namespace inferenceflow::app::models
