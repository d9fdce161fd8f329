#include "escalation/agreement.h"

#include "turn/normalised_answer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace inferenceflow::escalation {

namespace {

constexpr std::string_view k_digits = "0123456789";

std::string_view first_line(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r\n*:=");
  if (from == std::string_view::npos) {
    return {};
  }
  text.remove_prefix(from);
  return text.substr(0, text.find_first_of("\r\n"));
}

std::optional<std::string_view> boxed(std::string_view text) {
  constexpr std::string_view k_mark = "\\boxed{";
  const auto at = text.rfind(k_mark);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view inside = text.substr(at + k_mark.size());
  int open = 1;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    open += inside[i] == '{' ? 1 : 0;
    open -= inside[i] == '}' ? 1 : 0;
    if (open == 0) {
      return inside.substr(0, i);
    }
  }
  return std::nullopt;
}

/// Position behind the last of any mark; letters of marks are compared without case.
std::optional<std::string_view> behind_mark(std::string_view text) {
  constexpr std::array k_marks = {std::string_view{"####"}, std::string_view{"answer is"}, std::string_view{"answer:"}};
  std::string lower{text};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  std::size_t best = 0;
  for (const auto mark : k_marks) {
    if (const auto at = lower.rfind(mark); at != std::string::npos) {
      best = std::max(best, at + mark.size());
    }
  }
  const auto line = best == 0 ? std::string_view{} : first_line(text.substr(best));
  return line.empty() ? std::nullopt : std::optional{line};
}

/// The last run of digits with the points and commas inside it, and a sign before it.
std::optional<std::string_view> last_number(std::string_view text) {
  const auto last = text.find_last_of(k_digits);
  if (last == std::string_view::npos) {
    return std::nullopt;
  }
  std::size_t first = last;
  while (first > 0) {
    const char before = text[first - 1];
    const bool inside =
        (before == '.' || before == ',') && first > 1 && k_digits.find(text[first - 2]) != std::string_view::npos;
    if (k_digits.find(before) == std::string_view::npos && !inside) {
      break;
    }
    --first;
  }
  const bool negative =
      first > 0 && text[first - 1] == '-' && (first == 1 || text[first - 2] == ' ' || text[first - 2] == '=');
  first -= negative ? 1 : 0;
  return text.substr(first, last - first + 1);
}

/// The number that a marked answer begins with, if it is the only one: "$18 a day" is 18, a date is no number.
std::optional<std::string_view> sole_number(std::string_view line) {
  const auto number = last_number(line);
  const auto first = line.find_first_of(k_digits);
  const bool begins = number && first <= 2 && line.find_first_of("abcdefghijklmnopqrstuvwxyz") > first;
  const bool sole =
      begins && number->data() <= line.data() + first && line.find_first_of("/:") == std::string_view::npos;
  return sole ? number : std::nullopt;
}

/// "18.00", "18." and "$18" are 18; only for texts that are one number.
std::string plain_number(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char c) { return c != ',' && c != '$' && c != '%'; });
  const bool number = !digits.empty() && digits.find_first_not_of("-.0123456789") == std::string::npos &&
                      std::count(digits.begin(), digits.end(), '.') <= 1 && digits.find('-', 1) == std::string::npos;
  if (!number) {
    return std::string{text};
  }
  if (digits.find('.') != std::string::npos) {
    digits.erase(digits.find_last_not_of('0') + 1);
    digits.erase(digits.back() == '.' ? digits.size() - 1 : digits.size());
  }
  return digits.empty() ? "0" : digits;
}

std::string spelled(std::string_view answer, sameness by) {
  return by == sameness::last ? final_answer(answer) : turn::normalised(answer.substr(0, turn::k_answer_bytes_max));
}

} // namespace

std::string final_answer(std::string_view text) {
  if (text.size() > turn::k_answer_bytes_max) {
    text.remove_prefix(text.size() - turn::k_answer_bytes_max);
  }
  const auto inside = boxed(text);
  const auto marked = inside ? inside : behind_mark(text);
  const auto number = marked ? sole_number(*marked) : last_number(text);
  const std::string_view found = number ? *number : marked.value_or(text);
  return plain_number(turn::normalised(found));
}

agreement agreement_of(std::span<const std::string_view> answers, sameness by) {
  answers = answers.first(std::min(answers.size(), k_samples_max));
  struct group {
    std::string text = {};
    std::size_t first = 0;
    std::size_t count = 0;
  };
  std::vector<group> groups;
  agreement found;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    std::string text = spelled(answers[i], by);
    if (text.empty()) {
      continue;
    }
    ++found.answered;
    const auto known = std::find_if(groups.begin(), groups.end(), [&](const group& each) { return each.text == text; });
    if (known != groups.end()) {
      ++known->count;
    } else {
      groups.push_back({.text = std::move(text), .first = i, .count = 1});
    }
  }
  found.classes = groups.size();
  const auto largest =
      std::max_element(groups.begin(), groups.end(), [](const group& a, const group& b) { return a.count < b.count; });
  if (largest != groups.end()) {
    found.majority = largest->first;
    found.share = static_cast<double>(largest->count) / static_cast<double>(answers.size());
  }
  return found;
}

} // namespace inferenceflow::escalation
