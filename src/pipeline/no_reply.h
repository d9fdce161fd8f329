/// A reply that reaches nobody.
///
/// Role:      answers that are only compared or counted: samples, and what is sent to another choice beside the one in
///            force.
/// Lifecycle: one per call.
/// Threading: one event loop.
/// Bounds:    keeps nothing.
#pragma once

#include "pipeline/reply.h"

namespace inferenceflow::pipeline {

class no_reply final : public reply {
public:
  [[nodiscard]] net::task<bool> document(int status, std::string_view, std::string_view, std::string_view,
                                         const answer_note&) override {
    status_ = status;
    co_return true;
  }
  [[nodiscard]] net::task<bool> whole_stream(std::string_view, const answer_note&) override { co_return true; }
  [[nodiscard]] net::task<bool> begin_events(const answer_note&) override { co_return true; }
  [[nodiscard]] net::task<bool> events(std::string_view) override { co_return true; }
  [[nodiscard]] net::task<bool> end_events(const answer_note&) override { co_return true; }
  [[nodiscard]] net::task<bool> break_events(const error&, const answer_note&) override { co_return true; }
  [[nodiscard]] net::task<bool> refuse(const error&, const answer_note&) override { co_return true; }
  [[nodiscard]] int status() const noexcept override { return status_; }

private:
  int status_ = 0;
};

} // namespace inferenceflow::pipeline
