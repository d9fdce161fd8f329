#include "bench/serving/crowd.h"
#include "bench/serving/stage.h"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <fstream>
#include <unistd.h>

namespace inferenceflow::bench {
namespace {

constexpr std::uint32_t k_sequences = 16;
constexpr std::uint32_t k_cells = 2048;
constexpr std::uint32_t k_block_requests = 250; // asked, then waited for, so that the bound of the queue holds
constexpr std::uint32_t k_prompt_tokens = 8;
constexpr std::uint32_t k_answer_tokens = 2;
constexpr double k_growth_max_mib = 16; // of the process, between a tenth of the requests and all

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  std::size_t resident = 0;
  file >> pages >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

std::uint32_t requests_of(const settings& by) {
  return by.soak ? 10000 : 0;
}

} // namespace

std::size_t memory_steps(const settings& by) {
  return requests_of(by) / k_block_requests;
}

result<measured> measure_memory(stage& on) {
  measured out;
  const auto requests = requests_of(on.by);
  if (requests == 0) {
    return out;
  }
  const auto model = served_model::open(on.by, k_sequences, k_cells);
  if (model.has_error()) {
    return model.error();
  }
  const auto idle = resident_mib();
  double tenth = 0;
  double most = idle;
  for (std::uint32_t done = 0; done < requests; done += k_block_requests) {
    std::vector<engine::generation> block;
    for (std::uint32_t i = 0; i < k_block_requests; ++i) {
      block.push_back(greedy(on.prompts.fresh(k_prompt_tokens), k_answer_tokens));
    }
    if (const auto got = ask_together(model.value()->engine(), block); got.has_error()) {
      return got.error();
    }
    const auto now = resident_mib();
    tenth = done + k_block_requests == requests / 10 ? now : tenth;
    most = std::max(most, now);
    on.bar.step(1);
  }
  const auto end = resident_mib();
  out.report["memory"] = {{"requests", requests},
                          {"rss_mib_idle", idle},
                          {"rss_mib_after_1000", tenth},
                          {"rss_mib_after_10000", end},
                          {"rss_mib_max", most}};
  out.table =
      fmt::format("resident memory, MiB: {:.1f} idle, {:.1f} after 1,000 requests, {:.1f} after 10,000, at most "
                  "{:.1f}\n",
                  idle, tenth, end, most);
  if (end - tenth > k_growth_max_mib) {
    out.wrong.push_back(
        fmt::format("memory: {:.1f} MiB more after 10,000 requests than after 1,000, target at most {:.0f}",
                    end - tenth, k_growth_max_mib));
  }
  return out;
}

} // namespace inferenceflow::bench
