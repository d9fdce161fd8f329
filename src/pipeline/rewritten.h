/// The client's request, changed: what a backend is asked in its place.
///
/// Role:      delivery sends it instead of the client's bytes: to go on with a broken answer, to see token
///            probabilities, to sample.
/// Lifecycle: a value that owns what it points to; outlives its call.
/// Threading: one event loop.
/// Bounds:    the client's request and what the change adds.
#pragma once

#include "base/error.h"
#include "dialogue/codec_set.h"
#include "pipeline/request.h"

#include <functional>
#include <memory>
#include <string>

namespace inferenceflow::pipeline {

struct rewritten_request {
  dialogue::request read;
  std::string body; ///< the same in the client's protocol
  wire::openai::request_facts facts;
};

/// @param change  what shall be different; an error of it is returned.
/// @returns invalid_request where the body cannot be read, or not be written anew.
[[nodiscard]] result<std::unique_ptr<rewritten_request>>
rewrite(const request& asked, const dialogue::codec_set& codecs,
        const std::function<result<void>(dialogue::request&)>& change);

} // namespace inferenceflow::pipeline
