#include "providers/local/generation_call.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::providers::local {

error in_wire_terms(error failure, std::string_view prompt_field) {
  if (failure.param == "prompt") {
    failure.param = prompt_field;
  } else if (failure.param == "json_schema") {
    failure.param = "response_format";
  }
  return failure;
}

generation_call::generation_call(engine::model_engine& model, text_request request, answer_head head,
                                 net::loop_executor executor)
    : model_(model)
    , request_(std::move(request))
    , head_(std::move(head))
    , mailbox_(std::make_shared<generation_mailbox>(std::move(executor)))
    , generation_ended_(request_.generations.size())
    , counts_(request_.generations.size())
    , choices_per_generation_(request_.generations.front().choices) {
  choices_.resize(request_.generations.size() * choices_per_generation_);
}

generation_call::~generation_call() {
  mailbox_->close();
  for (std::size_t g = 0; g < jobs_.size(); ++g) {
    if (!generation_ended_[g]) {
      model_.cancel(jobs_[g]);
    }
  }
}

result<void> generation_call::submit() {
  for (std::size_t g = 0; g < request_.generations.size(); ++g) {
    // The request keeps its size and options; only the prompt is needed no more.
    auto deliver = [mailbox = mailbox_, g](engine::generation_event&& event) { mailbox->push({g, std::move(event)}); };
    auto job = model_.submit(std::move(request_.generations[g]), std::move(deliver));
    if (job.has_error()) {
      return job.error();
    }
    jobs_.push_back(job.value());
  }
  return {};
}

void generation_call::start_choice(std::uint32_t index) {
  if (!std::exchange(choices_[index].started, true) && request_.stream) {
    stream_ += render_start(head_, index);
  }
}

void generation_call::apply_delta(std::uint32_t index, engine::text_delta&& delta) {
  auto& choice = choices_[index];
  start_choice(index);
  has_text_ = true;
  if (request_.stream) {
    stream_ += render_delta(head_, index, delta, request_.logprobs, choice.characters);
    choice.characters += characters_of(delta.text);
    return;
  }
  choice.collected.text += delta.text;
  for (auto& entry : delta.logprobs) {
    choice.collected.logprobs.push_back(std::move(entry));
  }
}

std::optional<error> generation_call::apply(generation_news&& news) {
  if (head_.fingerprint.empty()) {
    // The first event: the model is loaded by now, unless this is the error that says it is not.
    const auto facts = model_.facts();
    head_.fingerprint = facts ? facts->fingerprint : std::string();
  }
  const auto index_of = [&](std::uint32_t choice) {
    return static_cast<std::uint32_t>(news.generation) * choices_per_generation_ + choice;
  };
  if (auto* delta = std::get_if<engine::text_delta>(&news.event)) {
    counts_[news.generation] = delta->so_far;
    apply_delta(index_of(delta->choice), std::move(*delta));
  } else if (const auto* end = std::get_if<engine::choice_end>(&news.event)) {
    const auto index = index_of(end->choice);
    start_choice(index);
    choices_[index].collected.reason = end->reason;
    choices_[index].finished = true;
    if (request_.stream) {
      stream_ += render_end(head_, index, end->reason);
    }
  } else if (const auto* done = std::get_if<engine::generation_end>(&news.event)) {
    counts_[news.generation] = done->counts;
    generation_ended_[news.generation] = true;
    ++generations_ended_;
  } else {
    generation_ended_[news.generation] = true;
    return std::move(std::get<error>(news.event));
  }
  return std::nullopt;
}

std::string generation_call::take_stream() {
  return std::exchange(stream_, {});
}

engine::token_counts generation_call::counts() const {
  engine::token_counts sum;
  for (const auto& one : counts_) {
    sum.prompt += one.prompt;
    sum.completion += one.completion;
    sum.reused += one.reused;
  }
  return sum;
}

std::string generation_call::document() const {
  std::vector<collected_choice> collected;
  for (const auto& choice : choices_) {
    collected.push_back(choice.collected);
  }
  return render_document(head_, collected, request_.logprobs, counts());
}

void generation_call::describe(answer& out) const {
  const auto sum = counts();
  out.usage.fresh_input = sum.prompt - sum.reused;
  out.usage.cached_input = sum.reused;
  out.usage.output = sum.completion;
  out.source = cost::usage_source::reported;
  out.complete = ended() && std::none_of(choices_.begin(), choices_.end(), [](const auto& choice) {
                   return choice.collected.reason == engine::end_reason::length; // cut off: not to be kept
                 });
  if (choices_.front().finished) {
    out.finish_reason = to_string(choices_.front().collected.reason);
  }
}

} // namespace inferenceflow::providers::local
