/// Works on batches: reads their files, asks their lines, writes down what comes back, ends them.
///
/// Role:      app/ makes one per process, on one loop; decisions are batches::work_list's.
/// Lifecycle: construct → start() → drain() → abort() → destroyed after its loop has stopped.
/// Threading: its loop; heard(), drain(), abort() and busy() and sample() from any thread.
/// Bounds:    batches.parallel_max lines in flight; each holds its request and its answer.
/// Source:    src/batches/README.md says what "once" means.
#pragma once

#include "api/batch_pool.h"
#include "api/service.h"
#include "batches/work_list.h"
#include "net/cancel_scope.h"
#include "net/deadline_wheel.h"
#include "net/event_loop.h"
#include "net/task.h"
#include "net/wake_event.h"
#include "telemetry/samples.h"

#include <atomic>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <random>

namespace inferenceflow::api {

class kept_reply;

class batch_runner final : private pool_customer {
public:
  /// All must outlive the loop. @param seed  of the spread of pauses.
  batch_runner(net::event_loop& loop, service& serving, std::uint64_t seed);
  batch_runner(const batch_runner&) = delete;
  batch_runner& operator=(const batch_runner&) = delete;

  /// Goes on with what an earlier process left. On the loop, or before it runs.
  void start();
  /// A batch is new, or a client has changed its status.
  void heard(std::int64_t batch);
  /// No further line is begun; what is in flight goes on.
  void drain();
  /// Lines in flight are cancelled; they wait on disk, and will be asked by the next process.
  void abort();
  /// Lines are in flight, or their answers on the way to the disk, or something is being done at a provider.
  [[nodiscard]] bool busy() const noexcept { return flying_.load() != 0 || pool_.busy(); }
  /// Since start; nothing as long as there has been no batch. Any thread.
  [[nodiscard]] std::optional<telemetry::batch_sample> sample() const;

private:
  struct flight;

  [[nodiscard]] net::task<void> run();
  [[nodiscard]] net::task<void> go_on_with_earlier();
  [[nodiscard]] net::task<void> take_news();
  [[nodiscard]] net::task<void> look_at(std::int64_t batch);
  [[nodiscard]] net::task<void> act(batches::work_list::fetch what);
  [[nodiscard]] net::task<void> act(batches::work_list::finish what);
  [[nodiscard]] net::task<void> rest(wall_time until);
  [[nodiscard]] net::task<void> sweep();
  [[nodiscard]] net::task<void> fly(batches::work_list::start what);
  [[nodiscard]] net::task<bool> complete_item(const batches::work_list::start& what, batches::batch_item& item);
  [[nodiscard]] net::task<bool> put_aside(const batches::batch_record& batch, const batches::batch_item& item,
                                          kept_reply& reply, std::string& request_id);
  [[nodiscard]] net::task<void> run_line(const pipeline::request& asked, kept_reply& reply);
  [[nodiscard]] net::task<void> ask(const batches::batch_record& batch, std::string& body, kept_reply& reply,
                                    std::string& request_id);
  [[nodiscard]] net::task<void> write_down(std::int64_t batch, std::int64_t line, batches::item_result what);
  [[nodiscard]] net::task<void> pause();
  void warn(std::string_view what, const error& why);
  [[nodiscard]] batches::work_limits limits() const;
  [[nodiscard]] std::shared_ptr<const batches::batch_record> record_of(std::int64_t batch) const override;
  void line_back(std::int64_t batch, std::int64_t line) override;
  void line_settled(std::int64_t batch, std::optional<bool> good) override;

  net::event_loop& loop_;
  service& serving_;
  const clock_source& clock_;
  batches::work_list work_;
  batch_pool pool_;
  std::map<std::int64_t, std::shared_ptr<const batches::batch_record>> records_;
  std::deque<std::int64_t> news_;
  std::list<net::cancel_scope*> scopes_; ///< of lines in the pipeline
  std::mt19937_64 random_;
  net::wake_event changed_;
  net::deadline timer_;
  wall_time swept_{};
  bool aborted_ = false;
  std::atomic<bool> draining_{false};
  std::atomic<std::size_t> flying_{0};
  std::atomic<bool> used_{false};
  std::atomic<std::size_t> open_{0};
  std::atomic<std::uint64_t> completed_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<std::uint64_t> again_{0};
};

} // namespace inferenceflow::api
