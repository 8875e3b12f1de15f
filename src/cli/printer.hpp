#pragma once
#include <iosfwd>
#include <map>
#include <string>

#include "learningplane/agent/observer.hpp"
#include "learningplane/config/secrets.hpp"
#include "learningplane/log.hpp"

namespace learningplane::cli {

struct PrinterOptions {
  bool json = false;
  bool quiet = false;  ///< log warnings and errors only
  const config::Secrets* secrets = nullptr;
};

/// Shows a run on a terminal: decisions as they fall on `out`, the log on `err`.
class Printer final : public Logger, public agent::Observer {
 public:
  Printer(std::ostream& out, std::ostream& err, const Clock& clock, PrinterOptions options);
  void log(LogLevel level, std::string_view message) override;
  void on_decision(std::string_view id, const decision::Decision& decision) override;
  void on_outcome(const actuator::Command& command, const actuator::Outcome& outcome) override;
  void on_failure(std::string_view where, const Failure& failure) override;
  /// Counts of decisions by rule, and of moves.
  void summary();

 private:
  std::ostream& out_;
  const Clock& clock_;
  PrinterOptions options_;
  StreamLogger log_;
  std::mutex mutex_;
  std::map<std::string, std::size_t> rules_;
  std::size_t decisions_ = 0;
  std::size_t moves_ = 0;
  std::size_t failures_ = 0;
};

}  // namespace learningplane::cli
