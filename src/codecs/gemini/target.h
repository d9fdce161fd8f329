/// What of a Gemini request stands in its URL.
///
/// Role:      request_read, request_write, embedding; whoever makes a writer asks form_of().
/// Lifecycle: free functions over values.
/// Threading: reentrant.
/// Bounds:    none.
/// Source:    Gemini API reference, "Method: models.generateContent"; Vertex AI's publisher models; recorded URLs:
///            streamGenerateContent without alt=sse is answered with a JSON array.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::gemini {

struct model_method {
  std::string model = {};       ///< "gemini-2.5-flash"; "tunedModels/…" keeps its collection
  std::string_view method = {}; ///< "generateContent"
};

/// @param path  "/v1beta/models/gemini-2.5-flash:generateContent"; whatever stands before models/ does not matter.
[[nodiscard]] model_method model_method_of(std::string_view path);

/// @param model  a name alone; or one with its collection ("models/…", "tunedModels/…"), or with a Vertex AI project
///               ("projects/…/publishers/google/models/…"), which goes below /v1.
[[nodiscard]] std::string path_for(std::string_view model, std::string_view method);

/// How a stream is framed.
enum class stream_form : std::uint8_t { events, array };

/// events with alt=sse (or $alt=sse), else array.
[[nodiscard]] stream_form form_of(std::string_view query) noexcept;

} // namespace inferenceflow::codecs::gemini
