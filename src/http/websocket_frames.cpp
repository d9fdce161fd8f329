#include "http/websocket_frames.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::http {

namespace {

constexpr unsigned k_final = 0x80;
constexpr unsigned k_reserved = 0x70;
constexpr unsigned k_opcode = 0x0f;
constexpr unsigned k_masked = 0x80;
constexpr unsigned k_length = 0x7f;
constexpr unsigned k_length_of_16_bits = 126;
constexpr unsigned k_length_of_64_bits = 127;
constexpr std::size_t k_mask_bytes = 4;

bool is_control(websocket_opcode opcode) {
  return opcode >= websocket_opcode::close;
}

std::size_t extended_bytes(unsigned short_length) {
  return short_length == k_length_of_16_bits ? 2 : short_length == k_length_of_64_bits ? 8 : 0;
}

/// Codes that may be sent (RFC 6455 §7.4 and IANA's registry).
bool may_be_sent(unsigned code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

} // namespace

std::size_t websocket_reader::feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !ready_ && !fault_) {
    const auto rest = bytes.substr(taken);
    taken += in_payload_ ? feed_payload(rest) : feed_head(rest);
  }
  return taken;
}

std::optional<websocket_input> websocket_reader::take() {
  return std::exchange(ready_, std::nullopt);
}

std::size_t websocket_reader::feed_head(std::string_view bytes) {
  std::size_t taken = 0;
  const auto needed = [this] {
    return head_have_ < 2 ? std::size_t{2} : 2 + extended_bytes(head_[1] & k_length) + k_mask_bytes;
  };
  while (taken < bytes.size() && head_have_ < needed()) {
    head_[head_have_++] = static_cast<unsigned char>(bytes[taken++]);
    if (head_have_ == 2 && (head_[1] & k_masked) == 0) {
      fail("a client's frames are masked");
      return taken;
    }
  }
  if (head_have_ < 2 || head_have_ < needed()) {
    return taken;
  }
  if (const auto wrong = interpret_head(); !wrong.empty()) {
    fail(wrong);
    return taken;
  }
  head_have_ = 0;
  in_payload_ = true;
  if (left_ == 0) {
    end_frame();
  }
  return taken;
}

std::string_view websocket_reader::interpret_head() {
  if ((head_[0] & k_reserved) != 0) {
    return "reserved bits are set, and no extension was agreed on";
  }
  final_ = (head_[0] & k_final) != 0;
  const auto opcode = static_cast<websocket_opcode>(head_[0] & k_opcode);
  const unsigned short_length = head_[1] & k_length;
  const std::size_t extended = extended_bytes(short_length);
  left_ = extended == 0 ? short_length : 0;
  for (std::size_t i = 0; i < extended; ++i) {
    left_ = (left_ << 8U) | head_[2 + i];
  }
  if ((extended == 2 && left_ < k_length_of_16_bits) || (extended == 8 && (left_ >> 16U == 0 || left_ >> 63U != 0))) {
    return "the length of a frame is not written as short as it can be";
  }
  std::copy_n(head_.begin() + 2 + static_cast<std::ptrdiff_t>(extended), k_mask_bytes, mask_.begin());
  mask_at_ = 0;
  if (is_control(opcode)) {
    if (opcode > websocket_opcode::pong) {
      return "unknown opcode";
    }
    if (!final_ || left_ > k_control_bytes_max) {
      return "a control frame has at most 125 bytes and no fragments";
    }
    opcode_ = opcode;
    control_.clear();
    return {};
  }
  return begin_data_frame(opcode);
}

std::string_view websocket_reader::begin_data_frame(websocket_opcode opcode) {
  if (opcode > websocket_opcode::binary) {
    return "unknown opcode";
  }
  if ((opcode == websocket_opcode::continuation) != in_message_) {
    return in_message_ ? "a message begins inside of another" : "a continuation of nothing";
  }
  if (!in_message_) {
    in_message_ = true;
    message_kind_ = opcode == websocket_opcode::binary ? websocket_input::kind::binary : websocket_input::kind::text;
  }
  opcode_ = opcode;
  if (message_kind_ == websocket_input::kind::text && left_ > message_bytes_max_ - message_.size()) {
    message_kind_ = websocket_input::kind::too_large;
    message_ = std::string{};
  }
  return {};
}

std::size_t websocket_reader::feed_payload(std::string_view bytes) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  const bool control = is_control(opcode_);
  if (control || message_kind_ == websocket_input::kind::text) {
    std::string& into = control ? control_ : message_;
    const std::size_t begin = into.size();
    into.append(bytes.substr(0, count));
    for (std::size_t i = begin; i < into.size(); ++i) {
      into[i] = static_cast<char>(static_cast<unsigned char>(into[i]) ^ mask_[mask_at_++ % k_mask_bytes]);
    }
  }
  left_ -= count;
  if (left_ == 0) {
    end_frame();
  }
  return count;
}

void websocket_reader::end_frame() {
  using enum websocket_input::kind;
  in_payload_ = false;
  switch (opcode_) {
  case websocket_opcode::ping: ready_ = websocket_input{.what = ping, .payload = std::move(control_)}; return;
  case websocket_opcode::pong: ready_ = websocket_input{.what = pong, .payload = std::move(control_)}; return;
  case websocket_opcode::close: end_close(); return;
  default: break;
  }
  if (!final_) {
    return;
  }
  in_message_ = false;
  ready_ = websocket_input{.what = message_kind_, .payload = std::move(message_)};
  message_.clear();
}

void websocket_reader::end_close() {
  websocket_input closing{.what = websocket_input::kind::close};
  if (control_.size() == 1) {
    fail("a close frame with half a code");
    return;
  }
  if (control_.size() >= 2) {
    const unsigned code =
        (unsigned{static_cast<unsigned char>(control_[0])} << 8U) | static_cast<unsigned char>(control_[1]);
    if (!may_be_sent(code)) {
      fail("a close code that must not be sent");
      return;
    }
    closing.code = static_cast<std::uint16_t>(code);
    closing.payload = control_.substr(2);
  }
  ready_ = std::move(closing);
}

std::size_t write_frame_head(char* into, websocket_opcode opcode, std::size_t payload_bytes) {
  into[0] = static_cast<char>(k_final | static_cast<unsigned>(opcode));
  std::size_t extended = 0;
  if (payload_bytes < k_length_of_16_bits) {
    into[1] = static_cast<char>(payload_bytes);
  } else {
    extended = payload_bytes >> 16U == 0 ? 2 : 8;
    into[1] = static_cast<char>(extended == 2 ? k_length_of_16_bits : k_length_of_64_bits);
  }
  for (std::size_t i = 0; i < extended; ++i) {
    into[2 + i] = static_cast<char>(static_cast<std::uint64_t>(payload_bytes) >> (8 * (extended - 1 - i)));
  }
  return 2 + extended;
}

void append_control_frame(std::string& out, websocket_opcode opcode, std::string_view payload) {
  payload = payload.substr(0, k_control_bytes_max);
  std::array<char, k_frame_head_bytes_max> head{};
  const std::size_t bytes = write_frame_head(head.data(), opcode, payload.size());
  out.append(head.data(), bytes).append(payload);
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  std::string payload;
  if (code != close_code::k_none) {
    payload.push_back(static_cast<char>(code >> 8U));
    payload.push_back(static_cast<char>(code & 0xffU));
    payload.append(reason.substr(0, k_control_bytes_max - 2));
  }
  return payload;
}

} // namespace inferenceflow::http
