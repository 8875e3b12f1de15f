#include "learningplane/stress/stress_command.hpp"

#include <doctest/doctest.h>

#include "learningplane/config/yaml.hpp"
#include "learningplane/error.hpp"
#include "support/stress.hpp"

using namespace learningplane;
using namespace learningplane::stress;

namespace {

std::string text_of(const StressStep& step) {
  std::string out;
  for (const std::string& word : stress_ng_command(step)) out += (out.empty() ? "" : " ") + word;
  return out;
}

}  // namespace

TEST_CASE("stress command: workers, load and memory of a step") {
  CHECK(text_of({0, 10, 0, 1.5, 104.5e6}) ==
        "stress-ng --quiet --oomable --timeout 15s --cpu 2 --cpu-load 75 --cpu-method loop --vm 1 "
        "--vm-bytes 97656k --vm-keep --vm-hang 0 --vm-method write64");
  CHECK(text_of({0, 2.5, 0, 1, 0}) ==
        "stress-ng --quiet --oomable --timeout 8s --cpu 1 --cpu-load 100 --cpu-method loop");
  CHECK(text_of({0, 2, 0, 0.004, 6e6}) ==
        "stress-ng --quiet --oomable --timeout 7s --vm 1 --vm-bytes 1465k --vm-keep --vm-hang 0 "
        "--vm-method write64");
  CHECK(stress_ng_command({0, 10, 0, 0.004, 1e6}).empty());
}

TEST_CASE("kubernetes jobs: one document a job, with its steps and limits") {
  const std::string text =
      kubernetes_jobs(support::two_jobs(), {.image = "registry.example/stress-ng:1"});
  CHECK(text.find("kind: Job") != std::string::npos);
  std::vector<Value> documents;
  for (std::size_t at = text.find("---\n"); at != std::string::npos;) {
    const std::size_t next = text.find("---\n", at + 4);
    documents.push_back(config::parse_yaml(text.substr(at + 4, next - at - 4), "jobs"));
    at = next;
  }
  REQUIRE(documents.size() == 2);
  const Value& job = documents[0];
  CHECK(job.find("metadata")->get("name", "") == "stress-job-0001");
  CHECK(job.find("metadata")->find("labels")->get("app.kubernetes.io/instance", "") == "stress");
  CHECK(job.find("spec")->get("backoffLimit", std::int64_t{1}) == 0);
  CHECK(job.find("spec")->get("ttlSecondsAfterFinished", std::int64_t{0}) == 3600);
  CHECK(job.find("spec")->get("activeDeadlineSeconds", std::int64_t{0}) == 80);
  const Value& container =
      job.find("spec")->find("template")->find("spec")->find("containers")->as_array()[0];
  const Value& limits = *container.find("resources")->find("limits");
  CHECK(limits.get("cpu", "") == "1100m");
  CHECK(limits.get("memory", "") == "58Mi");
  const std::string script = container.find("command")->as_array()[2].as_string();
  CHECK(script.find("--cpu-load 50 ") != std::string::npos);
  CHECK(script.find("; stress-ng") != std::string::npos);
  CHECK(script.find("sleep") == std::string::npos);
  const Value& second = documents[1];
  CHECK(second.find("spec")
            ->find("template")
            ->find("spec")
            ->find("containers")
            ->as_array()[0]
            .find("command")
            ->as_array()[2]
            .as_string()
            .find("sleep 5.000; stress-ng") == 0);
}

TEST_CASE("kubernetes jobs: what Kubernetes would not take is refused") {
  const StressSchedule s = support::two_jobs();
  CHECK_THROWS_AS(kubernetes_jobs(s, {}), ConfigError);
  CHECK_THROWS_AS(kubernetes_jobs(s, {.image = "a b"}), ConfigError);
  CHECK_THROWS_AS(kubernetes_jobs(s, {.image = "a", .prefix = "Upper"}), ConfigError);
  CHECK_THROWS_AS(kubernetes_jobs(s, {.image = "a", .name_space = "-x"}), ConfigError);
  CHECK_THROWS_AS(kubernetes_jobs(s, {.image = "a", .keep = -std::chrono::seconds(1)}),
                  ConfigError);
  StressSchedule twice = s;
  twice.jobs[1].name = twice.jobs[0].name;
  CHECK_THROWS_WITH_AS(kubernetes_jobs(twice, {.image = "a"}), doctest::Contains("job-0001"),
                       ConfigError);
  twice.jobs[1].name = "job 2";
  CHECK_THROWS_AS(kubernetes_jobs(twice, {.image = "a"}), ConfigError);
}
