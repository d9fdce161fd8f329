#include "replay/report.h"
#include "replay/report_rows.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::replay {

namespace {

/// Code points, so that a column stays straight where a name is not ASCII.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::size_t has = width_of(text);
  const std::string spaces(width > has ? width - has : 0, ' ');
  return right ? spaces + text : text + spaces;
}

std::string table_of(const std::vector<report_row>& rows, const std::string& title, const replayed& of) {
  std::vector<report_row> all{{.name = title}};
  for (const auto& run : of.runs) {
    all.front().cells.push_back(run.name);
  }
  all.insert(all.end(), rows.begin(), rows.end());
  std::size_t first = 0;
  std::vector<std::size_t> widths(of.runs.size(), 0);
  for (const auto& row : all) {
    first = std::max(first, width_of(row.name));
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(row.cells[i]));
    }
  }
  std::string text;
  for (const auto& row : all) {
    text += padded(row.name, first, false);
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      text += "  " + padded(row.cells[i], widths[i], true);
    }
    text += '\n';
  }
  return text;
}

} // namespace

std::string report_text(const replayed& of) {
  std::string text;
  for (const auto& line : skip_lines(of)) {
    text += line + '\n';
  }
  text += '\n' + table_of(cost_rows(of), "", of);
  if (const auto gaps = gap_rows(of); !gaps.empty()) {
    text += '\n' + table_of(gaps, "not judged, or not fully", of);
  }
  text += '\n';
  for (const auto& line : note_lines(of)) {
    text += line + '\n';
  }
  return text;
}

} // namespace inferenceflow::replay
