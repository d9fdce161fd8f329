#include "engine/worker.h"

namespace inferenceflow::engine {

void add_counters(worker_load& load, const worker_load& past) {
  load.decode_steps += past.decode_steps;
  load.prompt_tokens += past.prompt_tokens;
  load.completion_tokens += past.completion_tokens;
  load.preemptions += past.preemptions;
  load.recomputed_tokens += past.recomputed_tokens;
  load.reused_tokens += past.reused_tokens;
  for (const auto lane : k_all_lanes) {
    load.lanes[index_of(lane)].wait.add(past.lanes[index_of(lane)].wait);
  }
  load.step_time.add(past.step_time);
  load.batch_size.add(past.batch_size);
}

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

std::optional<steady_time> deadline_of(const any_job& work) {
  const auto* generating = std::get_if<generation_job>(&work);
  return generating == nullptr ? std::nullopt : generating->request.deadline;
}

} // namespace inferenceflow::engine
