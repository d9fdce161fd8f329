#include "prompt_cache/meter.h"

namespace inferenceflow::prompt_cache {

meter& meter_table::of(std::string_view provider) {
  const std::scoped_lock lock{mutex_};
  const auto found = meters_.find(provider);
  return found != meters_.end() ? found->second : meters_.try_emplace(std::string{provider}).first->second;
}

} // namespace inferenceflow::prompt_cache
