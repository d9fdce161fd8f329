#include "cache/cached_answer.h"

namespace inferenceflow::cache {

namespace {

// Short strings live inside the struct, which the fixed overhead already counts.
std::size_t heap_bytes(const std::string& text) {
  static const std::size_t inline_capacity = std::string{}.capacity();
  return text.capacity() > inline_capacity ? text.capacity() + 1 : 0;
}

} // namespace

std::size_t cached_answer::charged_bytes() const {
  return k_entry_overhead_bytes + heap_bytes(body) + heap_bytes(operation) + heap_bytes(model) + heap_bytes(provider) +
         heap_bytes(tenant) + heap_bytes(dropped) + heap_bytes(tags.text());
}

} // namespace inferenceflow::cache
