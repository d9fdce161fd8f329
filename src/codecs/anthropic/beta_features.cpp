#include "codecs/anthropic/beta_features.h"

#include "dialogue/json_view.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace inferenceflow::codecs::anthropic {

namespace {

constexpr std::string_view k_files = "files-api-2025-04-14";
constexpr std::string_view k_mcp = "mcp-client-2025-11-20";
/// Tools of the MCP connector's first version stand with the server.
constexpr std::string_view k_mcp_first = "mcp-client-2025-04-04";

struct named_feature {
  std::string_view name;
  std::string_view feature;
};

constexpr std::array k_field_features{
    named_feature{"context_management", "context-management-2025-06-27"},
    named_feature{"diagnostics", "cache-diagnosis-2026-04-07"},
    named_feature{"fallback_credit_token", "fallback-credit-2026-07-01"},
    named_feature{"fallbacks", "server-side-fallback-2026-07-01"},
    named_feature{"speed", "fast-mode-2026-02-01"},
    named_feature{"output_config.task_budget", "task-budgets-2026-03-13"},
};

constexpr std::array k_block_features{
    named_feature{"container_upload", k_files},
    named_feature{"tool_addition", "mid-conversation-tool-changes-2026-07-01"},
    named_feature{"tool_removal", "mid-conversation-tool-changes-2026-07-01"},
    named_feature{"mcp_tool_use", k_mcp},
    named_feature{"compaction", "compact-2026-01-12"},
};

bool contains(std::string_view text, std::string_view piece) {
  return text.find(piece) != std::string_view::npos;
}

} // namespace

beta_features::beta_features(const dialogue::request& asked) {
  for (const dialogue::tool& each : asked.tools) {
    if (!each.opaque.empty()) {
      note_tool(each.opaque);
    }
  }
  for (const dialogue::message& said : asked.messages) {
    for (const dialogue::part& held : said.parts) {
      note_part(held);
    }
  }
}

void beta_features::note(std::string_view feature) {
  if (std::find(features_.begin(), features_.end(), feature) == features_.end()) {
    features_.emplace_back(feature);
  }
}

void beta_features::note_part(const dialogue::part& held) {
  if (const auto* media = std::get_if<dialogue::media_part>(&held); media != nullptr && !media->file_id.empty()) {
    note(k_files);
  } else if (const auto* result = std::get_if<dialogue::tool_result_part>(&held)) {
    for (const auto& piece : result->content) {
      const auto* shown = std::get_if<dialogue::media_part>(&piece);
      if (shown != nullptr && !shown->file_id.empty()) {
        note(k_files);
      }
    }
  } else if (const auto* block = std::get_if<dialogue::opaque_part>(&held)) {
    for (const auto& [name, feature] : k_block_features) {
      if (block->type == name) {
        note(feature);
      }
    }
  }
}

void beta_features::note_tool(std::string_view opaque_json) {
  dialogue::json_document document;
  const dialogue::json_view root = document.parse(opaque_json);
  const dialogue::json_view kind = root.is_object() ? root.member("type") : root;
  if (!kind.is_text()) {
    return;
  }
  const std::string_view type = kind.text();
  // "computer_20251124": the feature bears the tool's date.
  constexpr std::string_view k_computer = "computer_";
  if (type.size() == k_computer.size() + 8 && type.substr(0, k_computer.size()) == k_computer) {
    const std::string_view date = type.substr(k_computer.size());
    note(fmt::format("computer-use-{}-{}-{}", date.substr(0, 4), date.substr(4, 2), date.substr(6, 2)));
  } else if (type == "mcp_toolset") {
    note(k_mcp);
  } else if (type.substr(0, 8) == "advisor_") {
    note("advisor-tool-2026-03-01");
  }
}

void beta_features::note_field(std::string_view name, std::string_view json) {
  for (const auto& [field, feature] : k_field_features) {
    if (field == name) {
      note(feature);
    }
  }
  if (name == "context_management" && contains(json, "compact_20260112")) {
    note("compact-2026-01-12");
  }
  if (name == "mcp_servers") {
    note(contains(json, "\"tool_configuration\"") ? k_mcp_first : k_mcp);
  }
  if (name == "container" && contains(json, "\"skills\"")) {
    note("skills-2025-10-02");
  }
}

std::string beta_features::header() const {
  return fmt::format("{}", fmt::join(features_, ","));
}

} // namespace inferenceflow::codecs::anthropic
