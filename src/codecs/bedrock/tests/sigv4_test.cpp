#include "codecs/bedrock/sigv4.h"

#include <array>
#include <gtest/gtest.h>

namespace {

namespace bedrock = inferenceflow::codecs::bedrock;

using lines = std::vector<bedrock::header_line>;

/// 2015-08-30 12:36:00 UTC, the moment of AWS's test suite.
constexpr std::chrono::sys_seconds k_moment{std::chrono::seconds{1'440'938'160}};

constexpr bedrock::signing_key k_key{
    .access_key_id = "AKIDEXAMPLE", .secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", .session_token = {}};

struct suite_case {
  std::string_view name;
  std::string_view method;
  std::string_view path;
  std::string_view query;
  std::string_view headers; ///< "name:value\n" for each
  std::string_view body;
  std::string_view signed_headers;
  std::string_view signature;
};

// Requests and signatures of AWS's published suite, under its own names.
constexpr std::array k_suite{
    suite_case{"get-vanilla", "GET", "/", "", "", "", "host;x-amz-date",
               "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    suite_case{"post-vanilla", "POST", "/", "", "", "", "host;x-amz-date",
               "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    suite_case{"get-vanilla-empty-query-key", "GET", "/", "Param1=value1", "", "", "host;x-amz-date",
               "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
    suite_case{"get-vanilla-query-order-key-case", "GET", "/", "Param2=value2&Param1=value1", "", "", "host;x-amz-date",
               "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    suite_case{"get-vanilla-query-order-value", "GET", "/", "Param1=value2&Param1=value1", "", "", "host;x-amz-date",
               "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"},
    suite_case{"get-vanilla-query-unreserved", "GET", "/",
               "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~"
               "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
               "", "", "host;x-amz-date", "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
    suite_case{"get-vanilla-utf8-query", "GET", "/", "\u1234=bar", "", "", "host;x-amz-date",
               "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
    suite_case{"post-vanilla-query", "POST", "/", "Param1=value1", "", "", "host;x-amz-date",
               "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
    suite_case{"get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", "",
               "", "host;x-amz-date", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    suite_case{"get-utf8", "GET", "/\u1234", "", "", "", "host;x-amz-date",
               "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    suite_case{"get-space", "GET", "/example space/", "", "", "", "host;x-amz-date",
               "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
    suite_case{"get-relative", "GET", "/example/..", "", "", "", "host;x-amz-date",
               "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    suite_case{"get-relative-relative", "GET", "/example1/example2/../..", "", "", "", "host;x-amz-date",
               "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    suite_case{"get-slash", "GET", "//", "", "", "", "host;x-amz-date",
               "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    suite_case{"get-slash-dot-slash", "GET", "/./", "", "", "", "host;x-amz-date",
               "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    suite_case{"get-slash-pointless-dot", "GET", "/./example", "", "", "", "host;x-amz-date",
               "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
    suite_case{"get-slashes", "GET", "//example//", "", "", "", "host;x-amz-date",
               "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
    suite_case{"get-header-key-duplicate", "GET", "/", "", "My-Header1:value2\nMy-Header1:value2\nMy-Header1:value1\n",
               "", "host;my-header1;x-amz-date", "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
    suite_case{"get-header-value-order", "GET", "/", "",
               "My-Header1:value4\nMy-Header1:value1\nMy-Header1:value3\nMy-Header1:value2\n", "",
               "host;my-header1;x-amz-date", "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
    suite_case{"get-header-value-trim", "GET", "/", "", "My-Header1: value1\nMy-Header2: \"a   b   c\"\n", "",
               "host;my-header1;my-header2;x-amz-date",
               "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    suite_case{"post-header-key-sort", "POST", "/", "", "My-Header1:value1\n", "", "host;my-header1;x-amz-date",
               "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
    suite_case{"post-header-value-case", "POST", "/", "", "My-Header1:VALUE1\n", "", "host;my-header1;x-amz-date",
               "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
    suite_case{"post-x-www-form-urlencoded", "POST", "/", "", "Content-Type:application/x-www-form-urlencoded\n",
               "Param1=value1", "content-type;host;x-amz-date",
               "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    suite_case{"post-x-www-form-urlencoded-parameters", "POST", "/", "",
               "Content-Type:application/x-www-form-urlencoded; charset=utf8\n", "Param1=value1",
               "content-type;host;x-amz-date", "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"},
};

lines lines_of(std::string_view text) {
  lines headers;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::size_t colon = line.find(':');
    headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    text.remove_prefix(line.size() + 1);
  }
  return headers;
}

std::string value_of(const lines& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) {
      return value;
    }
  }
  return "none";
}

TEST(sigv4, signs_as_the_published_suite_says) {
  for (const suite_case& one : k_suite) {
    const lines headers = lines_of(one.headers);
    const auto added = bedrock::sign({.method = one.method,
                                      .host = "example.amazonaws.com",
                                      .path = one.path,
                                      .query = one.query,
                                      .headers = headers,
                                      .body_sha256 = bedrock::sha256_hex(one.body)},
                                     k_key, {.region = "us-east-1", .service = "service"}, k_moment);
    ASSERT_EQ(added.size(), 2U) << one.name;
    EXPECT_EQ(value_of(added, "x-amz-date"), "20150830T123600Z");
    EXPECT_EQ(value_of(added, "authorization"),
              "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" +
                  std::string{one.signed_headers} + ", Signature=" + std::string{one.signature})
        << one.name;
  }
}

TEST(sigv4, session_token_is_signed_and_sent) {
  bedrock::signing_key key = k_key;
  key.session_token = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
  const auto added = bedrock::sign({.method = "GET",
                                    .host = "example.amazonaws.com",
                                    .path = "/",
                                    .query = {},
                                    .headers = {},
                                    .body_sha256 = bedrock::sha256_hex("")},
                                   key, {.region = "us-east-1", .service = "service"}, k_moment);
  EXPECT_EQ(value_of(added, "x-amz-security-token"), key.session_token);
  EXPECT_EQ(value_of(added, "authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date;x-amz-security-token, "
            "Signature=07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8");
}

// The expected signatures were made by botocore 1.43 for the same requests.
TEST(sigv4, escaped_model_ids_are_escaped_again) {
  const lines headers{{"Content-Type", "application/json"}};
  const auto plain = bedrock::sign({.method = "POST",
                                    .host = "bedrock-runtime.us-east-1.amazonaws.com",
                                    .path = "/model/us.amazon.nova-micro-v1%3A0/converse",
                                    .query = {},
                                    .headers = headers,
                                    .body_sha256 = bedrock::sha256_hex("{}")},
                                   k_key, {.region = "us-east-1", .service = "bedrock"}, k_moment);
  EXPECT_TRUE(value_of(plain, "authorization")
                  .ends_with("Signature=ef7b92cac5639cc01abfde8d2e37f6d7124ca6e0daf558d6457ab773d974c6ba"));
  bedrock::signing_key key = k_key;
  key.session_token = "token";
  const auto profile = bedrock::sign({.method = "POST",
                                      .host = "bedrock-runtime.us-west-2.amazonaws.com",
                                      .path = "/model/arn%3Aaws%3Abedrock%3Aus-west-2%3A123456789012%3Ainference-"
                                              "profile%2Fus.x-v1%3A0/converse-stream",
                                      .query = {},
                                      .headers = headers,
                                      .body_sha256 = bedrock::sha256_hex("{\"messages\":[]}")},
                                     key, {.region = "us-west-2", .service = "bedrock"}, k_moment);
  EXPECT_TRUE(value_of(profile, "authorization")
                  .ends_with("Signature=f55d2e54d88b8d77c06d69687ce8c0b4e1a2044291d52cffd877dcee18ea913a"));
}

TEST(sigv4, what_is_signed_of_a_target) {
  EXPECT_EQ(bedrock::canonical_path("/model/a%3A0/converse"), "/model/a%253A0/converse");
  EXPECT_EQ(bedrock::canonical_path(""), "/");
  EXPECT_EQ(bedrock::canonical_path("/../../a"), "/a");
  EXPECT_EQ(bedrock::canonical_path("/a/.."), "/");
  EXPECT_EQ(bedrock::canonical_path("/a/b"), "/a/b");
  EXPECT_EQ(bedrock::canonical_query("b&a=1"), "a=1&b=");
  EXPECT_EQ(bedrock::canonical_query("a=1=2&&"), "a=1%3D2");
  EXPECT_EQ(bedrock::canonical_query("q=a+b"), "q=a%2Bb");
  EXPECT_EQ(bedrock::canonical_query("x=a.b&x=a%2Fb"), "x=a%2Fb&x=a.b");
  EXPECT_EQ(bedrock::canonical_query("q=%zz"), "q=%25zz");
}

// Amazon S3 API Reference, "Signature Calculations for the Authorization Header", example GET Object.
TEST(sigv4, s3_signs_its_path_as_it_stands) {
  const std::string empty = bedrock::sha256_hex("");
  const lines headers{{"range", "bytes=0-9"}, {"x-amz-content-sha256", empty}};
  const auto added = bedrock::sign(
      {.method = "GET",
       .host = "examplebucket.s3.amazonaws.com",
       .path = "/test.txt",
       .query = {},
       .headers = headers,
       .body_sha256 = empty},
      {.access_key_id = "AKIAIOSFODNN7EXAMPLE", .secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
      {.region = "us-east-1", .service = "s3"}, std::chrono::sys_seconds{std::chrono::seconds{1369353600}});
  EXPECT_TRUE(value_of(added, "authorization")
                  .ends_with("Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

} // namespace
