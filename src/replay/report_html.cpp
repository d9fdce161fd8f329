#include "replay/plots.h"
#include "replay/report.h"
#include "replay/report_rows.h"

#include <fmt/format.h>

namespace inferenceflow::replay {

namespace {

constexpr std::string_view k_head = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>InferenceFlow: replay</title>
<style>
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1c1e; --soft: #6a6a70; --line: #dcdce0; --cost: #9a9aa2;
  --c0: #0072b2; --c1: #56b4e9; --c2: #009e73; --c3: #d55e00; --c4: #cc79a7; --c5: #e0a100; --c6: #7a5bb5; --c7: #4d7a1f; }
@media (prefers-color-scheme: dark) { :root { --paper: #17171a; --ink: #ececf0; --soft: #9c9ca6; --line: #34343b;
  --cost: #6e6e78; --c0: #4ba3dc; --c1: #9ad4f5; --c2: #3cc79f; --c3: #ff8a3d; --c4: #e6a3cb; --c5: #f3c550; --c6: #b09ae0;
  --c7: #98c45f; } }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; min-width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; } thead th { overflow-wrap: anywhere; } tr.strong td { font-weight: 600; }
svg { width: 100%; height: auto; display: block; } svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg .tick { text-anchor: end; fill: var(--soft); font-size: 11px; } svg .axis { fill: var(--soft); font-size: 11px; }
svg .end { text-anchor: end; } .grid { stroke: var(--line); } .direct { stroke: var(--ink); stroke-width: 2; stroke-dasharray: 4 3; }
.curve { fill: none; stroke-width: 2; } .s-direct { stroke: var(--ink); stroke-dasharray: 5 4; }
.f-cost { fill: var(--cost); } .legend { display: flex; flex-wrap: wrap; gap: .3rem 1rem; padding: 0; list-style: none; }
.legend i { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; border-radius: 2px; vertical-align: -1px; }
ul.notes { padding-left: 1.2rem; } ul.notes li { overflow-wrap: anywhere; }
)html";

std::string colours() {
  std::string css;
  for (std::size_t i = 0; i < k_configurations_max; ++i) {
    css += fmt::format(".f-{0} {{ fill: var(--c{0}); }} .s-{0} {{ stroke: var(--c{0}); }} .b-{0} {{ background: "
                       "var(--c{0}); }}\n",
                       i);
  }
  return css +
         ".b-cost { background: var(--cost); } .b-direct { background: var(--ink); }\n</style>\n</head>\n<body>\n";
}

std::string table_of(const std::vector<report_row>& rows, const replayed& of) {
  std::string html = "<div class=\"scroll\"><table>\n<thead><tr><th></th>";
  for (const auto& run : of.runs) {
    html += fmt::format("<th>{}</th>", escaped(run.name));
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    html += fmt::format("<tr{}><td>{}</td>", row.strong ? " class=\"strong\"" : "", escaped(row.name));
    for (const auto& cell : row.cells) {
      html += fmt::format("<td>{}</td>", escaped(cell));
    }
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table></div>\n";
}

std::string list_of(const std::vector<std::string>& lines) {
  std::string html = "<ul class=\"notes\">\n";
  for (const auto& line : lines) {
    html += fmt::format("<li>{}</li>\n", escaped(line));
  }
  return html + "</ul>\n";
}

std::string entry(std::string_view colour, std::string_view name) {
  return fmt::format("<li><i class=\"b-{}\"></i>{}</li>", colour, escaped(name));
}

std::string lever_legend() {
  std::string html = "<ul class=\"legend\">" + entry("cost", "cost");
  for (std::size_t i = 0; i < k_levers; ++i) {
    html += entry(std::to_string(i), to_string(static_cast<lever>(i)));
  }
  return html + "</ul>\n";
}

std::string curve_legend(const replayed& of) {
  std::string html = "<ul class=\"legend\">" + entry("direct", "direct");
  for (std::size_t i = 0; i < of.runs.size(); ++i) {
    html += entry(std::to_string(i), of.runs[i].name);
  }
  return html + "</ul>\n";
}

} // namespace

std::string report_html(const replayed& of) {
  std::string html{k_head};
  html += colours();
  html += "<h1>What the log would have cost</h1>\n";
  html += list_of(skip_lines(of));
  html += "<h2>Cost by lever</h2>\n" + table_of(cost_rows(of), of);
  html +=
      lever_bars(of) + lever_legend() +
      "<p>The dashed line is the direct cost. A bar reaches beyond it where a lever costs more than it saves.</p>\n";
  html += "<h2>Over time</h2>\n" + cost_curves(of) + curve_legend(of);
  if (const auto gaps = gap_rows(of); !gaps.empty()) {
    html += "<h2>Not judged, or not fully</h2>\n" + table_of(gaps, of);
  }
  html += "<h2>Notes</h2>\n" + list_of(note_lines(of));
  html +=
      "<p>Savings are attributed in the order of the table: an answer that need not be bought saves all of its direct "
      "cost; a call that is made saves first by its model, then by the provider's prompt cache, then by a batch.</p>\n";
  return html + "</body>\n</html>\n";
}

} // namespace inferenceflow::replay
