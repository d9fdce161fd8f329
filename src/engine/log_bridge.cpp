#include "engine/log_bridge.h"

#include <common/log.h>
#include <llama.h>
#include <mutex>
#include <string>
#include <utility>

namespace inferenceflow::engine {
namespace {

log_level level_of(ggml_log_level level) {
  switch (level) {
  case GGML_LOG_LEVEL_ERROR: return log_level::error;
  case GGML_LOG_LEVEL_WARN: return log_level::warning;
  case GGML_LOG_LEVEL_INFO: return log_level::info;
  default: return log_level::debug;
  }
}

} // namespace

class log_bridge::state {
public:
  explicit state(log_sink sink)
      : sink_(std::move(sink)) {}

  static void receive(ggml_log_level level, const char* text, void* self) {
    static_cast<state*>(self)->append(level, text);
  }

private:
  // Lines arrive in parts; a part that continues a line carries the level "cont".
  void append(ggml_log_level level, std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (level != GGML_LOG_LEVEL_CONT) {
      level_ = level_of(level);
    }
    for (const char c : text) {
      if (c != '\n' && line_.size() < k_log_line_bytes_max) {
        line_.push_back(c);
      } else if (c == '\n') {
        deliver();
      }
    }
  }

  void deliver() {
    const auto line = std::exchange(line_, {});
    if (sink_ && !line.empty()) {
      sink_(level_, line);
    }
  }

  std::mutex mutex_;
  log_sink sink_;
  std::string line_;
  log_level level_ = log_level::debug;
};

log_bridge::log_bridge(log_sink sink)
    : state_(std::make_unique<state>(std::move(sink))) {
  llama_log_set(&state::receive, state_.get());
  // The template and grammar code logs to stderr through a logger of its own; its failures reach us as exceptions.
  common_log_set_verbosity_thold(-1);
}

log_bridge::~log_bridge() {
  llama_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
}

} // namespace inferenceflow::engine
