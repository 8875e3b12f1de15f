// An actuator of one's own: it writes the placement into a file that some other program follows.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "learningplane/actuator/actuator.hpp"

namespace lp = learningplane;
using lp::actuator::Command;
using lp::actuator::Outcome;
using lp::actuator::OutcomeStatus;

class FileActuator final : public lp::actuator::Actuator {
 public:
  explicit FileActuator(std::filesystem::path path) : path_(std::move(path)) {}
  std::string describe() const override { return "file " + path_.filename().string(); }
  /// Writing the same line again does no harm, so after a crash it may be done again.
  lp::actuator::Delivery delivery() const override { return lp::actuator::Delivery::at_least_once; }

 protected:
  Outcome do_act(const Command& command) override {
    const auto* place = std::get_if<lp::decision::Place>(&command.action);
    if (place == nullptr) return {OutcomeStatus::refused, "only placements can be written", {}, 0};
    std::ofstream out(path_, std::ios::trunc);
    out << command.id << ' ' << command.application << ' ' << place->site << '\n';
    out.flush();
    if (!out) return {OutcomeStatus::failed, "the file cannot be written", {}, 1};
    return {OutcomeStatus::done, "written", {}, 1};
  }
  Outcome do_plan(const Command& command) override {
    return {OutcomeStatus::planned, "would write", lp::decision::to_value(command.action), 0};
  }
  Outcome do_probe(const Command& command) override {
    std::string id;
    std::ifstream(path_) >> id;
    return {id == command.id ? OutcomeStatus::done : OutcomeStatus::failed,
            "the file says " + id,
            {},
            0};
  }

 private:
  std::filesystem::path path_;
};

int main() {
  const auto path = std::filesystem::temp_directory_path() / "learningplane_example_placement";
  std::filesystem::remove(path);
  FileActuator actuator(path);
  const Command move{"d-1", "shop", lp::decision::Place{"edge-1"}, "it is forecast best",
                     lp::TimePoint{}};
  const auto tell = [](const char* what, const Outcome& o) {
    std::printf("%-8s %s: %s\n", what, std::string(to_string(o.status)).c_str(), o.message.c_str());
  };
  tell("dry run", actuator.act(move, lp::actuator::Mode::dry_run));
  tell("probe", actuator.probe(move));
  tell("act", actuator.act(move, lp::actuator::Mode::real));
  tell("probe", actuator.probe(move));
  std::string line;
  std::ifstream in(path);
  std::getline(in, line);
  std::printf("file: %s\n", line.c_str());
  std::filesystem::remove(path);
}
