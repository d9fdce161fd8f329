#include "store/redis/reply_reader.h"

#include <cstring>
#include <fmt/format.h>
#include <hiredis/read.h>
#include <new>

namespace inferenceflow::redis {

/// Values are made where they stay: hiredis passes back the pointer that it was given for the list around them. A list
/// grows only while it is the innermost one, so that pointers to lists around it stay good.
struct reply_reader::tree {
  reply root;
  std::size_t values = 0;

  static void* add(const redisReadTask* at, reply value) noexcept {
    auto& self = *static_cast<tree*>(at->privdata);
    if (++self.values > k_values_max) {
      return nullptr;
    }
    try {
      if (at->parent == nullptr) {
        self.root = std::move(value);
        return &self.root;
      }
      return &static_cast<reply*>(at->parent->obj)->elements.emplace_back(std::move(value));
    } catch (const std::bad_alloc&) { // hiredis is C: nothing may fly through it
      return nullptr;
    }
  }

  static void* text(const redisReadTask* at, char* bytes, std::size_t count) noexcept {
    reply value;
    value.kind = at->type == REDIS_REPLY_ERROR    ? reply_kind::failure
                 : at->type == REDIS_REPLY_STATUS ? reply_kind::status
                                                  : reply_kind::text;
    try {
      value.text.assign(bytes, count);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
    return add(at, std::move(value));
  }
  static void* list(const redisReadTask* at, int /*count: a promise, nothing is reserved for it*/) noexcept {
    return add(at, reply{.kind = reply_kind::list});
  }
  static void* integer(const redisReadTask* at, long long value) noexcept {
    return add(at, reply{.kind = reply_kind::integer, .integer = value});
  }
  static void* nil(const redisReadTask* at) noexcept { return add(at, reply{}); }
  static void keep(void* /*root*/) noexcept {} // the tree owns it
};

namespace {

constexpr std::size_t k_kept_bytes_max = 131'072; // a longer buffer is given back when it is empty

error not_resp(std::string_view why) {
  return make_error(error_kind::upstream_failed, fmt::format("not a Redis answer: {}", why));
}

} // namespace

reply_reader::reply_reader(std::size_t reply_bytes_max)
    : reply_bytes_max_(reply_bytes_max)
    , tree_(std::make_unique<tree>())
    , reader_(nullptr, redisReaderFree) {
  static redisReplyObjectFunctions functions{tree::text, tree::list, tree::integer, tree::nil, tree::keep};
  reader_.reset(redisReaderCreateWithFunctions(&functions));
  if (reader_ == nullptr) {
    throw std::bad_alloc{};
  }
  reader_->privdata = tree_.get();
  reader_->maxbuf = k_kept_bytes_max;
}

reply_reader::~reply_reader() = default;

result<void> reply_reader::feed(std::string_view bytes) {
  unfinished_bytes_ += bytes.size();
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != 0) {
    return not_resp(static_cast<const char*>(reader_->errstr));
  }
  return {};
}

result<std::optional<reply>> reply_reader::next() {
  void* whole = nullptr;
  if (redisReaderGetReply(reader_.get(), &whole) != 0) {
    return tree_->values > k_values_max ? not_resp(fmt::format("more than {} values", k_values_max))
                                        : not_resp(static_cast<const char*>(reader_->errstr));
  }
  const std::size_t waiting = reader_->len - reader_->pos;
  if (whole != nullptr) {
    unfinished_bytes_ = waiting;
    tree_->values = 0;
    return std::optional<reply>{std::exchange(tree_->root, reply{})};
  }
  if (unfinished_bytes_ > reply_bytes_max_) {
    return not_resp(fmt::format("longer than {} bytes", reply_bytes_max_));
  }
  // Every value begins with a line; hiredis looks for its end from the start each time.
  if (waiting > k_line_bytes_max && std::memchr(reader_->buf + reader_->pos, '\n', k_line_bytes_max) == nullptr) {
    return not_resp(fmt::format("a line longer than {} bytes", k_line_bytes_max));
  }
  return std::optional<reply>{};
}

} // namespace inferenceflow::redis
