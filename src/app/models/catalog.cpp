#include "app/models/catalog.h"

#include "app/models/progress.h"
#include "engine/model_size.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace inferenceflow::app::models {

namespace fs = std::filesystem;

namespace {

catalog_entry configured(const config::local_settings& settings, const config::local_model_settings& model) {
  catalog_entry entry;
  entry.name = model.name;
  entry.file = model.file;
  entry.kind = model.kind == config::model_kind::chat ? "chat" : "embedding";
  const auto card = engine::read_card(model.file);
  if (!card) {
    std::error_code ignored;
    entry.state = fs::exists(model.file, ignored) ? file_state::damaged : file_state::missing;
    entry.problem = card.error().message;
    return entry;
  }
  entry.card = *card;
  entry.state = file_state::configured;
  if (const auto bytes = engine::model_bytes(engine_config(settings, model))) {
    entry.memory_bytes = *bytes;
    if (settings.bytes_max != 0 && *bytes > settings.bytes_max) {
      entry.state = file_state::too_large;
      entry.problem =
          fmt::format("takes about {}, local.bytes_max allows {}", bytes_text(*bytes), bytes_text(settings.bytes_max));
    }
  }
  return entry;
}

catalog_entry found(const fs::path& file) {
  catalog_entry entry;
  entry.file = file;
  if (file.extension() == ".part") {
    std::error_code ignored;
    entry.state = file_state::unfinished;
    entry.card.bytes = fs::file_size(file, ignored);
    return entry;
  }
  const auto card = engine::read_card(file.string());
  if (card) {
    entry.card = *card;
  } else {
    entry.state = file_state::damaged;
    entry.problem = card.error().message;
  }
  return entry;
}

bool is_listed(const fs::path& file) {
  return file.extension() == ".gguf" || (file.extension() == ".part" && file.stem().extension() == ".gguf");
}

std::string or_dash(std::string text) {
  return text.empty() ? "-" : text;
}

} // namespace

engine::model_config engine_config(const config::local_settings& settings, const config::local_model_settings& model) {
  engine::model_config wanted;
  wanted.name = model.name;
  wanted.path = model.file;
  wanted.kind = model.kind == config::model_kind::chat ? engine::model_kind::chat : engine::model_kind::embedding;
  wanted.context_tokens = static_cast<std::uint32_t>(model.context_tokens);
  wanted.sequences_max = static_cast<std::uint32_t>(model.sequences_max);
  wanted.threads = static_cast<std::uint32_t>(settings.threads);
  wanted.queue_max = static_cast<std::uint32_t>(model.queue_max);
  wanted.express_queue_max = static_cast<std::uint32_t>(model.express_queue_max);
  wanted.batch_queue_max = static_cast<std::uint32_t>(model.batch_queue_max);
  wanted.prefixes_max = static_cast<std::uint32_t>(model.prefixes_max);
  wanted.prefix_tokens_min = static_cast<std::uint32_t>(model.prefix_tokens_min);
  wanted.share_prefixes = model.share_prefixes;
  wanted.token_gap_ms = static_cast<std::uint32_t>(model.token_gap.count());
  return wanted;
}

std::string_view to_string(file_state state) {
  switch (state) {
  case file_state::configured: return "configured";
  case file_state::unused: return "unused";
  case file_state::unfinished: return "unfinished";
  case file_state::missing: return "missing";
  case file_state::damaged: return "damaged";
  case file_state::too_large: return "too large";
  }
  return "unused";
}

std::vector<catalog_entry> catalog_of(const config::local_settings& local, const fs::path& folder) {
  std::vector<catalog_entry> entries;
  for (const auto& model : local.models) {
    entries.push_back(configured(local, model));
  }
  std::vector<fs::path> files;
  std::error_code failure;
  for (fs::directory_iterator at{folder, failure}; !failure && at != fs::directory_iterator{}; at.increment(failure)) {
    const bool known = std::any_of(local.models.begin(), local.models.end(), [&](const auto& model) {
      std::error_code differs;
      return fs::equivalent(model.file, at->path(), differs);
    });
    if (is_listed(at->path()) && !known && files.size() < k_files_max) {
      files.push_back(at->path());
    }
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    entries.push_back(found(file));
  }
  return entries;
}

std::string catalog_table(const std::vector<catalog_entry>& entries) {
  using row = std::array<std::string, 8>;
  std::vector<row> rows{{"NAME", "STATE", "KIND", "ARCHITECTURE", "WEIGHTS", "SIZE", "MEMORY", "FILE"}};
  for (const auto& entry : entries) {
    rows.push_back({or_dash(entry.name), std::string{to_string(entry.state)}, or_dash(entry.kind),
                    or_dash(entry.card.architecture), or_dash(entry.card.quantisation),
                    entry.card.bytes == 0 ? "-" : bytes_text(entry.card.bytes),
                    entry.memory_bytes ? bytes_text(*entry.memory_bytes) : "-", entry.file.string()});
  }
  std::array<std::size_t, 8> widths{};
  for (const auto& each : rows) {
    for (std::size_t column = 0; column + 1 < each.size(); ++column) {
      widths[column] = std::max(widths[column], each[column].size());
    }
  }
  std::string text;
  for (const auto& each : rows) {
    for (std::size_t column = 0; column + 1 < each.size(); ++column) {
      text += fmt::format("{:<{}}  ", each[column], widths[column]);
    }
    text += each.back() + "\n";
  }
  for (const auto& entry : entries) {
    if (!entry.problem.empty()) {
      text += fmt::format("{}: {}: {}\n", entry.file.string(), to_string(entry.state), entry.problem);
    }
  }
  return text;
}

std::string catalog_json(const std::vector<catalog_entry>& entries) {
  boost::json::array all;
  for (const auto& entry : entries) {
    boost::json::object one{{"file", entry.file.string()},
                            {"state", to_string(entry.state)},
                            {"bytes", entry.card.bytes},
                            {"architecture", entry.card.architecture},
                            {"weights", entry.card.quantisation}};
    if (!entry.name.empty()) {
      one["name"] = entry.name;
      one["kind"] = entry.kind;
    }
    if (entry.memory_bytes) {
      one["memory_bytes"] = *entry.memory_bytes;
    }
    if (!entry.problem.empty()) {
      one["problem"] = entry.problem;
    }
    all.push_back(std::move(one));
  }
  return boost::json::serialize(all) + "\n";
}

} // namespace inferenceflow::app::models
