#include "net/connector.h"

#include <gtest/gtest.h>

namespace inferenceflow::net {
namespace {

TEST(parse_url, takes_urls_apart) {
  const auto plain = parse_url("http://localhost:8000/v1/");
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->tls);
  EXPECT_EQ(plain->host, "localhost");
  EXPECT_EQ(plain->port, 8000);
  EXPECT_EQ(plain->path, "/v1");

  const auto secure = parse_url("https://api.example.com");
  ASSERT_TRUE(secure);
  EXPECT_TRUE(secure->tls);
  EXPECT_EQ(secure->port, 443);
  EXPECT_EQ(secure->path, "");

  const auto v6 = parse_url("http://[::1]:81/x");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, 81);
}

TEST(parse_url, turns_credentials_into_basic_authorization) {
  const auto url = parse_url("http://Aladdin:open sesame@proxy:3128");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->authorization, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="); // RFC 7617 §2
  EXPECT_EQ(url->host, "proxy");
}

TEST(parse_url, refuses_what_is_not_an_http_url) {
  for (const char* bad : {"", "ftp://x", "http://", "http://:80", "http://a:0", "http://a:65536", "http://a:8x",
                          "http://[::1", "http://[::1]x", "http://a b", "api.example.com"}) {
    EXPECT_FALSE(parse_url(bad)) << bad;
  }
}

} // namespace
} // namespace inferenceflow::net
