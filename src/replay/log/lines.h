/// One parsed line of a request log as a record.
///
/// Role:      text_log hands each object to the reader of its format.
/// Lifecycle: pure functions.
/// Threading: reentrant.
/// Bounds:    those of the line.
/// Source:    OpenAI API reference, "Batch" (the input and output objects); LiteLLM's LiteLLM_SpendLogs and what its
///            proxy writes into `metadata.usage_object` and `proxy_server_request`. Read 2026-11.
#pragma once

#include "replay/log/log_reader.h"

#include <boost/json/object.hpp>

namespace inferenceflow::replay {

/// A line {"request" or "body": …, "response"?, "timestamp"?, …}, a chat body with such members beside its own, or a
/// line of OpenAI's batch files.
[[nodiscard]] log_item read_openai_line(const boost::json::object& line);

/// A row of LiteLLM's spend log; values may be texts, as a CSV file has them.
[[nodiscard]] log_item read_litellm_line(const boost::json::object& line);

/// Whether the members are those of LiteLLM's table.
[[nodiscard]] bool is_litellm(const boost::json::object& line);

} // namespace inferenceflow::replay
