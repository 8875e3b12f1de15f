#pragma once
#include <map>
#include <vector>

#include "learningplane/actuator/actuator.hpp"

namespace learningplane::actuator {

/// Keeps what it is told instead of doing it: the twin for tests, replays and "recommend" mode.
/// Remembers where each application was placed last, how far it was scaled and how it was sized.
class RecordingActuator final : public Actuator {
 public:
  explicit RecordingActuator(Delivery delivery = Delivery::at_least_once) : delivery_(delivery) {}
  const std::vector<Command>& commands() const { return commands_; }
  void set_site(const std::string& application, const std::string& site) {
    sites_[application] = site;
  }
  void set_replicas(const std::string& application, std::int64_t replicas) {
    replicas_[application] = replicas;
  }
  void set_size(const std::string& application, WorkloadSize size) {
    sizes_[application] = std::move(size);
  }

  Result<std::string> current_site(const std::string& application) override;
  Result<std::int64_t> current_replicas(const std::string& application) override;
  Result<WorkloadSize> current_size(const std::string& application) override;
  Delivery delivery() const override { return delivery_; }
  std::string describe() const override { return "recording"; }

 protected:
  Outcome do_act(const Command& command) override;
  Outcome do_plan(const Command& command) override;
  Outcome do_probe(const Command& command) override;

 private:
  Delivery delivery_;
  std::vector<Command> commands_;
  std::map<std::string, std::string> sites_;
  std::map<std::string, std::int64_t> replicas_;
  std::map<std::string, WorkloadSize> sizes_;
};

}  // namespace learningplane::actuator
