#include "replay/plots.h"

#include "replay/report_rows.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::replay {

namespace {

constexpr double k_width = 720;
constexpr double k_left = 8;
constexpr double k_bar_height = 26;
constexpr double k_bar_step = 58;
constexpr double k_curve_height = 260;
constexpr double k_curve_left = 70;
constexpr double k_curve_bottom = 24;
constexpr std::size_t k_name_shown = 60; ///< characters

std::string shown(const std::string& name) {
  return escaped(name.size() <= k_name_shown ? name : "…" + name.substr(name.size() - k_name_shown));
}

std::string opening(double height, std::string_view label) {
  return fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">\n", k_width, height, label);
}

/// @returns where the piece ends.
double add_piece(std::string& svg, double x, double y, double width, std::string_view colour,
                 const std::string& title) {
  if (width > 0.05) {
    svg += fmt::format("<rect x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{:.0f}\" class=\"{}\">"
                       "<title>{}</title></rect>\n",
                       x, y, width, k_bar_height, colour, title);
  }
  return x + std::max(width, 0.0);
}

} // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
    case '&': safe += "&amp;"; break;
    case '<': safe += "&lt;"; break;
    case '>': safe += "&gt;"; break;
    case '"': safe += "&quot;"; break;
    case '\'': safe += "&#39;"; break;
    default:
      if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') {
        safe += c;
      }
    }
  }
  return safe;
}

std::string lever_bars(const replayed& of) {
  double most = 1;
  for (const auto& run : of.runs) {
    double whole = static_cast<double>(run.cost.nano_usd());
    for (const auto& sum : run.levers) {
      whole += static_cast<double>(std::max<std::int64_t>(sum.saved.nano_usd(), 0));
    }
    most = std::max({most, whole, static_cast<double>(run.judged.direct.nano_usd())});
  }
  const double scale = (k_width - 2 * k_left) / most;
  std::string svg = opening(k_bar_step * static_cast<double>(of.runs.size()), "Cost and savings by lever");
  for (std::size_t i = 0; i < of.runs.size(); ++i) {
    const auto& run = of.runs[i];
    const double top = k_bar_step * static_cast<double>(i);
    svg += fmt::format("<text x=\"{:.0f}\" y=\"{:.1f}\">{}</text>\n", k_left, top + 16, shown(run.name));
    double x = add_piece(svg, k_left, top + 22, static_cast<double>(run.cost.nano_usd()) * scale, "f-cost",
                         fmt::format("cost {}", usd_text(run.cost)));
    for (std::size_t k = 0; k < k_levers; ++k) {
      const auto& sum = run.levers[k];
      x = add_piece(svg, x, top + 22, static_cast<double>(sum.saved.nano_usd()) * scale, fmt::format("f-{}", k),
                    fmt::format("{} saved {}", to_string(static_cast<lever>(k)), usd_text(sum.saved)));
    }
    const double direct = k_left + static_cast<double>(run.judged.direct.nano_usd()) * scale;
    svg += fmt::format("<line x1=\"{0:.2f}\" x2=\"{0:.2f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" class=\"direct\"/>\n", direct,
                       top + 19, top + 51);
  }
  return svg + "</svg>\n";
}

std::string cost_curves(const replayed& of) {
  std::size_t points = 1;
  double most = 1;
  for (const auto& run : of.runs) {
    points = std::max(points, run.times.sums().size());
    most =
        std::max({most, static_cast<double>(run.judged.direct.nano_usd()), static_cast<double>(run.cost.nano_usd())});
  }
  const double right = k_width - 12;
  const double bottom = k_curve_height - k_curve_bottom;
  const auto y_of = [&](double nano) { return bottom - (bottom - 10) * nano / most; };
  std::string svg = opening(k_curve_height, "Cost added up over the log");
  for (int tick = 0; tick <= 4; ++tick) {
    const double nano = most * tick / 4;
    svg += fmt::format("<line x1=\"{0:.0f}\" x2=\"{1:.0f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" class=\"grid\"/>"
                       "<text x=\"{3:.0f}\" y=\"{4:.1f}\" class=\"tick\">{5}</text>\n",
                       k_curve_left, right, y_of(nano), k_curve_left - 6, y_of(nano) + 4,
                       usd_text(money::from_nano_usd(static_cast<std::int64_t>(nano))));
  }
  const auto curve = [&](const std::vector<paired_cost>& sums, std::int64_t paired_cost::*which,
                         std::string_view style) {
    double sum = 0;
    std::string path = fmt::format("M{:.1f} {:.1f}", k_curve_left, bottom);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sum += static_cast<double>(sums[i].*which);
      const double x = k_curve_left + (right - k_curve_left) * static_cast<double>(i + 1) / static_cast<double>(points);
      path += fmt::format("L{:.1f} {:.1f}", x, y_of(sum));
    }
    svg += fmt::format("<path d=\"{}\" class=\"curve {}\"/>\n", path, style);
  };
  curve(of.runs.front().times.sums(), &paired_cost::direct_nano_usd, "s-direct");
  for (std::size_t i = 0; i < of.runs.size(); ++i) {
    curve(of.runs[i].times.sums(), &paired_cost::cost_nano_usd, fmt::format("s-{}", i));
  }
  svg += fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\" class=\"axis\">start of the log</text>"
                     "<text x=\"{:.0f}\" y=\"{:.0f}\" class=\"axis end\">end</text>\n",
                     k_curve_left, k_curve_height - 6, right, k_curve_height - 6);
  return svg + "</svg>\n";
}

} // namespace inferenceflow::replay
