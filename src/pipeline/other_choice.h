/// Asks the target that another choice would have taken, beside the one that answered, to compare the two.
///
/// Role:      life::attempt() starts it after the client has its answer, for the share of requests that
///            routing.other.send_percent says. What it costs is a row of the ledger of its own, with role "shadow".
/// Lifecycle: a coroutine of its own on the request's loop; what it needs, it holds.
/// Threading: one event loop.
/// Bounds:    k_judging_max of these and of comparisons at once per loop, further ones are left out.
#pragma once

#include "net/event_loop.h"
#include "pipeline/loop_state.h"
#include "pipeline/request.h"
#include "pipeline/route_choice.h"
#include "pipeline/services.h"

#include <memory>
#include <string>

namespace inferenceflow::pipeline {

/// @param answered  the text that the client got; empty = not known, then only the cost is of interest.
void send_to_other(const services& shared, std::shared_ptr<const generation> now, net::event_loop& loop,
                   loop_state& state, const request& asked, const course& way, std::string answered);

} // namespace inferenceflow::pipeline
