// Recorded exchanges with providers through every codec. See README.md in this folder.
#include "bench/progress.h"
#include "bench/wire/checks.h"
#include "bench/wire/recording.h"
#include "bench/wire/report.h"
#include "bench/wire/tally.h"
#include "codecs/anthropic/codec.h"
#include "codecs/bedrock/codec.h"
#include "codecs/cohere/codec.h"
#include "codecs/gemini/codec.h"
#include "codecs/openai_chat/codec.h"
#include "codecs/openai_responses/codec.h"
#include "codecs/tgi/codec.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <string>

namespace {

using namespace inferenceflow;
using namespace inferenceflow::bench;

dialogue::codec_set all_codecs() {
  dialogue::codec_set all;
  all.add(std::make_unique<codecs::openai_chat::codec>());
  all.add(std::make_unique<codecs::openai_responses::codec>());
  all.add(std::make_unique<codecs::anthropic::codec>());
  all.add(std::make_unique<codecs::gemini::codec>());
  all.add(std::make_unique<codecs::cohere::codec>());
  all.add(std::make_unique<codecs::bedrock::codec>());
  all.add(std::make_unique<codecs::tgi::codec>());
  return all;
}

void check(const recording& row, const bench_setting& with) {
  constexpr int k_error = 400;
  constexpr int k_redirect = 300;
  if (row.asked == operation::other || (row.status >= k_redirect && row.status < k_error)) {
    return;
  }
  if (row.status >= k_error) {
    check_error(row, with); // what the provider refused may be refused by a reader too
    return;
  }
  check_request(row, with);
  if (row.asked == operation::count_tokens) {
    return;
  }
  const auto got = row.streamed ? check_stream(row, with) : check_document(row, with);
  if (got) {
    check_translations(row, *got, with);
  }
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs recorded exchanges with providers through every codec and says what is lost and what is wrong."};
  std::string folder;
  std::string report_file = "build/reports/eval-wire.json";
  run_facts facts{.side = "dev", .seed = 1};
  app.add_option("--data", folder, "folder that holds wire_formats/recorded_http.jsonl.gz")->envname("DATA");
  app.add_option("--side", facts.side, "which half of the set the folder holds")
      ->check(CLI::IsMember({"dev", "heldout"}));
  app.add_option("--report", report_file, "JSON file to write")->capture_default_str();
  app.add_option("--seed", facts.seed, "of the cuts of streams")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto data = read_recordings(folder);
  if (!data) {
    fmt::print(stderr, "eval-wire: {}\n", data.error().message);
    return 2;
  }
  const auto codecs = all_codecs();
  tally counted;
  const bench_setting with{codecs, facts.seed, counted};
  progress_bar progress{"exchanges", data->rows.size()};
  const auto begun = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < data->rows.size(); ++i) {
    check(data->rows[i], with);
    progress.at(i + 1);
  }
  facts.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  print_report(*data, counted, facts);
  if (const auto written = write_report(report_file, *data, counted, facts); !written) {
    fmt::print(stderr, "eval-wire: {}\n", written.error().message);
    return 1;
  }
  fmt::print("\nwritten: {}\n", report_file);
  return 0;
}
