/// What is known of a route's targets before anything of the moment: names, traits, prices, the router file's word.
///
/// Role:      route_choice and replay/ make candidates with it, so that a replay chooses as the gateway does.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    those of the route and of the router file.
#pragma once

#include "base/clock.h"
#include "config/routing_settings.h"
#include "quality/predictor.h"
#include "routing/choice/choose.h"
#include "routing/route_table.h"

#include <span>
#include <vector>

namespace inferenceflow::pipeline {

/// @param at  when its price is asked for. Lifetime: views into `target`.
[[nodiscard]] routing::candidate candidate_of(const routing::route& target, wall_time at);

[[nodiscard]] routing::preference preference_of(const config::routing_settings& wanted);
/// Of the other choice, which has the block's quality_weight.
[[nodiscard]] routing::preference preference_of(const config::other_choice_settings& other, double quality_weight);

/// Where the router knows a target, as "provider/model" or "model", its word replaces what the operator stated.
/// @param vector  of the prompt; empty = not embedded. @param targets  of `into`, in the same order.
/// @returns what it said of each; `known` is false where it knows nothing.
std::vector<quality::estimate> predict_into(const quality::predictor& by, const quality::features& read,
                                            std::span<const float> vector,
                                            std::span<const routing::route* const> targets,
                                            std::span<routing::candidate> into);

} // namespace inferenceflow::pipeline
