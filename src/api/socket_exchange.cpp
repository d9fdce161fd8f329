#include "api/socket_exchange.h"

#include <boost/assert.hpp>

namespace inferenceflow::api {

void socket_exchange::put(std::string message) {
  if (!scope().cancelled()) {
    outlet_.turns.put(outlet_.line, std::move(message));
    outlet_.wake();
  }
}

net::task<bool> socket_exchange::put_events(std::string_view bytes) {
  while (!bytes.empty() && !scope().cancelled()) {
    const auto slice = bytes.substr(0, k_slice_bytes);
    bytes.remove_prefix(slice.size());
    if (!answer_.add(slice, [this](std::string message) { put(std::move(message)); })) {
      answer_.fail(make_error(error_kind::upstream_failed, "an event of the answer is too long"));
      co_return false;
    }
    while (!outlet_.turns.has_room(outlet_.line) && !scope().cancelled()) {
      co_await room_.wait();
    }
  }
  co_return !scope().cancelled();
}

net::task<bool> socket_exchange::send(int status, std::string_view headers, std::string_view body) {
  BOOST_ASSERT_MSG(!started(), "an exchange is answered once");
  begin(status);
  answer_.begin(status, headers);
  if (answer_.streams()) {
    co_await put_events(body);
  } else if (auto message = answer_.document(body)) {
    put(std::move(*message));
  }
  co_return co_await finish({});
}

net::task<bool> socket_exchange::begin_stream(int status, std::string_view headers) {
  BOOST_ASSERT_MSG(!started(), "an exchange is answered once");
  begin(status);
  answer_.begin(status, headers);
  co_return !scope().cancelled();
}

net::task<bool> socket_exchange::write(std::string_view piece) {
  BOOST_ASSERT(started() && !finished());
  return put_events(piece);
}

net::task<bool> socket_exchange::finish(std::string_view trailers) {
  BOOST_ASSERT(started() && !finished());
  end();
  if (!scope().cancelled()) {
    put(answer_.end(trailers));
    told_end_ = true;
  }
  co_return !scope().cancelled();
}

net::task<bool> socket_exchange::switch_protocols(std::string_view) {
  co_return false;
}

void socket_exchange::give_up() {
  if (scope().cancelled()) {
    return;
  }
  if (!over()) {
    outlet_.turns.drop(outlet_.line);
    answer_.fail(make_error(error_kind::cancelled, "cancelled"));
    put(answer_.end({}));
    told_end_ = true;
  }
  scope().cancel();
  room_.set();
}

void socket_exchange::conclude() {
  if (!told_end_) {
    answer_.fail(make_error(error_kind::internal, started() ? "the answer broke off" : "the request was not answered"));
    put(answer_.end({}));
    told_end_ = true;
  }
}

} // namespace inferenceflow::api
