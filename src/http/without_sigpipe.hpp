#pragma once
#include <pthread.h>

#include <cerrno>
#include <csignal>
#include <ctime>

namespace learningplane::http {

/// While it lives, this thread gets no SIGPIPE: OpenSSL writes a farewell to the connections that
/// the other side has reset, and the signal would end the whole program. Only this thread is
/// touched, since what the program does about signals is not a library's to change.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigset_t pending;
    ::sigpending(&pending);
    // One that waits already stays where it is: further ones merge with it.
    if (sigismember(&pending, SIGPIPE) == 1) return;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    blocked_ = ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_) == 0;
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;
  ~WithoutSigpipe() {
    if (!blocked_) return;
    const timespec at_once{};
    while (::sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{}, before_{};
  bool blocked_ = false;
};

}  // namespace learningplane::http
