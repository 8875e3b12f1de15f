#pragma once
#include <iosfwd>
#include <mutex>
#include <string>
#include <string_view>

#include "learningplane/time.hpp"

namespace learningplane {

enum class LogLevel { debug, info, warning, error };
std::string_view to_string(LogLevel level);  ///< "DEBUG", "INFO", "WARNING", "ERROR"

/// Where log lines go. Injected; nothing of ours writes to a global logger. Thread safe.
class Logger {
 public:
  Logger() = default;
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;
  virtual ~Logger() = default;
  virtual void log(LogLevel level, std::string_view message) = 0;

  void info(std::string_view message) { log(LogLevel::info, message); }
  void warning(std::string_view message) { log(LogLevel::warning, message); }
  void error(std::string_view message) { log(LogLevel::error, message); }
};

enum class LogFormat {
  reference,  ///< 12-Apr-24 10:44:31 -  INFO - message
  json        ///< {"time":"2024-04-12T10:44:31Z","level":"info","message":"message"}
};

/// Writes one line a message, with the clock's time in UTC. Line breaks inside a message become
/// spaces in the reference format, so that one message stays one line.
class StreamLogger final : public Logger {
 public:
  /// @param out, clock outlive the logger
  StreamLogger(std::ostream& out, const Clock& clock, LogFormat format = LogFormat::reference)
      : out_(out), clock_(clock), format_(format) {}
  void log(LogLevel level, std::string_view message) override;

 private:
  std::ostream& out_;
  const Clock& clock_;
  LogFormat format_;
  std::mutex mutex_;
};

}  // namespace learningplane
