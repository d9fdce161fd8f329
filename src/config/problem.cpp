#include "config/problem.h"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>
#include <utility>

namespace inferenceflow::config {
namespace {

// A key pasted where a name belongs, and the password of an URL.
std::string mask(std::string_view value) {
  if (value.starts_with("sk-") || value.starts_with("Bearer ")) {
    return std::string(value.substr(0, 3)) + "***";
  }
  const auto scheme = value.find("://");
  const auto at = value.rfind('@'); // a password may hold one
  if (scheme != std::string_view::npos && at != std::string_view::npos && at > scheme) {
    return fmt::format("{}://***{}", value.substr(0, scheme), value.substr(at));
  }
  return std::string(value);
}

} // namespace

std::string shown(std::string_view value) {
  std::string text;
  for (const char c : mask(value)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      text += fmt::format("\\x{:02x}", byte);
    } else {
      text += c;
    }
  }
  if (text.size() > k_shown_bytes_max) {
    auto cut = k_shown_bytes_max;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0U) == 0x80U) { // never inside a UTF-8 character
      --cut;
    }
    text.resize(cut);
    text += "...";
  }
  return text;
}

std::string to_string(const problem& found) {
  std::string line = found.source;
  if (found.at.line > 0) {
    line += fmt::format(":{}:{}", found.at.line, found.at.column);
  }
  line += found.level == severity::error ? ": error: " : ": warning: ";
  if (!found.key.empty()) {
    line += found.key + ": ";
  }
  line += found.message;
  if (!found.value.empty()) {
    line += fmt::format(": '{}'", found.value);
  }
  if (!found.allowed.empty()) {
    line += fmt::format(" (allowed: {})", found.allowed);
  }
  return line;
}

void problem_log::error(location at, std::string key, std::string_view value, std::string message,
                        std::string allowed) {
  add({severity::error, source_, at, std::move(key), shown(value), std::move(message), std::move(allowed)});
}

void problem_log::warning(location at, std::string key, std::string_view value, std::string message,
                          std::string allowed) {
  add({severity::warning, source_, at, std::move(key), shown(value), std::move(message), std::move(allowed)});
}

void problem_log::environment_error(std::string name, std::string_view value, std::string message,
                                    std::string allowed) {
  add({severity::error, "environment", {}, std::move(name), shown(value), std::move(message), std::move(allowed)});
}

void problem_log::add(problem found) {
  errors_ += found.level == severity::error ? 1U : 0U;
  if (found_.size() < k_problems_max) {
    found_.push_back(std::move(found));
  } else {
    ++left_out_;
  }
}

std::vector<problem> problem_log::take() {
  std::stable_sort(found_.begin(), found_.end(), [](const problem& a, const problem& b) {
    return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
  });
  if (left_out_ > 0) {
    // The ones left out may hold the only errors, so this line is an error whenever there is one.
    found_.push_back({errors_ > 0 ? severity::error : severity::warning,
                      source_,
                      {},
                      {},
                      {},
                      fmt::format("{} more problems not shown", left_out_),
                      {}});
  }
  left_out_ = 0;
  errors_ = 0;
  return std::exchange(found_, {});
}

} // namespace inferenceflow::config
