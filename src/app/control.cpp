#include "app/control.h"

#include <csignal>
#include <pthread.h>

namespace inferenceflow::app {

namespace {

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

} // namespace

void block_signals() {
  const sigset_t set = watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

void wait_for_signals(const std::function<void()>& reload) {
  const sigset_t set = watched();
  for (;;) {
    const int signal = sigwaitinfo(&set, nullptr);
    if (signal == SIGHUP) {
      reload();
    } else if (signal == SIGTERM || signal == SIGINT) {
      // A reload that comes too late changes nothing. Whoever signals twice does not want to wait for the grace period.
      std::signal(SIGHUP, SIG_IGN);
      std::signal(SIGTERM, SIG_DFL);
      std::signal(SIGINT, SIG_DFL);
      pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
      return;
    }
  }
}

} // namespace inferenceflow::app
