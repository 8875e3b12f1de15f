#pragma once
#include <httplib.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "support/temp_dir.hpp"

namespace support {

inline std::string slurp(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// An authority and certificates of its own, made by the openssl command: ca, other-ca, server
/// (127.0.0.1, localhost), expired, client.
class Certificates {
 public:
  Certificates() {
    authority("ca");
    authority("other-ca");
    issue("server", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-days 30");
    issue("elsewhere", "subjectAltName=DNS:elsewhere.example", "-days 30");
    issue("client", "extendedKeyUsage=clientAuth", "-days 30");
    issue("expired", "subjectAltName=IP:127.0.0.1", "-days -1");
  }
  std::string path(const std::string& name) const { return dir_ / name; }

 private:
  void shell(const std::string& command) const {
    if (std::system(("cd " + dir_.path() + " && (" + command + ") 2>/dev/null").c_str()) != 0) {
      throw std::runtime_error("openssl failed: " + command);
    }
  }
  void authority(const std::string& name) const {
    shell("openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=" + name + " -keyout " +
          name + ".key -out " + name + ".crt");
  }
  void issue(const std::string& name, const std::string& extension, const std::string& days) const {
    shell("openssl req -newkey rsa:2048 -nodes -subj /CN=" + name + " -keyout " + name +
          ".key -out " + name + ".csr && echo '" + extension + "' > " + name +
          ".ext && openssl x509 -req -in " + name +
          ".csr -CA ca.crt -CAkey ca.key -CAcreateserial " + days + " -extfile " + name +
          ".ext -out " + name + ".crt");
  }
  TempDir dir_{};
};

/// Runs an httplib server on a free loopback port while it lives. For tests only.
template <class Server>
class Running {
 public:
  template <class... Arguments>
  explicit Running(Arguments&&... arguments) : server(std::forward<Arguments>(arguments)...) {}
  void start() {
    port = server.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server.listen_after_bind(); });
    while (!server.is_running()) std::this_thread::yield();
  }
  ~Running() {
    server.stop();
    if (thread_.joinable()) thread_.join();
  }
  Server server;
  int port = 0;

 private:
  std::thread thread_{};
};

}  // namespace support
