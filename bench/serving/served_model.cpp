#include "bench/serving/stage.h"

#include <chrono>
#include <thread>

namespace inferenceflow::bench {
namespace {

constexpr auto k_poll = std::chrono::milliseconds(2);
constexpr std::uint32_t k_queue_max = 4096; // nobody is refused here

} // namespace

result<std::unique_ptr<served_model>> served_model::open(const settings& by, std::uint32_t sequences,
                                                         std::uint32_t cells) {
  engine::model_config config;
  config.name = "bench";
  config.path = by.model;
  config.sequences_max = sequences;
  config.cells_tokens = cells;
  config.context_tokens = cells;
  config.threads = by.threads;
  config.token_gap_ms = by.gap_ms;
  config.prefixes_max = by.prefixes;
  config.queue_max = k_queue_max;
  config.express_queue_max = k_queue_max;
  config.batch_queue_max = k_queue_max;
  std::unique_ptr<served_model> model(new served_model(config));
  while (model->engine().stats().state == engine::load_state::loading) {
    std::this_thread::sleep_for(k_poll);
  }
  if (const auto stats = model->engine().stats(); stats.state == engine::load_state::failed) {
    return make_error(error_kind::unavailable, stats.load_error);
  }
  return model;
}

void served_model::settle() const {
  for (;;) {
    const auto load = engine().stats().load;
    if (load.waiting + load.running + load.set_aside == 0) {
      return;
    }
    std::this_thread::sleep_for(k_poll);
  }
}

} // namespace inferenceflow::bench
