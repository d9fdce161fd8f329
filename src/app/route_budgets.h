/// What routes have spent of their budgets before this process, or this configuration, began.
///
/// Role:      application calls it whenever it installs a configuration.
/// Lifecycle: one function.
/// Threading: the owner's thread; blocks on the ledger.
/// Bounds:    one sum over the ledger per different period.
#pragma once

#include "base/clock.h"
#include "config/settings.h"
#include "pipeline/route_book.h"
#include "store/ledger.h"
#include "telemetry/log.h"

namespace inferenceflow::app {

/// Periods follow each other from 1970-01-01 00:00 UTC on: a day ends at midnight, an hour at the full hour. A ledger
/// that cannot be read is told to the log; the budgets then count from now.
void resume_budgets(const config::settings& settings, store::ledger& ledger, const clock_source& clock,
                    pipeline::route_books& books, telemetry::logger& log);

} // namespace inferenceflow::app
