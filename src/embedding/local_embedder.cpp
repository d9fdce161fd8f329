#include "embedding/local_embedder.h"

#include "embedding/answer_box.h"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::embedding {
namespace {

using engine_box = answer_box<result<engine::embedding_answer>>;

// Ends the job and closes the box when the coroutine that waits for them goes, whether it returned or its loop was
// dropped.
class waiting_job {
public:
  waiting_job(engine::model_engine& model, std::shared_ptr<engine_box> box)
      : model_(model)
      , box_(std::move(box)) {}
  ~waiting_job() {
    box_->close();
    if (id_ != 0) {
      model_.cancel(id_);
    }
  }
  waiting_job(const waiting_job&) = delete;
  waiting_job& operator=(const waiting_job&) = delete;
  void submitted(engine::job_id id) { id_ = id; }
  void ended() { id_ = 0; }

private:
  engine::model_engine& model_;
  std::shared_ptr<engine_box> box_;
  engine::job_id id_ = 0; ///< 0: nothing to cancel; the engine counts from 1
};

error in_terms_of_text(error failure) {
  if (failure.param == "prompt") {
    failure.param = "input";
  }
  return failure;
}

} // namespace

result<std::shared_ptr<local_embedder>> local_embedder::make(std::shared_ptr<const engine::engine_set> engines,
                                                             std::string_view model) {
  auto* found = engines->find(model);
  if (found == nullptr) {
    return make_error(error_kind::model_not_found, fmt::format("there is no local model '{}'", model), "model");
  }
  if (found->config().kind != engine::model_kind::embedding) {
    return make_error(error_kind::invalid_request,
                      fmt::format("local model '{}' generates text; an embedding model is needed", model), "model");
  }
  return std::shared_ptr<local_embedder>(new local_embedder(std::move(engines), *found));
}

local_embedder::local_embedder(std::shared_ptr<const engine::engine_set> engines, engine::model_engine& model)
    : engines_(std::move(engines))
    , model_(model)
    , name_(fmt::format("local:{}", model.config().name)) {}

bool local_embedder::learn() const {
  if (learnt_.load(std::memory_order_acquire)) {
    return true;
  }
  const std::lock_guard lock(mutex_);
  const auto facts = model_.facts();
  if (!facts || learnt_.load(std::memory_order_relaxed)) {
    return learnt_.load(std::memory_order_relaxed);
  }
  space_ = fmt::format("gguf:{}:{}", facts->weights_mark, facts->dimensions);
  dimensions_ = facts->dimensions;
  learnt_.store(true, std::memory_order_release);
  return true;
}

std::string_view local_embedder::space() const {
  return learn() ? std::string_view(space_) : std::string_view();
}

std::size_t local_embedder::dimensions() const {
  return learn() ? dimensions_ : 0;
}

net::task<result<vector_ptr>> local_embedder::embed(std::string_view text, net::cancel_scope& scope) {
  if (scope.cancelled()) {
    co_return make_error(error_kind::cancelled, "the embedding was cancelled");
  }
  engine::embedding_request request;
  request.cut_to_fit = true;
  request.inputs.emplace_back(std::string(text.substr(0, k_text_bytes_max)));
  auto executor = co_await boost::asio::this_coro::executor;
  const auto box = std::make_shared<engine_box>(std::move(executor));
  waiting_job waiting(model_, box);
  const auto job =
      model_.submit(std::move(request), [box](result<engine::embedding_answer>&& done) { box->push(std::move(done)); });
  if (job.has_error()) {
    co_return in_terms_of_text(job.error());
  }
  waiting.submitted(job.value());
  const net::cancel_scope::registration abort(scope, [&box] { box->abort(); });
  auto arrived = co_await box->take();
  if (!arrived) {
    co_return make_error(error_kind::cancelled, "the embedding was cancelled");
  }
  waiting.ended();
  if (arrived->has_error()) {
    co_return in_terms_of_text(arrived->error());
  }
  auto& answer = arrived->value();
  if (answer.vectors.size() != 1 || !learn()) {
    co_return make_error(error_kind::internal, "the engine answered without a vector");
  }
  text_vector made;
  made.values = std::move(answer.vectors.front());
  made.cut = answer.inputs_cut != 0 || text.size() > k_text_bytes_max;
  made.space = space_;
  if (auto whole = normalise(made.values); whole.has_error()) {
    co_return whole.error();
  }
  co_return std::make_shared<const text_vector>(std::move(made));
}

} // namespace inferenceflow::embedding
