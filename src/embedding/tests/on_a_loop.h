/// Runs coroutines of a test on an io_context, and an embedder that answers when the test says so.
///
/// Role:      tests of this module.
/// Lifecycle: one per test.
/// Threading: one thread runs the context at a time.
/// Bounds:    none.
#pragma once

#include "embedding/answer_box.h"
#include "embedding/embedder.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::embedding::testing {

/// One caller of embed(): its scope, and what it got.
struct asking {
  net::cancel_scope scope;
  std::optional<result<vector_ptr>> got;
};

inline net::task<void> ask_and_keep(embedder& asked, std::string text, std::shared_ptr<asking> keep) {
  auto got = co_await asked.embed(text, keep->scope);
  keep->got.emplace(std::move(got));
}

/// Starts embed(); it runs when the context does.
inline std::shared_ptr<asking> ask(boost::asio::io_context& context, embedder& asked, std::string text) {
  auto keep = std::make_shared<asking>();
  auto work = ask_and_keep(asked, std::move(text), keep);
  boost::asio::co_spawn(context, std::move(work), boost::asio::detached);
  return keep;
}

/// Runs until nothing is left to do.
inline result<vector_ptr> ask_now(embedder& asked, std::string text) {
  boost::asio::io_context context;
  const auto asked_for = ask(context, asked, std::move(text));
  context.run();
  return std::move(asked_for->got).value();
}

/// Waits in embed() until let_go() or a cancelled scope.
class slow_embedder final : public embedder {
public:
  explicit slow_embedder(std::string name = "slow", std::string space = "slow:2")
      : name_(std::move(name))
      , space_(std::move(space)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] std::string_view space() const override { return space_; }
  [[nodiscard]] std::size_t dimensions() const override { return 2; }

  [[nodiscard]] net::task<result<vector_ptr>> embed(std::string_view text, net::cancel_scope& scope) override {
    texts.emplace_back(text);
    auto executor = co_await boost::asio::this_coro::executor;
    const auto gate = std::make_shared<answer_box<bool>>(executor);
    const closing closed{gate};
    gates_.push_back(gate);
    if (open) {
      gate->push(true);
    }
    const net::cancel_scope::registration abort(scope, [&gate] { gate->abort(); });
    static_cast<void>(co_await gate->take());
    if (scope.cancelled()) {
      ++cancelled;
      co_return make_error(error_kind::cancelled, "the embedding was cancelled");
    }
    if (failure) {
      co_return *failure;
    }
    text_vector made;
    made.space = space_;
    made.values = {1, 0};
    co_return std::make_shared<const text_vector>(std::move(made));
  }

  void let_go() {
    for (const auto& gate : std::exchange(gates_, {})) {
      gate->push(true);
    }
  }
  void become(std::string space) { space_ = std::move(space); }

  std::vector<std::string> texts; ///< asked for, in order
  int cancelled = 0;
  bool open = false; ///< answers at once
  std::optional<error> failure;

private:
  struct closing {
    ~closing() { gate->close(); }
    std::shared_ptr<answer_box<bool>> gate;
  };
  std::string name_;
  std::string space_;
  std::vector<std::shared_ptr<answer_box<bool>>> gates_;
};

} // namespace inferenceflow::embedding::testing
