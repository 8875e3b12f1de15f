// `learningplane run` as a process of its own: what happens to it from outside.
#include <doctest/doctest.h>

#include "learningplane/adapters/sqlite/journal.hpp"
#include "support/kube_cluster.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#ifdef LEARNINGPLANE_PROGRAM

namespace {

const std::string agent_yaml = R"(
agent: here
state: state
applications: [shop]
sensors: {here: {kind: procfs}}
policy: {kind: step, metric: load1, steps: [{from: 0.7, change: 1}], minimum: 1, maximum: 4}
scaling: {load: load1}
actuators: {notes: {kind: recording}}
schedules: {scale: {trigger: {kind: interval, every: 200ms}, run: decide}}
)";

std::size_t decisions(const std::string& state) {
  using namespace learningplane;
  try {
    const auto j =
        adapters::sqlite::open_journal(state + "/journal.sqlite", adapters::sqlite::Access::read);
    return value_or_throw(j->read({.kind = journal::EntryKind::decision, .limit = 100'000})).size();
  } catch (const Error&) {
    return 0;
  }
}

}  // namespace

TEST_CASE("run: the agent goes on where nobody reads its lines any more") {
  support::TempDir dir;
  dir.write("agent.yaml", agent_yaml);
  const std::string state = dir / "state";
  support::Process agent(LEARNINGPLANE_PROGRAM, {"run", dir / "agent.yaml", "--json"},
                         dir / "agent.log");
  REQUIRE(agent.line());
  agent.close_output();
  const std::size_t before = decisions(state);
  CHECK(support::KubeCluster::eventually([&] { return decisions(state) >= before + 5; }));
  CHECK(agent.running());
}

#endif
