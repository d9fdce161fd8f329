#include "config/checks.h"
#include "config/url.h"

#include <fmt/format.h>

namespace inferenceflow::config {
namespace {

void check_server(const server_settings& server, const key_places& places, problem_log& problems) {
  const auto error = [&](const std::string& path, std::string_view value, std::string message, std::string allowed) {
    problems.error(place_of(places, path), path, value, std::move(message), std::move(allowed));
  };
  if (server.host.empty() || server.host.find_first_of(" \t/@") != std::string::npos) {
    error("server.host", server.host, "not an address", "an IP address or a host name");
  }
  const bool has_certificate = !server.tls.certificate_file.empty();
  if (has_certificate != !server.tls.key_file.empty()) {
    error(has_certificate ? "server.tls.certificate_file" : "server.tls.key_file",
          has_certificate ? server.tls.certificate_file : server.tls.key_file,
          has_certificate ? "certificate without a key" : "key without a certificate", "both or neither");
  }
  for (std::size_t i = 0; i < server.cors.origins.size(); ++i) {
    const auto& origin = server.cors.origins[i];
    if (origin == "*" || origin == "null") {
      continue;
    }
    const auto parsed = parse_base_address(origin);
    if (!parsed || !parsed->path.empty() || origin.ends_with('/')) {
      error(fmt::format("server.cors.origins[{}]", i), origin, "not an origin", "scheme://host[:port] or \"*\"");
    }
  }
}

/// Lines are taken, called back and promoted in this order.
void check_pool(const settings& target, const key_places& places, problem_log& problems) {
  const auto& pool = target.batches.pool;
  const auto error = [&](const std::string& path, std::chrono::seconds value, std::string message,
                         std::string allowed) {
    problems.error(place_of(places, path), path, fmt::format("{}s", value.count()), std::move(message),
                   std::move(allowed));
  };
  if (pool.promote_before > pool.give_up_before) {
    error("batches.pool.promote_before_s", pool.promote_before, "earlier than batches are cancelled",
          "at most batches.pool.give_up_before_s");
  }
  if (pool.give_up_before >= pool.slack_min) {
    error("batches.pool.give_up_before_s", pool.give_up_before, "no time is left for a batch",
          "less than batches.pool.slack_min_s");
  }
  if (pool.poll_min > pool.poll_max) {
    error("batches.pool.poll_min_s", pool.poll_min, "longer than the longest", "at most batches.pool.poll_max_s");
  }
  for (std::size_t i = 0; i < target.providers.size(); ++i) {
    using dialogue::protocol;
    const auto& provider = target.providers[i];
    const bool known = provider.protocol == protocol::openai_chat || provider.protocol == protocol::anthropic ||
                       provider.protocol == protocol::gemini;
    if (provider.batch.enabled && !known) {
      const std::string path = fmt::format("providers[{}].batch.enabled", i);
      problems.error(place_of(places, path), path, "true", "this protocol's batches are not known",
                     "true for protocols openai, anthropic and gemini only");
    }
  }
}

} // namespace

void check_combinations(const settings& target, const key_places& places, problem_log& problems) {
  check_server(target.server, places, problems);
  check_pool(target, places, problems);
  if (target.cache.entry_bytes_max > target.cache.bytes_max) {
    const std::string path = "cache.entry_bytes_max";
    problems.error(place_of(places, path), path, std::to_string(target.cache.entry_bytes_max),
                   "larger than the whole cache", "at most cache.bytes_max");
  }
  if (target.upstream.event_bytes_max > target.upstream.answer_bytes_max) {
    const std::string path = "upstream.event_bytes_max";
    problems.error(place_of(places, path), path, std::to_string(target.upstream.event_bytes_max),
                   "larger than a whole answer", "at most upstream.answer_bytes_max");
  }
  if (target.ledger.path.empty()) {
    const std::string path = "ledger.path";
    problems.error(place_of(places, path), path, {}, "empty file name", "file name or \":memory:\"");
  }
}

} // namespace inferenceflow::config
