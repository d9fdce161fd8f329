/// The superset → a Converse request.
///
/// Role:      codec::write_request.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    the body is about as large as what it is made of.
/// Source:    Bedrock API reference, Converse and ConverseStream; Bedrock User Guide. What is refused and what is
/// dropped:
///            README.md.
#pragma once

#include "dialogue/codec.h"

namespace inferenceflow::codecs::bedrock {

/// @param model  Bedrock's id or ARN of the model; it also tells how wishes for reasoning and top_k are spelt.
/// @returns invalid_request  naming the field of the superset that Converse cannot carry.
[[nodiscard]] result<dialogue::written_request> write_request(const dialogue::request& asked, std::string_view model);

} // namespace inferenceflow::codecs::bedrock
