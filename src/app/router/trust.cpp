#include "app/router/trust.h"

#include "app/router/exit_status.h"
#include "base/error.h"
#include "escalation/risk_control.h"
#include "escalation/trust.h"
#include "resilience/random_stream.h"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace inferenceflow::app::router {

namespace {

constexpr double k_risks[] = {0.01, 0.02, 0.05, 0.1};

result<std::string> read_whole(const std::string& path) {
  std::error_code failed;
  const auto bytes = std::filesystem::file_size(path, failed);
  if (failed) {
    return make_error(error_kind::not_found, fmt::format("{}: {}", path, failed.message()));
  }
  if (bytes > k_labels_bytes_max) {
    return make_error(error_kind::invalid_request,
                      fmt::format("{} has {} bytes, more than {}", path, bytes, k_labels_bytes_max));
  }
  std::ifstream file{path, std::ios::binary};
  return std::string{std::istreambuf_iterator<char>{file}, {}};
}

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

result<void> write_whole(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  std::ofstream file{fresh, std::ios::binary | std::ios::trunc};
  file << text;
  file.close();
  std::error_code failed;
  if (file) {
    std::filesystem::rename(fresh, path, failed);
  }
  if (!file || failed) {
    return make_error(error_kind::unavailable, fmt::format("{} cannot be written", path));
  }
  return {};
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
  const auto text = read_whole(wanted.labels);
  if (!text) {
    return text.error();
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
  std::vector<escalation::judged> judged;
  for (const auto& row : *others) {
    judged.push_back({.p_wrong = fitted->p_wrong(row.seen, row.label), .loss = row.wrong, .label = row.label});
  }
  // The calibration first: a trust file without one guarantees nothing, and one with another's would be wrong.
  std::error_code none;
  std::filesystem::remove(wanted.out, none);
  if (auto written = write_whole(wanted.out + ".calibration", kept); !written) {
    return written;
  }
  if (auto saved = fitted->save(wanted.out); !saved) {
    return saved;
  }
  fmt::print("{}: learned from {} answers, {:.1f} % of them wrong; calibration error {:.3f}\n", wanted.out,
             rows->size(), fitted->wrong_share() * 100, fitted->calibration_error());
  show_thresholds(judged);
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
