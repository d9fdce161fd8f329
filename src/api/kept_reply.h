/// An answer that is kept instead of sent: of one item among several.
///
/// Role:      reply of the items of /v1/batch and of /v1/batches.
/// Lifecycle: one per item, which asks for no stream.
/// Threading: the loop that the item runs on.
/// Bounds:    one answer, bounded by upstream.answer_bytes_max.
#pragma once

#include "pipeline/reply.h"

#include <string>
#include <string_view>

namespace inferenceflow::api {

class kept_reply final : public pipeline::reply {
public:
  [[nodiscard]] net::task<bool> document(int status, std::string_view content_type, std::string_view body,
                                         std::string_view retry_after, const pipeline::answer_note& note) override;
  [[nodiscard]] net::task<bool> whole_stream(std::string_view events, const pipeline::answer_note& note) override;
  [[nodiscard]] net::task<bool> begin_events(const pipeline::answer_note& note) override;
  [[nodiscard]] net::task<bool> events(std::string_view bytes) override;
  [[nodiscard]] net::task<bool> end_events(const pipeline::answer_note& note) override;
  [[nodiscard]] net::task<bool> break_events(const error& why, const pipeline::answer_note& note) override;
  [[nodiscard]] net::task<bool> refuse(const error& why, const pipeline::answer_note& note) override;
  [[nodiscard]] int status() const noexcept override { return status_; }

  /// Without the pipeline: the item was not fit to be asked.
  void keep_error(const error& why);

  /// JSON: the answer, or an error in OpenAI's form. Empty as long as status() is 0.
  [[nodiscard]] const std::string& body() const noexcept { return body_; }
  /// Seconds as a backend or we said, or empty.
  [[nodiscard]] const std::string& retry_after() const noexcept { return retry_after_; }
  /// As the answer's; its views live as long as this object.
  [[nodiscard]] pipeline::answer_note note() const noexcept;

private:
  void keep(int status, std::string_view body, std::string_view retry_after, const pipeline::answer_note& note);

  int status_ = 0;
  std::string body_;
  std::string retry_after_;
  pipeline::answer_note note_{};
  std::string model_;
  std::string provider_;
};

} // namespace inferenceflow::api
