#include "store/redis/tests/real_redis.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::redis {
namespace {

using testing_support::client_on_a_loop;
using testing_support::patient_options;
using testing_support::redis_process;

/// A certificate for 127.0.0.1 that signs itself, as PEM files.
class certificate {
public:
  certificate() {
    std::string name = (std::filesystem::temp_directory_path() / "iflow_tls_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    const std::string command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
                                "-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout " +
                                key() + " -out " + chain() + " 2>/dev/null";
    if (std::system(command.c_str()) != 0) { // NOLINT(cert-env33-c): the test's own words
      throw std::runtime_error("openssl makes no certificate");
    }
  }
  ~certificate() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  certificate(const certificate&) = delete;
  certificate& operator=(const certificate&) = delete;
  [[nodiscard]] std::string key() const { return folder_ + "/key.pem"; }
  [[nodiscard]] std::string chain() const { return folder_ + "/chain.pem"; }

private:
  std::string folder_;
};

TEST(tls, is_spoken_and_the_certificate_checked) {
  const certificate files;
  const redis_process server{{"--port", "0", "--tls-port", "{port}", "--tls-cert-file", files.chain(), "--tls-key-file",
                              files.key(), "--tls-auth-clients", "no", "--requirepass", "pw"}};
  const std::string host = "127.0.0.1:" + std::to_string(server.port());
  options settings = patient_options("rediss://:pw@" + host);
  settings.ca_file = files.chain();
  client_on_a_loop gateway{settings};
  const std::string value(3'000'000, 'x');
  const auto stored = gateway.run({"SET", "k", value});
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_TRUE(gateway.run({"GET", "k"})->text == value);

  client_on_a_loop stranger{patient_options("rediss://:pw@" + host)}; // the system's authorities do not know it
  const auto refused = stranger.run({"PING"}, 0);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("certificate not trusted"), std::string::npos) << refused.error().message;

  client_on_a_loop plain{patient_options("redis://:pw@" + host)};
  EXPECT_FALSE(plain.run({"PING"}, 0));
}

} // namespace
} // namespace inferenceflow::redis
