#include "api/admin_surface.h"
#include "api/json_text.h"
#include "api/percent_decode.h"

#include <array>
#include <charconv>
#include <ctime>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::api {

namespace {

using store::cost_group;

constexpr std::array<std::pair<std::string_view, cost_group>, 9> k_groups{{{"none", cost_group::none},
                                                                           {"route", cost_group::route},
                                                                           {"role", cost_group::role},
                                                                           {"model", cost_group::model},
                                                                           {"provider", cost_group::provider},
                                                                           {"user", cost_group::user},
                                                                           {"tenant", cost_group::tenant},
                                                                           {"hour", cost_group::hour},
                                                                           {"day", cost_group::day}}};

std::string_view name_of(cost_group group) {
  for (const auto& [name, value] : k_groups) {
    if (value == group) {
      return name;
    }
  }
  return "none";
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

/// RFC 3339 with Z or an offset, or seconds since 1970.
std::optional<std::int64_t> unix_ms_of(const std::string& text) {
  constexpr std::int64_t k_seconds_max = 253'402'300'799; // end of year 9999
  if (const auto seconds = whole_number(text)) {
    return *seconds >= 0 && *seconds <= k_seconds_max ? std::optional{*seconds * 1'000} : std::nullopt;
  }
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) {
    return std::nullopt;
  }
  std::int64_t fraction_ms = 0;
  if (*rest == '.') {
    std::int64_t scale = 100;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, scale /= 10) {
      fraction_ms += (*rest - '0') * scale;
    }
  }
  int hours = 0;
  int minutes = 0;
  char sign = '+';
  int used = 0;
  if (*rest == 'Z' || *rest == 'z') {
    ++rest;
  } else if (std::sscanf(rest, "%c%2d:%2d%n", &sign, &hours, &minutes, &used) == 3 && (sign == '+' || sign == '-')) {
    rest += used;
  } else {
    return std::nullopt;
  }
  if (*rest != '\0') {
    return std::nullopt;
  }
  const std::int64_t offset_s = (hours * 60 + minutes) * 60 * (sign == '-' ? -1 : 1);
  const std::int64_t seconds = timegm(&parts) - offset_s;
  return seconds >= 0 ? std::optional{seconds * 1'000 + fraction_ms} : std::nullopt;
}

error wrong(std::string_view parameter, std::string_view allowed) {
  return make_error(error_kind::invalid_request, fmt::format("{}: {}", parameter, allowed), std::string{parameter});
}

result<void> read_time(std::string_view query, std::string_view name, std::int64_t& into) {
  const auto given = query_value(query, name);
  if (!given) {
    return {};
  }
  const auto moment = unix_ms_of(*given);
  if (!moment) {
    return wrong(name, "must be an RFC 3339 time such as 2026-01-01T00:00:00Z, or seconds since 1970");
  }
  into = *moment;
  return {};
}

result<store::cost_query> read_query(std::string_view query) {
  constexpr std::array<std::string_view, 5> k_known{"group_by", "from", "until", "tenant", "limit"};
  if (const auto unknown = unknown_parameter(query, k_known)) {
    return wrong(*unknown, "is no parameter here; use group_by, from, until, tenant, limit");
  }
  store::cost_query asked;
  if (const auto group = query_value(query, "group_by")) {
    bool known = false;
    for (const auto& [name, value] : k_groups) {
      if (name == *group) {
        asked.group = value;
        known = true;
      }
    }
    if (!known) {
      return wrong("group_by", "must be one of none, model, provider, user, tenant, hour, day");
    }
  }
  if (const auto from = read_time(query, "from", asked.from_ms); !from) {
    return from.error();
  }
  if (const auto until = read_time(query, "until", asked.until_ms); !until) {
    return until.error();
  }
  asked.tenant = query_value(query, "tenant").value_or("");
  if (const auto limit = query_value(query, "limit")) {
    const auto rows = whole_number(*limit);
    if (!rows || *rows < 1 || *rows > static_cast<std::int64_t>(k_report_rows_max)) {
      return wrong("limit", fmt::format("must be an integer from 1 to {}", k_report_rows_max));
    }
    asked.rows_max = static_cast<std::size_t>(*rows);
  }
  return asked;
}

std::string report(const store::cost_query& asked, const std::vector<store::cost_total>& rows) {
  std::string text = fmt::format(R"({{"group_by":"{}","from":{},"until":{},"tenant":{},"rows":[)", name_of(asked.group),
                                 json_time(asked.from_ms), json_time(asked.until_ms),
                                 asked.tenant.empty() ? "null" : json_string(asked.tenant));
  bool first = true;
  for (const auto& row : rows) {
    text += fmt::format(R"({}{{"group":{},"requests":{},"cache_hits":{},"tokens":{},"cost_usd":{},"direct_usd":{},)"
                        R"("saved_usd":{}}})",
                        first ? "" : ",", json_string(row.group), row.requests, row.cache_hits, json_tokens(row.usage),
                        to_usd_string(row.cost), to_usd_string(row.direct), to_usd_string(row.saved()));
    first = false;
  }
  return text + "]}";
}

} // namespace

net::task<void> serve_cost_report(call_context& context, service& serving) {
  const auto asked = read_query(context.head().query);
  if (!asked) {
    const error why = asked.error();
    co_await context.send_error(why);
    co_return;
  }
  store::ledger& ledger = serving.shared.ledger;
  std::function<result<std::vector<store::cost_total>>()> sum = [&ledger, query = *asked] {
    ledger.flush(); // "real time": what was answered before the question is in the answer
    return ledger.totals(query);
  };
  const auto rows = co_await serving.blocking.run(std::move(sum));
  if (!rows) {
    const error why = rows.error();
    co_await context.send_error(why);
    co_return;
  }
  const std::string body = report(*asked, *rows);
  co_await context.send_json(200, body);
}

} // namespace inferenceflow::api
