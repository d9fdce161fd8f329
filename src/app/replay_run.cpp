#include "app/replay_run.h"

#include "app/codecs.h"
#include "app/compose.h"
#include "app/learned.h"
#include "app/text_vectors.h"
#include "config/load.h"
#include "files/pending_file.h"
#include "replay/log/log_feed.h"
#include "replay/replay.h"
#include "replay/report.h"
#include "replay/routed_choice.h"

#include <chrono>
#include <fmt/format.h>
#include <iostream>
#include <optional>
#include <unistd.h>

namespace inferenceflow::app {

namespace {

constexpr int k_done = 0;
constexpr int k_failed = 1;
constexpr int k_wrong = 2;

int complain(const std::string& what, int status) {
  std::cerr << "inferenceflow replay: " << what << '\n';
  return status;
}

/// A bar on a terminal, a line per tenth elsewhere.
class progress_line {
public:
  explicit progress_line(bool quiet)
      : quiet_(quiet)
      , terminal_(::isatty(STDERR_FILENO) == 1) {}
  ~progress_line() {
    if (terminal_ && shown_ >= 0) {
      std::cerr << '\n';
    }
  }
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;

  void show(std::uint64_t taken, std::uint64_t total) {
    const int percent =
        total == 0 ? 0 : static_cast<int>(100 * static_cast<double>(taken) / static_cast<double>(total));
    if (quiet_ || percent == shown_ || (!terminal_ && shown_ >= 0 && percent / 10 == shown_ / 10)) {
      return;
    }
    shown_ = percent;
    constexpr int k_width = 40;
    const auto full = static_cast<std::size_t>(k_width * percent / 100);
    std::cerr << fmt::format("{}replay [{}{}] {:>3} %{}", terminal_ ? "\r" : "", std::string(full, '#'),
                             std::string(k_width - full, '.'), percent, terminal_ ? "" : "\n")
              << std::flush;
  }

private:
  bool quiet_;
  bool terminal_;
  int shown_ = -1;
};

/// @param codecs  outlives what is returned.
result<replay::run_parts> load(const std::string& path, const replay_command& options,
                               const dialogue::codec_set& codecs) {
  auto loaded = config::load_settings(path, config::process_environment());
  for (const auto& problem : loaded.problems) {
    if (problem.level == config::severity::error) {
      std::cerr << config::to_string(problem) << '\n';
    }
  }
  if (!loaded.ok()) {
    return make_error(error_kind::invalid_request, fmt::format("{}: cannot be replayed as it is", path));
  }
  auto prices = make_prices(loaded.value);
  if (!prices) {
    return prices.error();
  }
  replay::run_parts parts{.what = {.name = path}};
  parts.what.cache = cache_limits_of(loaded.value.cache);
  parts.what.running = inflight_limits_of(loaded.value);
  parts.what.prices = std::move(*prices);
  const auto learned = read_learned(loaded.value);
  if (!learned) {
    return learned.error();
  }
  replay::embed_text embed;
  if (options.semantic) {
    auto made = make_text_vectors(loaded.value);
    if (!made) {
      return made.error();
    }
    embed = std::move(*made);
    parts.similar = std::make_unique<replay::similar_answers>(
        semantic::semantic_limits{.bytes_max = loaded.value.cache.semantic_store.bytes_max}, embed, options.seed);
  }
  parts.choice = std::make_unique<replay::routed_choice>(codecs, (*learned)->routers, std::move(embed));
  parts.what.settings = std::make_shared<const config::settings>(std::move(loaded.value));
  return parts;
}

/// @returns what is wrong with an option.
std::optional<std::string> take_names(const replay_command& options, replay::replay_options& into) {
  for (const auto& pair : options.names) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size()) {
      return fmt::format("--as {}: write MODEL=NAME", pair);
    }
    into.names.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return std::nullopt;
}

result<void> write(const std::string& path, const std::string& text) {
  return path.empty() ? result<void>{} : files::replace_file(path, text);
}

int report(const replay_command& options, const replay::replayed& found) {
  std::cout << replay::report_text(found) << std::flush;
  if (const auto written = write(options.json, replay::report_json(found)); !written) {
    return complain(written.error().message, k_failed);
  }
  if (const auto written = write(options.html, replay::report_html(found)); !written) {
    return complain(written.error().message, k_failed);
  }
  return k_done;
}

} // namespace

int run_replay(const replay_command& options) {
  const auto format = replay::format_named(options.format);
  if (!format) {
    return complain(fmt::format("--format {}: auto, ledger, openai or litellm", options.format), k_wrong);
  }
  if (options.configs.size() > replay::k_configurations_max) {
    return complain(fmt::format("at most {} configurations", replay::k_configurations_max), k_wrong);
  }
  replay::replay_options wanted{.plan = {.rounds = options.rounds, .seed = options.seed}};
  if (const auto wrong = take_names(options, wanted)) {
    return complain(*wrong, k_wrong);
  }
  const auto codecs = make_codecs();
  for (const auto& path : options.configs) {
    auto parts = load(path, options, *codecs);
    if (!parts) {
      return complain(parts.error().message, k_wrong);
    }
    wanted.runs.push_back(std::move(*parts));
  }
  auto log = replay::open_log(options.log, *format);
  if (!log) {
    return complain(log.error().message, k_failed);
  }
  const auto begun = std::chrono::steady_clock::now();
  replay::log_feed feed{std::move(*log)};
  const auto found = [&] {
    progress_line progress{options.quiet};
    wanted.on_progress = [&progress](std::uint64_t taken, std::uint64_t total) { progress.show(taken, total); };
    return replay::replay(feed, options.log, std::move(wanted), *codecs);
  }();
  if (!found) {
    return complain(found.error().message, k_failed);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  if (!options.quiet) {
    std::cerr << fmt::format(
        "{} requests in {:.1f} s: {:.0f} requests/s for each of {} configurations\n", found->counts.usable,
        took.count(), static_cast<double>(found->counts.usable) / std::max(took.count(), 1e-9), found->runs.size());
  }
  return report(options, *found);
}

} // namespace inferenceflow::app
