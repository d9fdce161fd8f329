#include "app/router/export.h"

#include "app/cache_warm/command.h"
#include "app/router/exit_status.h"
#include "app/router/training_export.h"
#include "base/clock.h"
#include "config/load.h"
#include "files/pending_file.h"

#include <fmt/format.h>
#include <iostream>
#include <optional>
#include <utility>

namespace inferenceflow::app::router {

namespace {

/// The ledger's file, or nothing after saying why.
std::optional<std::string> ledger_of(const export_options& options) {
  if (!options.ledger.empty()) {
    return options.ledger;
  }
  const auto loaded = config::load_settings(options.config_path, config::process_environment());
  if (!loaded.ok()) {
    std::cerr << options.config_path << ": cannot be read; name the ledger with --ledger, or check it with "
              << "`inferenceflow check-config`\n";
    return std::nullopt;
  }
  return loaded.value.ledger.path;
}

void summarise(const export_counts& counts) {
  std::cerr << fmt::format("{} judged requests: {} with {} prompts written\n", counts.judged, counts.scores,
                           counts.prompts);
  const std::pair<std::uint64_t, const char*> left_out[] = {
      {counts.without_score, "have labels without a score"},
      {counts.body_not_kept, "were not kept: set ledger.requests, and ledger.request_bytes_max for long ones"},
      {counts.body_dropped, "were kept and dropped since"},
      {counts.not_a_dialogue, "are embeddings or text completions"},
      {counts.unreadable, "cannot be read"},
      {counts.without_text, "have no words of the user's"},
      {counts.beyond_bound, "are beyond the number of prompts that one export holds"}};
  for (const auto& [count, why] : left_out) {
    if (count != 0) {
      std::cerr << fmt::format("left out: {} {}\n", count, why);
    }
  }
}

int finish(const result<export_counts>& done) {
  if (!done) {
    std::cerr << done.error().message << '\n';
    return k_failed;
  }
  summarise(*done);
  if (done->prompts == 0) {
    std::cerr << "nothing to train on\n";
    return k_failed;
  }
  return k_done;
}

int export_to_file(const std::string& ledger, const export_wish& wish, const dialogue::codec_set& codecs,
                   const std::string& path) {
  auto out = files::pending_file::begin(path);
  if (!out) {
    std::cerr << out.error().message << '\n';
    return k_refused;
  }
  result<void> written;
  const auto done = export_training(ledger, wish, codecs, [&](std::string_view line) {
    written = out->append(line);
    if (written) {
      written = out->append("\n");
    }
    return written.has_value();
  });
  const int status = finish(done);
  if (status == k_done && written) {
    written = out->commit();
  }
  if (!written) {
    std::cerr << written.error().message << '\n';
  }
  return written ? status : k_failed;
}

} // namespace

int export_ledger(const export_options& options, const dialogue::codec_set& codecs) {
  const auto span = cache_warm::parse_span(options.since);
  if (!span) {
    std::cerr << "--since " << options.since << ": " << span.error().message << '\n';
    return k_refused;
  }
  const auto ledger = ledger_of(options);
  if (!ledger) {
    return k_refused;
  }
  const export_wish wish{.from_ms =
                             to_unix_ms(system_clock_source{}.wall_now()) - std::chrono::milliseconds{*span}.count(),
                         .tenant = options.tenant,
                         .qualified = options.qualified};
  if (!options.out.empty() && options.out != "-") {
    return export_to_file(*ledger, wish, codecs, options.out);
  }
  return finish(export_training(*ledger, wish, codecs, [](std::string_view line) {
    std::cout << line << '\n';
    return std::cout.good();
  }));
}

} // namespace inferenceflow::app::router
