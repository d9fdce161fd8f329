/// GET /v1/requests/{id}: what one request cost, and why it was answered by whom.
///
/// Role:      router target.
/// Lifecycle: free function.
/// Threading: the exchange's loop; the ledger is read on the blocking thread.
/// Bounds:    one row.
/// Source:    docs: openapi.json.
#pragma once

#include "api/call_context.h"
#include "api/service.h"

namespace inferenceflow::api {

/// The newest request of the caller's tenant with that id; 404 for another tenant's as for one that never was.
[[nodiscard]] net::task<void> serve_request(call_context& context, service& serving);

} // namespace inferenceflow::api
