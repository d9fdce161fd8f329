#include "bench/wire/canonical.h"
#include "bench/wire/checks.h"
#include "bench/wire/plain_reading.h"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace inferenceflow::bench {

namespace {

constexpr int k_class = 100;

/// These concern the gateway's own account, so that their words are the gateway's.
bool is_about_the_account(int status) {
  return status == 401 || status == 402 || status == 403;
}

/// What must not reach a client: Google's project, AWS' account, addresses.
bool names_account(std::string_view message) {
  return message.find("projects/") != std::string_view::npos || message.find("arn:") != std::string_view::npos ||
         message.find("://") != std::string_view::npos;
}

/// What a client is told: in its own protocol, with the status class and the words that the provider chose.
std::string fault_of(const dialogue::written_error& told, int status, const std::string& message) {
  if (told.status / k_class != status / k_class) {
    return fmt::format("status {} became {}", status, told.status);
  }
  const auto document = by_value(told.body);
  if (!document.is_object()) {
    return "the client's document is no JSON object";
  }
  const std::string words = boost::json::serialize(document);
  const std::string spelt = boost::json::serialize(boost::json::string(message));
  if (words.find(spelt.substr(1, spelt.size() - 2)) == std::string::npos) {
    return fmt::format("the message \"{}\" is not in {}", message, words);
  }
  return {};
}

} // namespace

void check_error(const recording& row, const bench_setting& with) {
  constexpr std::string_view k_check = "error read";
  const std::string said = recorded_message(row);
  const error why = with.codecs.of(row.speaks).read_error(row.status, row.body, "7");
  const bool as_said = said.empty() || why.message == said;
  const bool cleaned = !as_said && names_account(said) && !names_account(why.message);
  if (why.message.empty() || (!is_about_the_account(row.status) && !as_said && !cleaned)) {
    with.into.fail(row, k_check, fmt::format("\"{}\" became \"{}\"", said, why.message));
    return;
  }
  if (why.retry_after != std::chrono::seconds{7}) {
    with.into.fail(row, k_check, "Retry-After is lost");
    return;
  }
  with.into.pass(row, k_check, cleaned ? std::vector<std::string>{"the account's name"} : std::vector<std::string>{});
  for (const auto target : k_client_protocols) {
    const std::string check = fmt::format("error to {}", name_of(target));
    const std::string wrong = fault_of(with.codecs.of(target).write_error(why), row.status, why.message);
    if (wrong.empty()) {
      with.into.pass(row, check);
    } else {
      with.into.fail(row, check, wrong);
    }
  }
}

} // namespace inferenceflow::bench
