/// Buys lines of batches in the providers' own batches, where there is time.
///
/// Role:      batch_runner offers it lines before it asks them; decisions are batches::discount_pool's, forms those of
///            providers/batching.
/// Lifecycle: construct → restore() → start() → drain() → abort() → destroyed after its loop has stopped.
/// Threading: its loop; drain(), abort(), busy() and fill() from any thread.
/// Bounds:    batches.pool.*; one matter with a provider at a time; the results of one batch in memory;
///            k_settle_parallel lines being settled.
/// Source:    src/batches/README.md says what is written down when.
#pragma once

#include "api/service.h"
#include "batches/discount_pool.h"
#include "net/cancel_scope.h"
#include "net/deadline_wheel.h"
#include "net/event_loop.h"
#include "net/task.h"
#include "net/wake_event.h"
#include "pipeline/draft.h"
#include "providers/batching/errand.h"
#include "telemetry/samples.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::api {

class kept_reply;

/// Who offers the lines, and is told what became of them. On the loop.
class pool_customer {
public:
  virtual ~pool_customer() = default;
  /// Null as long as it was not read.
  [[nodiscard]] virtual std::shared_ptr<const batches::batch_record> record_of(std::int64_t batch) const = 0;
  /// The line is to be asked as a normal call; on disk it waits as any other.
  virtual void line_back(std::int64_t batch, std::int64_t line) = 0;
  /// The line is written down, or waits no more.
  virtual void line_settled(std::int64_t batch, std::optional<bool> good) = 0;
};

class batch_pool {
public:
  static constexpr std::size_t k_settle_parallel = 16;

  /// All must outlive the loop.
  batch_pool(net::event_loop& loop, service& serving, pool_customer& customer);
  batch_pool(const batch_pool&) = delete;
  batch_pool& operator=(const batch_pool&) = delete;

  /// Reads what an earlier process had at providers. Once, before lines are offered.
  [[nodiscard]] net::task<void> restore();
  /// Begins to work. On the loop, once every batch with lines here has been read.
  void start();

  /// Some provider's batches may be used.
  [[nodiscard]] bool is_used() const;
  /// Whether it could take the line that `asked` was made of. @param asked  read. Lifetime: until it returns.
  /// @returns its place, or nothing: it must be asked as a normal call.
  [[nodiscard]] net::task<std::optional<batches::pool_line>>
  place_for(const batches::batch_record& batch, std::int64_t line, const pipeline::request& asked) const;
  /// @param place  from place_for(). @returns whether the line is here now; else it must be asked as a normal call.
  [[nodiscard]] bool offer(const batches::pool_line& place);
  /// Nobody wants the lines of this batch any more; those that leave come back.
  void cancel(std::int64_t batch);
  /// Lines of a batch that are here.
  [[nodiscard]] std::size_t lines_of(std::int64_t batch) const;

  /// Nothing new is begun; what is being done is finished.
  void drain();
  /// What is being done at a provider is given up.
  void abort();
  [[nodiscard]] bool busy() const noexcept { return busy_.load(); }
  void fill(telemetry::batch_sample& sample) const;

private:
  using pool = batches::discount_pool;
  using verdict = providers::batching::line_verdict;
  struct upstream; ///< a provider as a target names it
  struct settling; ///< results on their way into files

  // batch_pool.cpp
  [[nodiscard]] net::task<void> run();
  [[nodiscard]] net::task<void> rest(wall_time until);
  [[nodiscard]] net::task<void> pause();
  void warn(std::string_view what, const error& why);
  void leave(std::int64_t line);
  template <class T>
  [[nodiscard]] net::task<std::optional<T>> insist(std::string_view what,
                                                   std::function<result<T>(batches::batch_store&)> work);

  // batch_pool_steps.cpp
  [[nodiscard]] net::task<void> act(pool::submit what);
  [[nodiscard]] net::task<void> act(pool::look_for what);
  [[nodiscard]] net::task<void> act(pool::poll what);
  [[nodiscard]] net::task<void> act(pool::call_back what);
  [[nodiscard]] net::task<void> act(pool::collect what);
  [[nodiscard]] std::optional<upstream> upstream_of(std::string_view target) const;
  [[nodiscard]] net::task<std::vector<providers::batching::line_request>>
  requests_of(const std::string& mark, const std::vector<std::int64_t>& lines);
  [[nodiscard]] net::task<result<bool>> read_answer(providers::batching::errand& matter,
                                                    const providers::side_answer& got);
  [[nodiscard]] net::task<std::optional<error>> carry(std::string_view step, const upstream& to,
                                                      providers::batching::errand& matter);

  // batch_pool_settle.cpp
  [[nodiscard]] net::task<void> act(pool::promote what);
  [[nodiscard]] net::task<void> settle_all(std::shared_ptr<settling> work);
  [[nodiscard]] net::task<void> settle_some(std::shared_ptr<settling> work);
  [[nodiscard]] net::task<void> settle(settling& work, std::size_t index);
  [[nodiscard]] net::task<bool> is_in_ledger(const std::string& request_id);
  [[nodiscard]] net::task<void> answer(const batches::batch_record& batch, const std::string& body,
                                       const std::string& request_id, const pipeline::batch_answer& told,
                                       kept_reply& reply);
  [[nodiscard]] net::task<void> give_back(std::vector<std::int64_t> lines);

  net::event_loop& loop_;
  service& serving_;
  pool_customer& customer_;
  const clock_source& clock_;
  pool pool_;
  struct held_batch {
    batches::pooled_batch what;
    bool restored = false;
  };
  std::map<std::int64_t, held_batch> held_;   ///< what is written down, by the pool's number
  std::map<std::int64_t, std::size_t> lines_; ///< by batch
  std::set<std::int64_t> cancelled_;          ///< batches that have lines here
  std::vector<std::int64_t> dropped_;         ///< cancelled before they were sent
  net::cancel_scope scope_;
  net::wake_event changed_;
  net::deadline timer_;
  std::atomic<bool> draining_{false};
  std::atomic<bool> busy_{false};
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::size_t> open_{0};
  std::atomic<std::uint64_t> settled_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> promoted_{0};
  std::atomic<std::uint64_t> errors_{0};
};

} // namespace inferenceflow::api
