/// A backend's stream, turned into the client's protocol piece by piece.
///
/// Role:      translating_provider puts one between the backend and the client's sink.
/// Lifecycle: one per streamed call: write()* by the backend, then finish().
/// Threading: one event loop.
/// Bounds:    one unfinished event of the backend's stream (event_bytes_max), and what it becomes.
#pragma once

#include "dialogue/codec.h"
#include "providers/provider.h"

#include <memory>
#include <string>

namespace inferenceflow::providers::translation {

class stream_translation final : public event_sink {
public:
  /// Lifetime: `client` outlives it; so does `name`.
  /// @param name  what the answer is called where the backend gives it no id: clients take answers apart by it.
  stream_translation(std::unique_ptr<dialogue::event_reader> from, std::unique_ptr<dialogue::event_writer> to,
                     std::string_view name, event_sink& client);

  [[nodiscard]] net::task<bool> write(std::string_view bytes) override;
  [[nodiscard]] net::task<bool> write_split(std::string_view bytes, std::span<const std::string_view> visible) override;
  void dropped(std::span<const std::string> fields) override { client_.dropped(fields); }

  /// The backend's stream has ended well: what is still due goes out.
  [[nodiscard]] net::task<bool> finish();

  /// The stream held an error; the client has been told.
  [[nodiscard]] const std::optional<error>& failure() const noexcept { return failure_; }
  /// What the client's protocol could not carry.
  [[nodiscard]] const std::vector<std::string>& losses() const noexcept { return to_->losses(); }

private:
  void take(const dialogue::event& happened);
  [[nodiscard]] net::task<bool> send();

  std::unique_ptr<dialogue::event_reader> from_;
  std::unique_ptr<dialogue::event_writer> to_;
  std::string_view name_;
  event_sink& client_;
  dialogue::event_handler handle_;
  std::string ready_;
  std::optional<error> failure_;
};

} // namespace inferenceflow::providers::translation
