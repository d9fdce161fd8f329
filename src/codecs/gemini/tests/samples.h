/// What the tests of this module share: short ways to read, write and stream.
///
/// Role:      tests/ of codecs/gemini.
/// Lifecycle: free functions.
/// Threading: one thread.
/// Bounds:    none.
#pragma once

#include "codecs/gemini/codec.h"
#include "dialogue/assembly.h"
#include "dialogue/order_check.h"

#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::gemini {

inline constexpr std::string_view k_path = "/v1beta/models/gemini-2.5-flash:generateContent";

inline result<dialogue::request> read(std::string_view body, std::string_view path = k_path) {
  return codec{}.read_request(body, {.path = path});
}

/// What a body is read into; fails the test when it is not read.
inline dialogue::request must_read(std::string_view body, std::string_view path = k_path) {
  auto asked = read(body, path);
  EXPECT_TRUE(asked.has_value()) << (asked.has_value() ? "" : asked.error().message);
  return asked.has_value() ? *asked : dialogue::request{};
}

inline dialogue::written_request must_write(const dialogue::request& asked,
                                            std::string_view model = "gemini-2.5-flash") {
  auto written = codec{}.write_request(asked, model);
  EXPECT_TRUE(written.has_value()) << (written.has_value() ? "" : written.error().message);
  return written.has_value() ? *written : dialogue::written_request{};
}

/// The field that write_request refuses; "" when it refuses nothing.
inline std::string refused(const dialogue::request& asked, std::string_view model = "gemini-2.5-flash") {
  const auto written = codec{}.write_request(asked, model);
  return written.has_value() ? "" : written.error().param;
}

inline dialogue::request asking(std::vector<dialogue::message> messages) {
  dialogue::request asked;
  asked.model = "gemini-2.5-flash";
  asked.messages = std::move(messages);
  return asked;
}

inline dialogue::message user(std::string text) {
  return {.who = dialogue::role::user, .parts = {dialogue::text_part{.text = std::move(text)}}};
}

struct streamed {
  dialogue::answer got;
  std::optional<error> failure;
  std::string order_fault;
  bool closed = false;
};

/// Reads a stream in pieces of `piece` bytes.
inline streamed read_stream(std::string_view bytes, std::size_t piece = 1 << 20,
                            std::size_t event_bytes_max = 1 << 20) {
  const auto reader = codec{}.make_reader(event_bytes_max);
  dialogue::assembly whole;
  dialogue::order_check order;
  const auto handle = [&](const dialogue::event& happened) {
    order.take(happened);
    whole.take(happened);
  };
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader->push(bytes.substr(at, piece), handle);
  }
  reader->finish(handle);
  return {whole.so_far(), whole.failure(), order.fault(), order.closed()};
}

/// What a writer makes of an answer's events.
inline std::string write_stream(const dialogue::answer& got, stream_form form = stream_form::events,
                                const dialogue::stream_wish& wish = {}) {
  const auto writer = codec::make_writer(wish, form);
  std::string bytes;
  dialogue::replay(got, [&](const dialogue::event& happened) { writer->write(happened, bytes); });
  return bytes;
}

} // namespace inferenceflow::codecs::gemini
