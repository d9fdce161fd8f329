#include "app/router/embed_rows.h"

#include "engine/model_engine.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <future>
#include <memory>
#include <numeric>
#include <vector>

namespace inferenceflow::app::router {

namespace {

result<engine::embedding_answer> wait_for(engine::model_engine& model, engine::embedding_request request) {
  const auto done = std::make_shared<std::promise<result<engine::embedding_answer>>>();
  auto answer = done->get_future();
  const auto sent = model.submit(std::move(request),
                                 [done](result<engine::embedding_answer>&& got) { done->set_value(std::move(got)); });
  if (!sent) {
    return sent.error();
  }
  return answer.get();
}

} // namespace

result<void> embed_rows(quality::training_set& rows, const std::string& model_file,
                        const std::function<void(std::size_t, std::size_t)>& progress) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(model_file, failed)) {
    return make_error(error_kind::not_found, fmt::format("{}: no embedding model there", model_file));
  }
  engine::model_engine model{
      {.name = "embedder", .path = model_file, .kind = engine::model_kind::embedding, .sequences_max = 32}};
  // Texts of like length share decode steps without waste.
  std::vector<std::size_t> order(rows.rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return rows.rows[a].text.size() < rows.rows[b].text.size(); });
  for (std::size_t at = 0; at < order.size(); at += k_texts_per_job) {
    const std::size_t end = std::min(at + k_texts_per_job, order.size());
    engine::embedding_request request;
    request.cut_to_fit = true;
    for (std::size_t i = at; i < end; ++i) {
      const std::string& text = rows.rows[order[i]].text;
      request.inputs.emplace_back(text.empty() ? std::string{" "} : text);
    }
    auto got = wait_for(model, std::move(request));
    if (!got) {
      return got.error();
    }
    for (std::size_t i = at; i < end; ++i) {
      rows.rows[order[i]].vector = std::move(got->vectors[i - at]);
    }
    progress(end, order.size());
  }
  if (const auto facts = model.facts()) {
    rows.space = fmt::format("gguf:{}:{}", facts->weights_mark, facts->dimensions);
  }
  quality::settle_dimensions(rows);
  return {};
}

} // namespace inferenceflow::app::router
