/// What the ledger knows of one request, as JSON.
///
/// Role:      GET /v1/requests/{id} and POST /v1/feedback answer with it.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    the row's, the explanation's and the feedback's.
/// Source:    docs: openapi.json, request_report.
#pragma once

#include "store/ledger.h"

#include <span>
#include <string>

namespace inferenceflow::api {

/// {"source", "score", "label", "comment", "at"}
[[nodiscard]] std::string feedback_json(const store::feedback& said);

/// The decision as routing::decision_json() spelt it, and what came of it: role, tier of the answer, confidence,
/// escalations, score of the feedback. Where the explanation was dropped, what stands in the row.
/// @param said  oldest first.
[[nodiscard]] std::string routing_json(const store::routed_part& routed, std::span<const store::feedback> said);

/// The whole row. @param said  oldest first.
[[nodiscard]] std::string request_json(const store::ledger_row& row, std::span<const store::feedback> said);

} // namespace inferenceflow::api
