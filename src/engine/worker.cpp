#include "engine/worker.h"

namespace inferenceflow::engine {

void fail(any_job& work, const error& why) {
  if (auto* generating = std::get_if<generation_job>(&work)) {
    generating->deliver(why);
  } else {
    std::get<embedding_job>(work).deliver(why);
  }
}

job_id id_of(const any_job& work) {
  return std::visit([](const auto& w) { return w.id; }, work);
}

service_lane lane_of(const any_job& work) {
  const auto* generating = std::get_if<generation_job>(&work);
  return generating == nullptr ? service_lane::standard : generating->request.lane;
}

} // namespace inferenceflow::engine
