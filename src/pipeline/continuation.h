/// The request that asks another backend to go on with an answer that broke off.
///
/// Role:      delivery sends it where the route continues broken streams elsewhere.
/// Lifecycle: a value that owns what it points to; outlives its call.
/// Threading: one event loop.
/// Bounds:    the client's request and the text so far.
#pragma once

#include "base/error.h"
#include "dialogue/codec_set.h"
#include "pipeline/request.h"

#include <memory>
#include <string>
#include <string_view>

namespace inferenceflow::pipeline {

struct continuation {
  dialogue::request read; ///< the client's conversation, the text so far, and the wish to go on
  std::string body;       ///< the same in the client's protocol
  wire::openai::request_facts facts;
};

/// @param asked     the client's. @param told_text  what it has read of the answer.
/// @returns invalid_request where an answer in another form than text, or several answers, were asked for.
[[nodiscard]] result<std::unique_ptr<continuation>>
continue_from(const request& asked, const dialogue::codec_set& codecs, std::string_view told_text);

} // namespace inferenceflow::pipeline
