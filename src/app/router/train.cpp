#include "app/router/train.h"

#include "app/router/embed_rows.h"
#include "app/router/exit_status.h"
#include "app/router/show.h"
#include "config/load.h"
#include "engine/log_bridge.h"
#include "quality/router_file.h"
#include "quality/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <iostream>
#include <optional>
#include <unistd.h>

namespace inferenceflow::app::router {

namespace {

constexpr std::string_view k_delivered_model = "${INFERENCEFLOW_HOME}/models/all-MiniLM-L6-v2.Q8_0.gguf";

int fail(const error& why) {
  std::cerr << "inferenceflow router: " << why.message << '\n';
  return why.kind == error_kind::invalid_request || why.kind == error_kind::not_found ? k_refused : k_failed;
}

/// A bar on a terminal, a line per tenth elsewhere.
class bar {
public:
  explicit bar(std::string what)
      : what_(std::move(what)) {}
  bar(const bar&) = delete;
  bar& operator=(const bar&) = delete;
  ~bar() {
    if (terminal_ && shown_ >= 0) {
      std::cerr << '\n';
    }
  }
  void at(std::size_t done, std::size_t of) {
    const int percent = of == 0 ? 100 : static_cast<int>(100 * done / of);
    if (percent == shown_ || (!terminal_ && shown_ >= 0 && percent / 10 == shown_ / 10)) {
      return;
    }
    shown_ = percent;
    const auto full = static_cast<std::size_t>(percent) * k_width / 100;
    std::cerr << fmt::format("{}{} [{}{}] {:3} %{}", terminal_ ? "\r" : "", what_, std::string(full, '#'),
                             std::string(k_width - full, ' '), percent, terminal_ ? "" : "\n")
              << std::flush;
  }

private:
  static constexpr std::size_t k_width = 24;
  std::string what_;
  int shown_ = -1;
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
};

/// The embedding model's file: as asked for, of the configuration, or the delivered one.
result<std::string> model_of(const train_options& options) {
  if (!options.model.empty()) {
    return options.model;
  }
  std::error_code ignored;
  if (options.config_named || std::filesystem::exists(options.config_path, ignored)) {
    const auto loaded = config::load_settings(options.config_path, config::process_environment());
    if (!loaded.ok()) {
      return make_error(error_kind::invalid_request, fmt::format("{}; `inferenceflow check-config` says more",
                                                                 config::to_string(loaded.problems.front())));
    }
    for (const auto& model : loaded.value.local.models) {
      if (model.kind == config::model_kind::embedding) {
        return model.file;
      }
    }
  }
  auto expanded = config::expand(std::string{k_delivered_model}, config::process_environment());
  if (!expanded) {
    return make_error(error_kind::not_found, "no embedding model is configured; --model names one");
  }
  return *expanded;
}

/// What a router of these rows cannot do, as lines to print.
std::string warning_text(const quality::training_set& rows) {
  if (rows.models.size() < 2) {
    return "warning: scores of one model only: there is nothing to choose between\n";
  }
  const auto compares = [](const quality::example& row) {
    return std::count_if(row.scores.begin(), row.scores.end(), [](float score) { return !std::isnan(score); }) > 1;
  };
  return std::any_of(rows.rows.begin(), rows.rows.end(), compares)
             ? std::string{}
             : "warning: no prompt has scores of two models: what they differ in may be their prompts\n";
}

/// Vectors as asked for. @returns what was not possible, where it was not asked for, as a sentence to print.
result<std::string> provide_vectors(const train_options& options, quality::training_set& rows) {
  if (options.vectors == "file" && rows.dimensions == 0) {
    return make_error(error_kind::invalid_request,
                      fmt::format("{}: not every row has a vector of the same length", options.file));
  }
  if (options.vectors == "none" || options.vectors == "file" || (options.vectors == "auto" && rows.dimensions > 0)) {
    rows.space = options.space;
    return std::string{};
  }
  const auto model = model_of(options);
  std::error_code ignored;
  if (options.vectors == "auto" && (!model || !std::filesystem::is_regular_file(*model, ignored))) {
    return std::string{"no local embedding model is there: trained on the text alone\n"};
  }
  if (!model) {
    return model.error();
  }
  const engine::log_bridge quiet{{}};
  bar progress{"embedding"};
  if (const auto done = embed_rows(rows, *model, [&](std::size_t at, std::size_t of) { progress.at(at, of); }); !done) {
    return done.error();
  }
  return std::string{};
}

} // namespace

int train(const train_options& options) {
  auto rows = quality::read_training_file(options.file);
  if (!rows) {
    return fail(rows.error());
  }
  std::cout << reading_text(*rows) << warning_text(*rows);
  const auto noted = provide_vectors(options, *rows);
  if (!noted) {
    return fail(noted.error());
  }
  std::cout << *noted;
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  quality::training_options how;
  how.folds = options.folds;
  how.seed = options.seed;
  how.date = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
  how.vectors = options.vectors != "none";
  std::optional<bar> progress{std::in_place, "training "};
  how.progress = [&](const quality::training_progress& at) { progress->at(at.done, at.of); };
  const auto made = quality::train(*rows, how);
  progress.reset();
  if (!made) {
    return fail(made.error());
  }
  if (const auto saved = quality::save_router(options.out, **made); !saved) {
    return fail(saved.error());
  }
  std::cout << router_text(**made);
  std::error_code ignored;
  std::cout << fmt::format("{}: {} KiB\n", options.out, std::filesystem::file_size(options.out, ignored) / 1024);
  return k_done;
}

int show(const std::string& path) {
  const auto opened = quality::open_router(path);
  if (!opened) {
    return fail(opened.error());
  }
  std::cout << router_text(**opened);
  return k_done;
}

} // namespace inferenceflow::app::router
