/// Tells one model file from another without reading gigabytes.
///
/// Role:      loaded_model; vectors of two files are comparable only when their marks are equal.
/// Lifecycle: pure function.
/// Threading: any; reads the disk.
/// Bounds:    k_head_bytes + k_samples · k_sample_bytes are read, whatever the file's size.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace inferenceflow::engine {

inline constexpr std::size_t k_head_bytes = std::size_t{1} << 20U; ///< metadata and the vocabulary's beginning
inline constexpr std::size_t k_samples = 64;                       ///< spread evenly over the file, its end included
inline constexpr std::size_t k_sample_bytes = 4096;

/// @returns 16 hex digits of the size, the head and the samples; empty when the file cannot be read. Two trainings of
///          one architecture differ in nearly every weight, so samples tell them apart; a forger could fool it.
[[nodiscard]] std::string file_mark(const std::filesystem::path& file);

} // namespace inferenceflow::engine
