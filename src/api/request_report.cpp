#include "api/request_report.h"

#include "api/json_text.h"

#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <string_view>

namespace inferenceflow::api {

namespace {

std::string string_or_null(std::string_view text) {
  return text.empty() ? "null" : json_string(text);
}

std::string number_or_null(const std::optional<double>& number) {
  return number && std::isfinite(*number) ? fmt::format("{:.6g}", *number) : "null";
}

double milliseconds(std::int64_t microseconds) {
  return static_cast<double>(microseconds) / 1'000;
}

/// "provider/model" → its parts; a model's name may hold slashes.
std::string chosen_json(std::string_view chosen) {
  const std::size_t slash = chosen.find('/');
  return slash == std::string_view::npos
             ? "null"
             : fmt::format(R"({{"provider":{},"model":{},"tier":null}})", json_string(chosen.substr(0, slash)),
                           json_string(chosen.substr(slash + 1)));
}

/// What the explanation would begin with, without its last brace.
std::string beginning_of(const store::routed_part& routed) {
  const std::string_view whole = routed.explanation;
  if (whole.size() > 2 && whole.front() == '{' && whole.back() == '}') {
    return std::string{whole.substr(0, whole.size() - 1)};
  }
  return fmt::format(R"({{"route":null,"strategy":{},"chosen":{},"why":null,"candidates":null,"order":null,)"
                     R"("propensity":{},"explored":{},"complexity":{},"predictor":null)",
                     string_or_null(routed.strategy), chosen_json(routed.chosen), number_or_null(routed.propensity),
                     routed.explored, number_or_null(routed.complexity));
}

} // namespace

std::string feedback_json(const store::feedback& said) {
  return fmt::format(R"({{"source":{},"score":{},"label":{},"comment":{},"at":{}}})", string_or_null(said.source),
                     number_or_null(said.score), string_or_null(said.label), string_or_null(said.comment),
                     json_time(said.at_ms));
}

std::string routing_json(const store::routed_part& routed, std::span<const store::feedback> said) {
  return fmt::format(
      R"({},"role":"{}","tier":{},"predicted_quality":{},"confidence":{},"escalations":{},"feedback":{}}})",
      beginning_of(routed), store::to_string(routed.role), string_or_null(routed.tier), number_or_null(routed.quality),
      number_or_null(routed.confidence), routed.escalations, number_or_null(store::score_of(said)));
}

std::string request_json(const store::ledger_row& row, std::span<const store::feedback> said) {
  std::string text = fmt::format(
      R"({{"object":"request","request_id":{},"trace_id":{},"finished_at":{},"tenant":{},"user":{},"surface":{},)"
      R"("model_requested":{},"model":{},"provider":{},"cache":{},"status":{},"error":{},"finish_reason":{},)"
      R"("streamed":{},"batched":{},"tokens":{},"tokens_estimated":{},"ceiling_priced":{},"cost_usd":{},"direct_usd":{},)"
      R"("saved_usd":{},"latency_ms":{:.3f},"first_byte_ms":{},"routing":{},"feedback":[)",
      json_string(row.request_id), string_or_null(row.trace_id), json_time(row.finished_ms), json_string(row.tenant),
      string_or_null(row.user), json_string(row.surface), json_string(row.model_requested),
      string_or_null(row.model_served), string_or_null(row.provider), json_string(row.cache), row.status,
      string_or_null(row.error_kind), string_or_null(row.finish_reason), row.streamed, row.batched,
      json_tokens(row.usage), row.source == cost::usage_source::estimated, row.ceiling_priced, to_usd_string(row.cost),
      to_usd_string(row.direct), to_usd_string(row.direct - row.cost), milliseconds(row.latency_us),
      row.first_byte_us == 0 ? "null" : fmt::format("{:.3f}", milliseconds(row.first_byte_us)),
      row.routed ? routing_json(*row.routed, said) : "null");
  for (const store::feedback& each : said) {
    text += text.back() == '[' ? "" : ",";
    text += feedback_json(each);
  }
  return text + "]}";
}

} // namespace inferenceflow::api
