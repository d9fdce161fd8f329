#include "app/router/trust.h"

#include "app/router/exit_status.h"
#include "base/error.h"
#include "escalation/risk_control.h"
#include "escalation/trust.h"
#include "files/pending_file.h"
#include "files/read_whole.h"
#include "resilience/random_stream.h"

#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::app::router {

namespace {

constexpr double k_risks[] = {0.01, 0.02, 0.05, 0.1};

/// Two halves of the lines that are not blank, drawn at random.
std::pair<std::string, std::string> halves_of(std::string_view text, std::uint64_t seed) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
      lines.push_back(line);
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  resilience::random_stream random{seed};
  for (std::size_t left = lines.size(); left > 1; --left) {
    std::swap(lines[left - 1], lines[random.below(static_cast<std::uint32_t>(left))]);
  }
  std::pair<std::string, std::string> halves;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    (i % 2 == 0 ? halves.first : halves.second).append(lines[i]).append("\n");
  }
  return halves;
}

void show_thresholds(const std::vector<escalation::judged>& rows) {
  fmt::print("risk_max  P(wrong) below  answers served  of {} judged ones\n", rows.size());
  for (const double risk : k_risks) {
    const auto kept = escalation::control_risk(rows, {.alpha = risk});
    if (!kept) {
      fmt::print("{:8.2f}  {}\n", risk, kept.error().message);
      continue;
    }
    constexpr double k_percent = 100;
    fmt::print("{:8.2f}  {:14.4f}  {:13.1f}%\n", risk, kept->serve_below, kept->served_share * k_percent);
  }
}

result<void> train(const trust_command& wanted) {
  const auto text = files::read_whole(wanted.labels, k_labels_bytes_max);
  if (!text) {
    return make_error(text.error().kind, fmt::format("{} {}", wanted.labels, text.error().message));
  }
  if (const auto all = escalation::read_labels(*text); !all) { // its message names the line
    return make_error(all.error().kind, fmt::format("{}: {}", wanted.labels, all.error().message));
  }
  const auto [learned, kept] = halves_of(*text, wanted.seed);
  const auto rows = escalation::read_labels(learned);
  const auto others = escalation::read_labels(kept);
  if (!rows || !others) {
    return rows ? others.error() : rows.error();
  }
  const auto fitted = escalation::trust::fit(*rows);
  if (!fitted) {
    return fitted.error();
  }
  // The calibration first: a trust file without one guarantees nothing, and one with another's would be wrong.
  std::error_code none;
  std::filesystem::remove(wanted.out, none);
  if (auto written = files::replace_file(wanted.out + ".calibration", kept); !written) {
    return written;
  }
  if (auto saved = fitted->save(wanted.out); !saved) {
    return saved;
  }
  fmt::print("{}: learned from {} answers, {:.1f} % of them wrong; calibration error {:.3f}\n", wanted.out,
             rows->size(), fitted->wrong_share() * 100, fitted->calibration_error());
  show_thresholds(escalation::judged_by(*fitted, *others));
  return {};
}

} // namespace

int train_trust(const trust_command& wanted) {
  const auto done = train(wanted);
  if (!done) {
    std::cerr << "inferenceflow router trust: " << done.error().message << '\n';
    return done.error().kind == error_kind::unavailable ? k_failed : k_refused;
  }
  return k_done;
}

} // namespace inferenceflow::app::router
