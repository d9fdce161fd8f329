/// How the exact cache takes part in one request.
///
/// Role:      first decision of the pipeline after the route is known.
/// Lifecycle: pure function over values.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    RFC 9111 §5.2.1 (request directives), read as a shared cache in front of a paid origin would.
#pragma once

#include "cache/cache_key.h"
#include "config/settings.h"
#include "pipeline/request.h"
#include "routing/route_table.h"

namespace inferenceflow::pipeline {

struct cache_plan {
  bool lookup = false;          ///< an entry may answer
  bool store = false;           ///< a complete answer may be kept
  bool coalesce = false;        ///< may share a running call
  cache::cache_key answer_key;  ///< of the answer, streamed or not
  cache::cache_key running_key; ///< of the call in flight: the same, the same form, and nobody who is in a hurry
                                ///< behind one in lane batch
};

/// Cached when the answer is reproducible, or route or request insist; never when either forbids it.
[[nodiscard]] cache_plan plan_cache(const request& asked, const routing::route& route,
                                    const config::cache_settings& settings);

/// Seed of a scope within another: what changes the answer and stands outside of the body.
/// @param seed  of the tenant (cache::tenant_secret::scan_seed), or of a scope made here.
[[nodiscard]] std::uint64_t narrowed_seed(std::uint64_t seed, std::string_view by);

} // namespace inferenceflow::pipeline
