#include "learningplane/stress/control_groups.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "support/stress.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::stress;
namespace fs = std::filesystem;

namespace {

std::string text_in(const std::string& path) {
  std::ifstream in(path);
  std::string out;
  std::getline(in, out);
  return out;
}
/// A folder that looks like a hierarchy; the kernel's files in it are plain ones here.
struct Tree {
  support::TempDir dir{};
  ControlGroupsOptions options{.root = dir / "root", .self = dir / "self"};
  std::string name = "learningplane-stress-" + std::to_string(::getpid());
};

}  // namespace

TEST_CASE("control groups: version 1 limits each controller where this process stands") {
  Tree t;
  t.dir.write("self", "4:memory:/mine\n3:cpu,cpuacct:/\n0::/\n");
  fs::create_directories(t.options.root + "/cpu");
  fs::create_directories(t.options.root + "/memory/mine");
  {
    const ControlGroups groups(support::two_jobs(), t.options);
    const std::string cpu = t.options.root + "/cpu/" + t.name + "/job-0001";
    const std::string memory = t.options.root + "/memory/mine/" + t.name + "/job-0001";
    CHECK(text_in(cpu + "/cpu.cfs_quota_us") == "110000");  // 1 core and a tenth
    CHECK(text_in(cpu + "/cpu.shares") == "1126");
    CHECK(text_in(memory + "/memory.limit_in_bytes") == "77554432");  // 44 MB and 32 MiB
    CHECK(groups.joins().at("job-0001") ==
          std::vector<std::string>{cpu + "/cgroup.procs", memory + "/cgroup.procs"});
    CHECK(groups.notes() == std::vector<std::string>{"cpu: a limit for each of 2 jobs",
                                                     "memory: a limit for each of 2 jobs"});
    // Plain files stand in the way of rmdir here, as they do not in the kernel's.
    fs::remove_all(t.options.root + "/cpu/" + t.name);
    fs::remove_all(t.options.root + "/memory/mine/" + t.name);
  }
}

TEST_CASE("control groups: version 2 below a group that was handed over") {
  Tree t;
  t.options.parent = "given";
  t.options.memory = false;
  fs::create_directories(t.options.root + "/given");
  const ControlGroups groups(support::two_jobs(), t.options);
  const std::string base = t.options.root + "/given/" + t.name;
  CHECK(text_in(base + "/cgroup.subtree_control") == "+cpu");
  CHECK(text_in(base + "/job-0002/cpu.max") == "27500 100000");
  CHECK(text_in(base + "/cpu.weight") == "125");
  CHECK(groups.notes().at(1) == "memory: not limited, as asked");
}

TEST_CASE("control groups: what cannot be limited is said") {
  Tree t;
  t.dir.write("self", "0::/here\n");
  const ControlGroups groups(support::two_jobs(), t.options);
  CHECK(groups.joins().empty());
  REQUIRE(groups.notes().size() == 2);
  CHECK(groups.notes()[0].find("cpu: not limited") == 0);
  CHECK(groups.notes()[1].find("memory: not limited") == 0);
  t.options.self = "/nowhere";
  CHECK(ControlGroups(support::two_jobs(), t.options).notes()[0].find("no group") !=
        std::string::npos);
}
