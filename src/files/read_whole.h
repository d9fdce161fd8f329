/// A file's bytes, all of them, if they are not too many.
///
/// Role:      configuration, prices, learned models and labels are read with it.
/// Lifecycle: one function.
/// Threading: any thread; blocks on the disk, so never an event loop's.
/// Bounds:    bytes_max; a little more is read to notice that there is more.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <string>

namespace inferenceflow::files {

/// Pipes are read to their end, too; one that nobody writes to is empty.
/// @param bytes_max  more is an error, not a part.
/// @returns error::not_found        there is no such file
/// @returns error::invalid_request  a folder, or longer than bytes_max
/// @returns error::unavailable      not readable, or the disk failed
/// The message is what comes after the file's name: "cannot be read: No such file or directory", "is a folder".
[[nodiscard]] result<std::string> read_whole(const std::string& path, std::size_t bytes_max);

} // namespace inferenceflow::files
