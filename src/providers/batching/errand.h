/// One matter with a provider's batch API, as a row of requests: sans-IO.
///
/// Role:      batch_wire makes errands; whoever has the connection carries them: while not done, sends ask() and
///            gives take() the answer.
/// Lifecycle: one per matter; after an error it is over, and a new one starts from the beginning.
/// Threading: value of one thread.
/// Bounds:    k_pages_max pages of a list; what it is given.
/// Source:    OpenAI API reference "Batch", "Files"; Anthropic "Message Batches"; Gemini "Batch API".
#pragma once

#include "base/error.h"
#include "dialogue/part.h"
#include "providers/side_call.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::providers::batching {

/// Of lists of batches, when one is looked for.
inline constexpr int k_pages_max = 20;
/// A name of a line: the narrowest of the providers' bounds (Anthropic's).
inline constexpr std::size_t k_line_name_bytes_max = 64;

/// What a provider's batch says of one line.
enum class line_verdict : std::uint8_t {
  answered, ///< paid for
  refused,  ///< an error that would be the same again; not paid for
  undone,   ///< called back, expired, or an error that may pass
};

struct line_request {
  std::string name = {}; ///< [A-Za-z0-9_-], unique in its batch
  std::string body = {}; ///< JSON, as a normal call would send it
};

struct line_result {
  std::string name = {};
  line_verdict verdict = line_verdict::undone;
  int status = 0;        ///< as a normal call's would be
  std::string body = {}; ///< as a normal call's would be; empty if undone
};

/// A batch to be handed over.
struct outgoing_batch {
  std::string mark = {}; ///< ours and unique; begins the name of every line
  std::string path = {}; ///< where a normal call of its lines goes, below the host: "/v1/chat/completions"
  std::vector<line_request> lines = {};
};

/// A batch that may have been handed over.
struct lost_batch {
  std::string mark = {};
  std::size_t lines = 0;
  std::int64_t created_s = 0;        ///< when it was first sent, at the earliest
  std::set<std::string> others = {}; ///< remote ids that are known to be other batches'
};

struct findings {
  std::string remote = {};               ///< id at the provider; of a search: empty = no such batch
  bool unsure = false;                   ///< of a search: it may be among batches that do not tell yet
  bool ended = false;                    ///< of a poll: no answer will be added
  std::vector<line_result> results = {}; ///< of collecting
};

class errand {
public:
  /// What an answer means. @returns whether the errand is done; else go_on() was called.
  using reading = std::function<result<bool>(errand& self, const side_answer& got)>;

  errand(side_request first, reading then)
      : next_(std::move(first))
      , then_(std::move(then)) {}

  /// What to send now. Lifetime: until take().
  [[nodiscard]] const side_request& ask() const noexcept { return next_; }
  /// @returns whether it is done; rate_limited, forbidden, invalid_request: the provider refused; upstream_failed:
  ///          it failed, or what it says cannot be read.
  [[nodiscard]] result<bool> take(const side_answer& got) {
    const reading now = std::move(then_);
    return now(*this, got);
  }
  /// For readings.
  bool go_on(side_request next, reading then) {
    next_ = std::move(next);
    then_ = std::move(then);
    return false;
  }
  findings found = {}; ///< complete once take() gave true

private:
  side_request next_;
  reading then_;
};
using errand_ptr = std::unique_ptr<errand>;

/// The batch API of one protocol.
class batch_wire {
public:
  batch_wire() = default;
  virtual ~batch_wire() = default;
  batch_wire(const batch_wire&) = delete;
  batch_wire& operator=(const batch_wire&) = delete;

  /// Bytes that a line takes in a request, beside its body and twice its name.
  static constexpr std::size_t k_line_overhead_bytes = 128;

  /// Whether lines whose normal calls go to `path` can be in a batch.
  [[nodiscard]] virtual bool takes(std::string_view path) const = 0;
  /// → findings.remote
  [[nodiscard]] virtual errand_ptr submit(const outgoing_batch& batch) const = 0;
  /// → findings.remote, unsure
  [[nodiscard]] virtual errand_ptr find(const lost_batch& batch) const = 0;
  /// → findings.ended. A batch that is not there has ended.
  [[nodiscard]] virtual errand_ptr poll(const std::string& remote) const = 0;
  /// Cancels it. One that is over, or not there, is no error.
  [[nodiscard]] virtual errand_ptr call_back(const std::string& remote) const = 0;
  /// → findings.results, of those lines that the provider says something of. None if the batch is not there.
  [[nodiscard]] virtual errand_ptr collect(const std::string& remote) const = 0;
  /// Deletes what would stay at the provider for ever. @returns null where nothing does.
  [[nodiscard]] virtual errand_ptr discard([[maybe_unused]] const std::string& remote) const { return nullptr; }
};

/// @returns the batch API of a protocol; null where there is none that is known here. Lifetime: the program's.
[[nodiscard]] const batch_wire* wire_of(dialogue::protocol speaks) noexcept;

} // namespace inferenceflow::providers::batching
