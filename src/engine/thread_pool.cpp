#include "engine/thread_pool.h"

#include <llama.h>

namespace inferenceflow::engine {

std::unique_ptr<thread_pool> thread_pool::make(std::uint32_t threads, bool spins) {
  auto* device = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
  auto* registry = device == nullptr ? nullptr : ggml_backend_dev_backend_reg(device);
  if (registry == nullptr) {
    return nullptr;
  }
  const auto create = reinterpret_cast<decltype(&ggml_threadpool_new)>(
      ggml_backend_reg_get_proc_address(registry, "ggml_threadpool_new"));
  const auto release = reinterpret_cast<decltype(&ggml_threadpool_free)>(
      ggml_backend_reg_get_proc_address(registry, "ggml_threadpool_free"));
  if (create == nullptr || release == nullptr) {
    return nullptr;
  }
  auto params = ggml_threadpool_params_default(static_cast<int>(threads));
  params.poll = spins ? params.poll : 0;
  auto* pool = create(&params);
  return pool == nullptr ? nullptr : std::unique_ptr<thread_pool>(new thread_pool(pool, release));
}

thread_pool::~thread_pool() {
  release_(pool_);
}

} // namespace inferenceflow::engine
