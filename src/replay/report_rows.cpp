#include "replay/report_rows.h"

#include "replay/intervals.h"

#include <cmath>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace inferenceflow::replay {

namespace {

double share_of(money part, money whole) {
  return whole.nano_usd() == 0 ? 0 : static_cast<double>(part.nano_usd()) / static_cast<double>(whole.nano_usd());
}

std::string interval_text(const saving_interval& of) {
  return of.share ? fmt::format("{} … {}", percent_text(of.share->low), percent_text(of.share->high))
         : of.groups < k_groups_min ? fmt::format("too few groups ({})", of.groups)
                                    : std::string{"none: nothing was paid"};
}

std::string time_text(std::int64_t unix_ms) {
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(static_cast<std::time_t>(unix_ms / 1'000)));
}

using gap_member = counted_cost unjudged::*;
struct gap_kind {
  const char* name;
  gap_member which;
};
constexpr gap_kind k_gaps[] = {
    {"no body in the log: caches and prefixes not judged", &unjudged::no_body},
    {"a body that the gateway would refuse: the same", &unjudged::unreadable},
    {"parameters not in the log: taken as not reproducible", &unjudged::parameters},
    {"no token counts: estimated", &unjudged::no_usage},
    {"no latency: coalescing not judged", &unjudged::no_latency},
    {"model not in the configuration: taken as paid directly", &unjudged::not_served},
    {"chosen model without a price: charged the ceiling", &unjudged::ceiling},
    {"unknown to the router: first target taken", &unjudged::unrouted},
    {"another model answers, of unknown quality", &unjudged::unrated},
    {"may escalate: the calls that this adds are not counted", &unjudged::unescalated},
    {"semantic cache not run (--semantic)", &unjudged::no_embedding},
};

} // namespace

std::string usd_text(money amount) {
  const double usd = amount.usd();
  const double size = std::abs(usd);
  const char* const sign = usd < 0 ? "-" : "";
  return size >= 100 || size == 0 ? fmt::format("{}${:.2f}", sign, size)
         : size >= 1              ? fmt::format("{}${:.3f}", sign, size)
                                  : fmt::format("{}${:.6f}", sign, size);
}

std::string percent_text(double share) {
  const double percent = 100 * share;
  return fmt::format("{:.1f} %", std::abs(percent) < 0.05 ? 0.0 : percent);
}

std::vector<report_row> cost_rows(const replayed& of) {
  std::vector<report_row> rows;
  const auto add = [&](std::string name, bool strong, const auto& cell) {
    report_row row{.name = std::move(name), .strong = strong};
    for (std::size_t i = 0; i < of.runs.size(); ++i) {
      row.cells.push_back(cell(of.runs[i], i));
    }
    rows.push_back(std::move(row));
  };
  add("direct cost", true, [](const totals& run, std::size_t) { return usd_text(run.judged.direct); });
  for (std::size_t i = 0; i < k_levers; ++i) {
    add(fmt::format("saved by {}", to_string(static_cast<lever>(i))), false, [i](const totals& run, std::size_t) {
      const auto& sum = run.levers[i];
      return fmt::format("{} ({}; {} requests)", usd_text(sum.saved),
                         percent_text(share_of(sum.saved, run.judged.direct)), sum.requests);
    });
  }
  add("cost under the configuration", true, [](const totals& run, std::size_t) { return usd_text(run.cost); });
  add("saved", true, [](const totals& run, std::size_t) {
    return percent_text(share_of(run.judged.direct - run.cost, run.judged.direct));
  });
  add(fmt::format("  {:.0f} % interval", 100 * of.plan.level), false,
      [&](const totals&, std::size_t i) { return interval_text(of.intervals[i]); });
  add("calls to providers", false,
      [](const totals& run, std::size_t) { return fmt::format("{} of {}", run.calls, run.judged.requests); });
  return rows;
}

std::vector<report_row> gap_rows(const replayed& of) {
  std::vector<report_row> rows;
  for (const auto& kind : k_gaps) {
    report_row row{.name = kind.name};
    bool any = false;
    for (const auto& run : of.runs) {
      const counted_cost& sum = run.lacking.*(kind.which);
      any = any || sum.requests != 0;
      row.cells.push_back(sum.requests == 0 ? std::string{"–"}
                                            : fmt::format("{} ({})", sum.requests, usd_text(sum.direct)));
    }
    if (any) {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::vector<std::string> skip_lines(const replayed& of) {
  std::vector<std::string> lines;
  const auto& counts = of.counts;
  lines.push_back(fmt::format("{} ({}): {} lines, {} requests replayed, {} to {}", of.log, of.kind, counts.lines,
                              of.runs.front().judged.requests, time_text(counts.first_ms), time_text(counts.last_ms)));
  for (std::size_t i = 0; i < k_skip_reasons; ++i) {
    if (counts.skipped[i] != 0) {
      lines.push_back(fmt::format("left out: {} {}", counts.skipped[i], to_string(static_cast<skip_reason>(i))));
    }
  }
  for (const auto& [name, model] : of.unpriced) {
    lines.push_back(fmt::format("left out: {} of {}, a model without a known price ({} tokens)", model.requests, name,
                                model.tokens));
  }
  const auto note = [&](std::uint64_t count, const char* what) {
    if (count != 0) {
      lines.push_back(fmt::format("{} {}", count, what));
    }
  };
  note(counts.untimed, "without a time: taken as one second after the line before");
  note(counts.sorted, "out of order: put in order");
  note(counts.clamped, "too far back to be put in order: taken at the time of the line before");
  note(counts.forward_jumps, "silences of more than a week");
  note(counts.ids_forgotten, "not checked for having come before: too many ids");
  return lines;
}

std::vector<std::string> note_lines(const replayed& of) {
  std::vector<std::string> lines;
  if (of.claimed_requests != 0) {
    lines.push_back(fmt::format("the log itself says {} for {} requests; by the price table they are {}",
                                usd_text(of.claimed), of.claimed_requests, usd_text(of.claimed_direct)));
  }
  for (std::size_t i = 0; i < of.runs.size(); ++i) {
    const auto& run = of.runs[i];
    if (run.qualities != 0) {
      const auto count = static_cast<double>(run.qualities);
      lines.push_back(
          fmt::format("{}: expected quality {:.3f}, of the logged models {:.3f} ({} requests, as its router "
                      "predicts)",
                      run.name, run.quality / count, run.direct_quality / count, run.qualities));
    }
    if (const auto& earned = of.earned[i]) {
      const auto& estimate = earned->doubly_robust;
      lines.push_back(
          fmt::format("{}: by feedback on {} routed requests its choices would have scored {:.3f} ({:.3f} … {:.3f}, "
                      "doubly robust), those of the log {:.3f}{}",
                      run.name, earned->rows, estimate.value, estimate.interval.low, estimate.interval.high,
                      earned->logged.value, earned->doubt.empty() ? "" : "; " + earned->doubt));
    }
    if (i > 0) {
      const money more = of.runs.front().cost - run.cost;
      lines.push_back(fmt::format("{} against {}: {} less, {} of the direct cost ({})", run.name, of.runs.front().name,
                                  usd_text(more), percent_text(share_of(more, run.judged.direct)),
                                  interval_text(of.differences[i - 1])));
    }
  }
  const auto& by = of.intervals.front();
  if (by.by != resampled::nothing) {
    lines.push_back(fmt::format("intervals: {} {} resampled {} times, seed {}", by.groups, to_string(by.by),
                                of.plan.rounds, of.plan.seed));
  }
  return lines;
}

} // namespace inferenceflow::replay
