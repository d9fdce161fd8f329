/// The superset → a request of TGI's native protocol.
///
/// Role:      codec::write_request().
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    as large as the request.
/// Source:    text-generation-inference, router: GenerateRequest, GenerateParameters, ValidationError.
#pragma once

#include "base/error.h"
#include "dialogue/codec.h"
#include "dialogue/request.h"

namespace inferenceflow::codecs::tgi {

/// The model is not named: a TGI server has one.
/// @returns invalid_request naming the field of the superset that TGI cannot carry and that must not be dropped.
[[nodiscard]] result<dialogue::written_request> write_request(const dialogue::request& asked);

} // namespace inferenceflow::codecs::tgi
