/// Percent-escapes of RFC 3986.
///
/// Role:      model ids in paths, tokens in queries, what AWS's signatures sign.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    output ≤ 3 × input.
/// Source:    RFC 3986 §2.1 and §2.3; upper-case digits, a space is %20.
#pragma once

#include <string>
#include <string_view>

namespace inferenceflow {

/// Appends `text` with every byte escaped but letters, digits, '-', '.', '_' and '~'.
void append_percent_encoded(std::string& out, std::string_view text);

/// Decodes %XX; what is no valid escape stays as it is.
[[nodiscard]] std::string percent_decoded(std::string_view text);

} // namespace inferenceflow
