/// The coroutine type of this project: an Asio awaitable on an io_context, without a type-erased executor.
///
/// Role:      every asynchronous function returns task<T>; co_spawn on event_loop::context() starts one.
/// Lifecycle: starts when awaited; must be awaited once.
/// Threading: runs on the loop that it was spawned on.
/// Bounds:    none.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace inferenceflow::net {

using loop_executor = boost::asio::io_context::executor_type;

template <class T> using task = boost::asio::awaitable<T, loop_executor>;

} // namespace inferenceflow::net
