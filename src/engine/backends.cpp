#include "engine/backends.h"

#include <dlfcn.h>
#include <filesystem>
#include <llama.h>
#include <mutex>

namespace inferenceflow::engine {
namespace {

// ggml looks beside the executable by itself; the pinned build lies beside libggml instead.
std::string library_folder() {
  void* symbol = dlsym(RTLD_DEFAULT, "ggml_backend_load_all_from_path");
  Dl_info info{};
  if (symbol == nullptr || dladdr(symbol, &info) == 0 || info.dli_fname == nullptr) {
    return {};
  }
  std::error_code ignored;
  return std::filesystem::canonical(info.dli_fname, ignored).parent_path().string();
}

} // namespace

result<void> load_backends() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU) == nullptr) {
      if (const auto folder = library_folder(); !folder.empty()) {
        ggml_backend_load_all_from_path(folder.c_str());
      }
    }
    if (ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU) == nullptr) {
      ggml_backend_load_all();
    }
    llama_backend_init();
  });
  if (ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU) == nullptr) {
    return make_error(error_kind::unavailable,
                      "llama.cpp's CPU backend could not be loaded; run `make models` to fetch it again");
  }
  return {};
}

} // namespace inferenceflow::engine
