/// Whose message is written next: every request of a socket has a line of its own, and they take turns.
///
/// Role:      requests put messages in, the socket's writer takes them out; no I/O.
/// Lifecycle: one per socket; a line exists while it holds something.
/// Threading: one event loop.
/// Bounds:    a line has room while it holds less than line_bytes_max; whoever puts into a line without room holds at
///            most that one message more. How many lines there are is for the caller to bound.
/// Source:    round robin by message: a line that is long delays another by one message per turn, not by its length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

namespace inferenceflow::api {

class socket_turns {
public:
  using line_id = std::uint64_t;

  struct turn {
    line_id line = 0;
    std::string message;
  };

  explicit socket_turns(std::size_t line_bytes_max)
      : line_bytes_max_(line_bytes_max) {}

  void put(line_id line, std::string message);

  /// The next message of the line whose turn it is; nothing when all are empty.
  [[nodiscard]] std::optional<turn> next();

  /// Forgets what a line holds.
  void drop(line_id line);

  [[nodiscard]] bool has_room(line_id line) const { return bytes(line) < line_bytes_max_; }
  [[nodiscard]] std::size_t messages(line_id line) const;
  [[nodiscard]] std::size_t bytes(line_id line) const;
  [[nodiscard]] bool empty() const noexcept { return lines_.empty(); }

private:
  struct waiting {
    std::deque<std::string> messages;
    std::size_t bytes = 0;
  };

  std::size_t line_bytes_max_;
  std::unordered_map<line_id, waiting> lines_; ///< none of them empty
  std::deque<line_id> order_;                  ///< each line that is in lines_, once
};

} // namespace inferenceflow::api
