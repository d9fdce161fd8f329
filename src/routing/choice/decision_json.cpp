#include "routing/choice/decision_json.h"

#include "wire/json/text.h"

#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <string_view>

namespace inferenceflow::routing {

namespace {

/// Two names and a strategy of this length leave room for the figures.
constexpr std::size_t k_name_bytes_max = 72;

void add_string(std::string& out, std::string_view text) {
  out.push_back('"');
  wire::json::append_escaped(out, text);
  out.push_back('"');
}

void add_string_or_null(std::string& out, std::string_view text) {
  if (text.empty()) {
    out += "null";
  } else {
    add_string(out, text);
  }
}

/// Six digits are more than any estimate has.
void add_number(std::string& out, double value, bool known = true) {
  if (known && std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out), "{:.6g}", value);
  } else {
    out += "null";
  }
}

void add_names(std::string& out, const scored& one) {
  out += R"("provider":)";
  add_string(out, one.provider);
  out += R"(,"model":)";
  add_string(out, one.model);
  out += R"(,"tier":)";
  add_string_or_null(out, one.tier);
}

void add_candidate(std::string& out, const scored& one) {
  out += "{";
  add_names(out, one);
  out += R"(,"verdict":)";
  add_string(out, to_string(one.why));
  out += R"(,"detail":)";
  add_string_or_null(out, one.detail);
  out += R"(,"quality":)";
  add_number(out, one.quality, one.quality >= 0);
  out += R"(,"cost_usd":)";
  add_number(out, one.cost_usd, one.cost_usd >= 0);
  out += R"(,"seconds":)";
  add_number(out, one.seconds, one.seconds >= 0);
  out += R"(,"score":)";
  add_number(out, one.score, !excluded(one.why));
  out += R"(,"output_tokens":)";
  add_number(out, one.output_tokens, one.output_tokens > 0);
  out += "}";
}

const scored* chosen_of(const decision& made) {
  return made.chosen >= 0 && static_cast<std::size_t>(made.chosen) < made.candidates.size()
             ? &made.candidates[static_cast<std::size_t>(made.chosen)]
             : nullptr;
}

/// For a header: cut, and nothing that could end a part of it or the line.
void add_plain(std::string& out, std::string_view text) {
  for (const char c : text.substr(0, k_name_bytes_max)) {
    out.push_back(c > 0x20 && c < 0x7f && c != ';' ? c : '?');
  }
}

} // namespace

// NOLINTNEXTLINE(misc-no-recursion): once, for the other
std::string decision_json(const decision& made, const decision* other) {
  const scored* const chosen = chosen_of(made);
  std::string out = R"({"route":)";
  out.reserve(256 + made.candidates.size() * 224);
  add_string(out, made.route);
  out += R"(,"strategy":)";
  add_string(out, made.strategy);
  out += R"(,"chosen":)";
  if (chosen == nullptr) {
    out += R"(null,"why":null)";
  } else {
    out += "{";
    add_names(out, *chosen);
    out += R"(},"why":)";
    add_string_or_null(out, made.explored && chosen->detail.empty() ? "chosen to learn from it" : chosen->detail);
  }
  out += R"(,"candidates":[)";
  for (const scored& one : made.candidates) {
    out += out.back() == '[' ? "" : ",";
    add_candidate(out, one);
  }
  out += R"(],"order":[)";
  for (const std::size_t index : made.order) {
    if (index < made.candidates.size()) {
      out += out.back() == '[' ? "" : ",";
      add_string(out, fmt::format("{}/{}", made.candidates[index].provider, made.candidates[index].model));
    }
  }
  out += R"(],"propensity":)";
  add_number(out, made.propensity);
  out += made.explored ? R"(,"explored":true,"complexity":)" : R"(,"explored":false,"complexity":)";
  add_number(out, made.complexity);
  out += R"(,"predictor":)";
  add_string_or_null(out, made.predictor);
  if (other != nullptr) {
    out.append(R"(,"other":)").append(decision_json(*other));
  }
  return out += "}";
}

std::string decision_header(const decision& made, std::uint32_t escalations) {
  const scored* const chosen = chosen_of(made);
  std::string out;
  add_plain(out, made.route);
  out += "->";
  add_plain(out, chosen == nullptr ? "none" : chosen->model);
  out += "; ";
  add_plain(out, made.strategy);
  const auto figure = [&out](std::string_view name, double value) {
    if (value >= 0 && std::isfinite(value)) {
      fmt::format_to(std::back_inserter(out), "; {}={:.3g}", name, value);
    }
  };
  if (chosen != nullptr) {
    figure("quality", chosen->quality);
    figure("cost_usd", chosen->cost_usd);
  }
  figure("escalations", escalations);
  return out;
}

} // namespace inferenceflow::routing
