#include "net/event_loop.h"
#include "providers/upstream/endpoint.h"
#include "providers/upstream/probe.h"
#include "providers/upstream/tests/loopback_server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferenceflow::providers::upstream {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST(probe_verdict, only_the_backends_own_troubles_count) {
  for (const int well : {200, 204, 400, 404, 405, 422}) {
    EXPECT_FALSE(probe_verdict(well, "")) << well;
  }
  EXPECT_EQ(probe_verdict(401, "")->kind, error_kind::forbidden);
  EXPECT_EQ(probe_verdict(403, "")->kind, error_kind::forbidden);
  EXPECT_EQ(probe_verdict(503, "")->kind, error_kind::unavailable);
  EXPECT_EQ(probe_verdict(529, "")->kind, error_kind::unavailable);
  EXPECT_EQ(probe_verdict(500, "")->kind, error_kind::upstream_failed);
  EXPECT_EQ(probe_verdict(302, "")->kind, error_kind::upstream_failed);
  EXPECT_EQ(probe_verdict(429, "7")->retry_after, std::chrono::seconds{7});
  for (const auto* wrong : {"", "-1", "7s", "Sat, 01 Jan 2028 00:00:00 GMT", "99999999999999999999999"}) {
    EXPECT_EQ(probe_verdict(429, wrong)->retry_after, std::nullopt) << wrong;
  }
}

std::optional<error> probed(const std::string& url, bool cancelled = false) {
  config::provider_settings settings;
  settings.base_url = url;
  settings.connect_timeout = milliseconds{2'000};
  std::optional<error> verdict;
  std::exception_ptr thrown;
  {
    net::event_loop loop{0};
    http::upstream_pool pool{loop, endpoint_of(settings), pool_limits_of(settings)};
    net::cancel_scope scope;
    if (cancelled) {
      scope.cancel();
    }
    loop.start();
    auto done = boost::asio::co_spawn(loop.context(),
                                      probe(loop, pool, milliseconds{200}, "GET /base/models HTTP/1.1\r\n\r\n", scope),
                                      boost::asio::use_future);
    verdict = done.get();
    loop.stop();
    loop.join();
  }
  return verdict;
}

TEST(probe, a_backend_that_answers_is_well) {
  const loopback_server server{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"};
  EXPECT_FALSE(probed(server.url()));
  ASSERT_EQ(server.seen().size(), 1U);
  EXPECT_THAT(server.seen().front(), HasSubstr("GET /base/models "));
}

TEST(probe, what_is_wrong_is_told_apart) {
  {
    const loopback_server server{"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"};
    EXPECT_EQ(probed(server.url())->kind, error_kind::forbidden);
  }
  {
    const loopback_server silent{""};
    EXPECT_EQ(probed(silent.url())->kind, error_kind::upstream_timeout);
  }
  {
    const loopback_server garbage{"SSH-2.0-x\r\n\r\n"};
    EXPECT_EQ(probed(garbage.url())->kind, error_kind::upstream_failed);
  }
  {
    const loopback_server broken{"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}"};
    EXPECT_EQ(probed(broken.url())->kind, error_kind::upstream_failed);
  }
  std::string nobody;
  {
    const loopback_server closed{""};
    nobody = closed.url();
  }
  EXPECT_EQ(probed(nobody)->kind, error_kind::upstream_failed);
  const loopback_server server{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"};
  EXPECT_EQ(probed(server.url(), true)->kind, error_kind::cancelled);
}

TEST(probe, a_list_without_end_is_not_read) {
  const loopback_server server{"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + std::string(1U << 20U, ' ')};
  EXPECT_FALSE(probed(server.url()));
}

} // namespace
} // namespace inferenceflow::providers::upstream
