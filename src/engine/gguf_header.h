/// What a GGUF file says of itself, without its weights.
///
/// Role:      model_size and model_card read it.
/// Lifecycle: construct (reads the file's header) → read.
/// Threading: value; reentrant.
/// Bounds:    the header in memory; a damaged one gives nothing.
/// Source:    GGUF specification, version 3.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct gguf_context;

namespace inferenceflow::engine {

class gguf_header {
public:
  explicit gguf_header(const std::string& path);

  /// False when the file is missing, no GGUF, cut off within the header, or names no architecture.
  [[nodiscard]] bool readable() const { return !architecture_.empty(); }
  [[nodiscard]] const std::string& architecture() const { return architecture_; }
  /// Of key `<architecture>.<name>`: a number, or the greatest of an array (one per layer); `otherwise` without one.
  [[nodiscard]] std::uint64_t number(std::string_view name, std::uint64_t otherwise) const;
  /// Text or number of a key with its whole name; empty, 0 without one.
  [[nodiscard]] std::string text(const std::string& key) const;
  [[nodiscard]] std::uint64_t tokens() const; ///< of the vocabulary
  /// How the weights are stored, e.g. "Q4_1" or "Q4_K - Medium"; empty when the file does not say.
  [[nodiscard]] std::string quantisation() const;
  /// Bytes that the file must have at least: where its last tensor ends.
  [[nodiscard]] std::uint64_t bytes_min() const;

private:
  struct closer {
    void operator()(gguf_context* file) const;
  };
  [[nodiscard]] std::uint64_t number_at(std::int64_t key, std::uint64_t otherwise) const;

  std::unique_ptr<gguf_context, closer> file_;
  std::string architecture_;
};

} // namespace inferenceflow::engine
