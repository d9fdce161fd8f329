/// Files and batches as OpenAI shows them.
///
/// Role:      files_surface and batches_surface answer with it.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    those of the records.
/// Source:    OpenAI API reference: "The file object", "The batch object".
#pragma once

#include "batches/store.h"

#include <string>
#include <string_view>

namespace inferenceflow::api {

[[nodiscard]] std::string to_json(const batches::file_record& file);
[[nodiscard]] std::string to_json(const batches::batch_record& batch);

/// One page, with the ids that the next one goes on from.
template <class Record> [[nodiscard]] std::string page_json(const batches::listed<Record>& page);

/// 404 as OpenAI says it. @param kind  "File" or "batch".
[[nodiscard]] std::string missing_json(std::string_view kind, std::string_view id);

} // namespace inferenceflow::api
