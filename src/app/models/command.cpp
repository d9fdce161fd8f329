#include "app/models/command.h"

#include "app/models/catalog.h"
#include "app/models/download.h"
#include "config/load.h"
#include "engine/log_bridge.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <future>
#include <iostream>
#include <optional>
#include <unistd.h>
#include <utility>

namespace inferenceflow::app::models {

namespace fs = std::filesystem;
namespace asio = boost::asio;

namespace {

int fail(int status, std::string_view why) {
  std::cerr << "inferenceflow models: " << why << '\n';
  return status;
}

result<fs::path> folder_of(const command_options& options) {
  auto text = config::expand(options.folder.empty() ? "${INFERENCEFLOW_HOME}/models" : options.folder,
                             config::process_environment());
  if (!text) {
    return text.error();
  }
  std::error_code failure;
  return fs::absolute(*text, failure);
}

/// The local models of the configuration. None: it has errors, which have been told.
std::optional<config::local_settings> local_of(const command_options& options) {
  std::error_code ignored;
  if (!options.config_named && !fs::exists(options.config_path, ignored)) {
    return config::local_settings{};
  }
  auto loaded = config::load_settings(options.config_path, config::process_environment());
  if (!loaded.ok()) {
    for (const auto& problem : loaded.problems) {
      std::cerr << config::to_string(problem) << '\n';
    }
    return std::nullopt;
  }
  return std::move(loaded.value.local);
}

/// Runs the download on an event loop of its own; SIGINT and SIGTERM end it.
result<std::string> run_download(const model_source& source, part_file& part, const transport& network) {
  const system_clock_source clock;
  progress_view view{std::cerr, clock, ::isatty(STDERR_FILENO) == 1};
  const std::function<void(const download_progress&)> report = [&view](const download_progress& now) {
    view.show(now);
  };
  net::event_loop loop{0};
  net::cancel_scope scope;
  asio::signal_set signals{loop.context(), SIGINT, SIGTERM};
  signals.async_wait([&scope](const auto& failure, int) {
    if (!failure) {
      scope.cancel();
    }
  });
  std::promise<result<std::string>> done;
  asio::co_spawn(
      loop.context(),
      [&]() -> net::task<void> {
        auto ended = co_await download(loop, source, part, network, report, scope);
        signals.cancel();
        done.set_value(std::move(ended));
      },
      [&done](const std::exception_ptr& thrown) {
        if (thrown) {
          done.set_exception(thrown);
        }
      });
  loop.start();
  auto ended = done.get_future().get();
  loop.stop();
  loop.join();
  view.end();
  return ended;
}

/// The hash is right, the file is a model, and it has its name. @returns an exit status.
int accept(part_file& part, const fs::path& final, const std::string& wanted_sha256, bool known) {
  const auto sha256 = part.sha256();
  if (!wanted_sha256.empty() && sha256 != wanted_sha256) {
    part.discard();
    return fail(k_failed, fmt::format("{}: the SHA-256 is {}, wanted is {}; nothing was kept", final.string(), sha256,
                                      wanted_sha256));
  }
  const auto card = engine::read_card(part_file::part_of(final).string());
  if (!card) {
    part.discard();
    return fail(k_failed,
                fmt::format("{}: what came is damaged: {}; nothing was kept", final.string(), card.error().message));
  }
  if (const auto finished = part.finish(); !finished) {
    return fail(k_failed, finished.error().message);
  }
  std::cout << fmt::format("{}: {} {}, {}\n", final.string(), card->architecture, card->quantisation,
                           bytes_text(card->bytes));
  std::cout << fmt::format("SHA-256 {}{}\n", sha256, known ? ", as wanted" : "; nothing was known to compare it with");
  return k_done;
}

} // namespace

int list(const command_options& options, bool as_json) {
  const engine::log_bridge quiet{{}};
  const auto folder = folder_of(options);
  if (!folder) {
    return fail(k_refused, folder.error().message);
  }
  const auto local = local_of(options);
  if (!local) {
    return k_refused;
  }
  const auto entries = catalog_of(*local, *folder);
  std::cout << (as_json ? catalog_json(entries) : catalog_table(entries));
  return k_done;
}

int pull(const command_options& options, const pull_options& wanted) {
  const engine::log_bridge quiet{{}};
  const auto env = config::process_environment();
  const auto folder = folder_of(options);
  if (!folder) {
    return fail(k_refused, folder.error().message);
  }
  const auto source = source_of(wanted.source, wanted.file_name, wanted.sha256, env);
  if (!source) {
    return fail(k_refused, source.error().message);
  }
  const fs::path final = *folder / source->file_name;
  std::error_code ignored;
  if (fs::exists(final, ignored) && !wanted.force) {
    return fail(k_refused,
                fmt::format("{} is there already; --force replaces it, --name gives another name", final.string()));
  }
  auto part = part_file::open(final, source->address.text());
  if (!part) {
    return fail(k_failed, part.error().message);
  }
  if (part->bytes() > 0) {
    std::cerr << fmt::format("going on after {}\n", bytes_text(part->bytes()));
  }
  const auto came = run_download(*source, *part, {.ca_file = wanted.ca_file, .env = env});
  if (!came) {
    const bool interrupted = came.error().kind == error_kind::cancelled;
    if (part->bytes() == 0) {
      part->discard();
    }
    return interrupted
               ? fail(k_interrupted, fmt::format("interrupted; {} are kept, the same command goes on from there",
                                                 bytes_text(part->bytes())))
               : fail(k_failed, came.error().message);
  }
  return accept(*part, final, *came, !came->empty());
}

int remove(const command_options& options, const std::string& name, bool force) {
  const auto folder = folder_of(options);
  if (!folder) {
    return fail(k_refused, folder.error().message);
  }
  const auto local = local_of(options);
  if (!local && !force) {
    return fail(k_refused, "whether the configuration needs the file cannot be told; --force removes it all the same");
  }
  fs::path file = *folder / name;
  std::string user;
  for (const auto& model : local ? local->models : std::vector<config::local_model_settings>{}) {
    std::error_code ignored;
    const fs::path its_file = model.file;
    if (model.name == name) {
      file = its_file;
    }
    if (its_file == file || fs::equivalent(its_file, file, ignored)) {
      user = model.name;
    }
  }
  if (file.parent_path().lexically_normal() != folder->lexically_normal() ||
      !is_model_file_name(file.filename().string())) {
    return fail(k_refused, fmt::format("'{}' is no .gguf file in {} and no configured model with one there", name,
                                       folder->string()));
  }
  if (!user.empty() && !force) {
    return fail(k_refused, fmt::format("model '{}' of {} needs {}; --force removes it all the same", user,
                                       options.config_path, file.string()));
  }
  std::error_code failure;
  const bool removed = fs::remove(file, failure);
  if (failure) {
    return fail(k_failed, fmt::format("cannot remove {}: {}", file.string(), failure.message()));
  }
  std::error_code ignored;
  const bool part = fs::remove(part_file::part_of(file), ignored);
  fs::remove(part_file::origin_of(file), ignored);
  fs::remove(file.string() + ".checked", ignored); // the mark of scripts/fetch_models.sh
  if (!removed && !part) {
    return fail(k_refused, fmt::format("there is no {}", file.string()));
  }
  std::cout << fmt::format("removed {}\n", file.string());
  return k_done;
}

} // namespace inferenceflow::app::models
