#include "store/redis/tests/real_redis.h"

#include "store/redis/reply_reader.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace inferenceflow::redis::testing_support {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A blocking socket that closes itself.
class plain_socket {
public:
  plain_socket()
      : number_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~plain_socket() { ::close(number_); }
  plain_socket(const plain_socket&) = delete;
  plain_socket& operator=(const plain_socket&) = delete;
  [[nodiscard]] int number() const noexcept { return number_; }

private:
  int number_;
};

} // namespace

std::uint16_t free_port() {
  const plain_socket probe;
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(probe.number(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::getsockname(probe.number(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

redis_process::redis_process(std::vector<std::string> arguments)
    : arguments_(std::move(arguments)) {
  std::string name = (std::filesystem::temp_directory_path() / "iflow_redis_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error("no folder for redis-server");
  }
  folder_ = name;
  for (int attempt = 0; attempt < 3 && pid_ < 0; ++attempt) { // somebody else may take the port first
    port_ = free_port();
    start();
  }
  if (pid_ < 0) {
    throw std::runtime_error("redis-server does not start: install it (scripts/setup_packages.sh test)");
  }
}

redis_process::~redis_process() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void redis_process::start() {
  const bool tls = std::find(arguments_.begin(), arguments_.end(), "--tls-port") != arguments_.end();
  std::vector<std::string> words{
      "redis-server", "--bind", "127.0.0.1",  "--dir",   folder_.string(),         "--save", "",
      "--appendonly", "no",     "--loglevel", "warning", "--enable-debug-command", "yes"};
  if (!tls) {
    words.insert(words.end(), {"--port", std::to_string(port_)});
  }
  for (std::string word : arguments_) {
    for (const auto& [name, value] : {std::pair<std::string, std::string>{"{folder}", folder_.string()},
                                      std::pair<std::string, std::string>{"{port}", std::to_string(port_)}}) {
      if (const std::size_t at = word.find(name); at != std::string::npos) {
        word.replace(at, name.size(), value);
      }
    }
    words.push_back(std::move(word));
  }
  std::vector<char*> raw;
  for (std::string& word : words) {
    raw.push_back(word.data());
  }
  raw.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const int quiet = ::open("/dev/null", O_RDWR);
    ::dup2(quiet, 0);
    ::dup2(quiet, 1);
    ::execvp(raw.front(), raw.data());
    ::_exit(127);
  }
  pid_ = child;
  const auto give_up = std::chrono::steady_clock::now() + k_start_patience;
  while (!answers()) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return;
    }
    if (std::chrono::steady_clock::now() > give_up) {
      kill();
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

void redis_process::signal(int number) const {
  if (pid_ > 0) {
    ::kill(pid_, number);
  }
}

void redis_process::kill() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
  }
}

bool redis_process::answers() const {
  const plain_socket probe;
  const sockaddr_in address = loopback(port_);
  return ::connect(probe.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

reply redis_process::ask(std::initializer_list<std::string_view> arguments) const {
  const plain_socket socket;
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const sockaddr_in address = loopback(port_);
  const auto what = make_command(arguments, 0);
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::send(socket.number(), what->bytes().data(), what->bytes().size(), MSG_NOSIGNAL) < 0) {
    throw std::runtime_error("redis-server cannot be reached");
  }
  reply_reader reader{1'000'000};
  std::array<char, 4'096> bytes{};
  while (true) {
    auto next = reader.next();
    if (next && *next) {
      return std::move(**next);
    }
    const auto got = ::recv(socket.number(), bytes.data(), bytes.size(), 0);
    if (!next || got <= 0 || !reader.feed({bytes.data(), static_cast<std::size_t>(got)})) {
      throw std::runtime_error("redis-server does not answer");
    }
  }
}

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds patience) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > give_up) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

client_on_a_loop::client_on_a_loop(options settings)
    : loop_(std::make_unique<net::event_loop>(0))
    , client_(std::make_unique<client>(*loop_, std::move(settings), 42)) {
  loop_->start();
}

client_on_a_loop::client_on_a_loop(const std::string& url)
    : client_on_a_loop(options{.target = parse_address(url).value()}) {}

client_on_a_loop::~client_on_a_loop() {
  on_loop([this] {
    client_.reset();
    return true;
  });
  on_loop([] { return true; }); // what the end of the client set free has run
}

result<reply> client_on_a_loop::run(std::initializer_list<std::string_view> arguments, std::size_t key_count,
                                    std::chrono::milliseconds budget) {
  const auto what = make_command(arguments, key_count);
  if (!what) {
    return what.error();
  }
  return wait<result<reply>>([&]() -> net::task<result<reply>> {
    return [](client& redis, command given, std::chrono::milliseconds patience) -> net::task<result<reply>> {
      co_return co_await redis.run(given, patience); // run() begins on the loop
    }(*client_, *what, budget);
  });
}

bool client_on_a_loop::fire(std::initializer_list<std::string_view> arguments, std::size_t key_count) {
  const auto what = make_command(arguments, key_count);
  return on_loop([&] { return client_->fire(*what); });
}

statistics client_on_a_loop::stats() {
  return on_loop([this] { return client_->stats(); });
}

options patient_options(const std::string& url) {
  return options{.target = parse_address(url).value(),
                 .connect_timeout = std::chrono::milliseconds{5'000},
                 .answer_time_max = std::chrono::milliseconds{60'000},
                 .fired_age_max = std::chrono::milliseconds{60'000},
                 .backoff_base = std::chrono::milliseconds{1},
                 .backoff_max = std::chrono::milliseconds{20},
                 .breaker = {.failure_percent = 100, .calls_min = 100'000, .consecutive_failures = 0}};
}

} // namespace inferenceflow::redis::testing_support
