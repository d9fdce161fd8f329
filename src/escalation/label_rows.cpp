#include "escalation/trust.h"

#include <array>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <optional>

namespace inferenceflow::escalation {

namespace json = boost::json;

namespace {

constexpr std::size_t k_line_bytes_max = 64 * 1024;

/// 0, 1 or a boolean.
std::optional<bool> flag_of(const json::value& value) {
  if (value.is_bool()) {
    return value.get_bool();
  }
  if (!value.is_number()) {
    return std::nullopt;
  }
  const double number = value.to_number<double>();
  return number == 0 || number == 1 ? std::optional{number == 1} : std::nullopt;
}

/// @returns what is wrong; empty if nothing.
std::string take_signal(std::string_view name, const json::value& value, signals& into) {
  struct numeric {
    std::string_view name;
    std::optional<double> signals::*member;
  };
  static constexpr std::array k_numbers = {numeric{"logprob_mean", &signals::logprob_mean},
                                           numeric{"logprob_min", &signals::logprob_min},
                                           numeric{"margin", &signals::margin},
                                           numeric{"entropy", &signals::entropy},
                                           numeric{"agreement", &signals::agreement},
                                           numeric{"score", &signals::score},
                                           numeric{"support", &signals::support}};
  for (const auto& each : k_numbers) {
    if (name == each.name) {
      if (value.is_null()) {
        return {};
      }
      if (!value.is_number()) {
        return fmt::format("signals.{} is no number", name);
      }
      into.*each.member = value.to_number<double>();
      return {};
    }
  }
  const auto flag = flag_of(value);
  if (name == "format") {
    into.format_valid = flag;
    return flag || value.is_null() ? std::string{} : "signals.format is neither 0 nor 1";
  }
  bool* member = name == "refusal" ? &into.refusal
                 : name == "empty" ? &into.empty
                 : name == "cut"   ? &into.cut
                                   : nullptr;
  if (member == nullptr) {
    return fmt::format("signals.{} is not known", name.substr(0, k_label_bytes_max));
  }
  *member = flag.value_or(false);
  return flag ? std::string{} : fmt::format("signals.{} is neither 0 nor 1", name);
}

std::string take_row(const json::object& row, labelled& into) {
  const auto* seen = row.if_contains("signals");
  if (seen == nullptr || !seen->is_object()) {
    return "signals is missing or no object";
  }
  for (const auto& each : seen->get_object()) {
    if (auto wrong = take_signal({each.key().data(), each.key().size()}, each.value(), into.seen); !wrong.empty()) {
      return wrong;
    }
  }
  const auto* label = row.if_contains("wrong");
  const auto wrong = label == nullptr ? std::nullopt : flag_of(*label);
  if (!wrong) {
    return "wrong is missing, or neither 0 nor 1";
  }
  into.wrong = *wrong;
  if (const auto* named = row.if_contains("class"); named != nullptr && !named->is_null()) {
    if (!named->is_string() || named->get_string().size() > k_label_bytes_max) {
      return fmt::format("class is no text of at most {} bytes", k_label_bytes_max);
    }
    into.label = std::string{named->get_string()};
  }
  return {};
}

std::string take_line(std::string_view line, labelled& into) {
  if (line.size() > k_line_bytes_max) {
    return fmt::format("more than {} bytes", k_line_bytes_max);
  }
  boost::system::error_code failed;
  const auto document = json::parse({line.data(), line.size()}, failed);
  return failed || !document.is_object() ? "no JSON object" : take_row(document.get_object(), into);
}

} // namespace

result<std::vector<labelled>> read_labels(std::string_view jsonl) {
  std::vector<labelled> rows;
  for (std::size_t number = 1; !jsonl.empty(); ++number) {
    const std::size_t end = std::min(jsonl.find('\n'), jsonl.size());
    const std::string_view line = jsonl.substr(0, end);
    jsonl.remove_prefix(std::min(end + 1, jsonl.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
      continue;
    }
    labelled row;
    std::string wrong = take_line(line, row);
    if (rows.size() == k_rows_max) {
      wrong = fmt::format("more than {} rows", k_rows_max);
    }
    if (!wrong.empty()) {
      return make_error(error_kind::invalid_request, fmt::format("line {}: {}", number, wrong), "labels");
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

} // namespace inferenceflow::escalation
