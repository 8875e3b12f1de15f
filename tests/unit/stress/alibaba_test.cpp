#include "learningplane/stress/alibaba.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::stress;

namespace {

struct Tables {
  support::TempDir dir{};
  std::string usage{}, batch{};
  AlibabaOptions options{};

  Tables() {
    options.workload.min_rows = 5;
    for (int i = 0; i < 10; ++i)
      for (int c = 1; c <= 2; ++c)
        usage += std::to_string(39600 + 60 * i) + "," + std::to_string(c) + "," +
                 std::to_string(10 * c + i) + ".5," + std::to_string(40 + i) + ",,1,1,1,,,,\n";
    batch =
        "100,160,7,70,1,Terminated,1,1,1,1,1,1\n"
        "90,120,7,71,2,Terminated,1,1,1,1,1,1\n"
        "200,500,8,80,1,Terminated,1,1,1,1,1,1\n"
        "210,500,,81,1,Terminated,1,1,1,1,1,1\n"
        "220,500,9,90,1,Failed,1,1,1,1,1,1\n"
        "0,50,10,91,1,Terminated,1,1,1,1,1,1\n"
        "400,401,11,92,1,Terminated,1,1,1,1,1,1\n";
  }
  Result<Workload> read() {
    dir.write("container_usage.csv", usage);
    if (!batch.empty()) dir.write("batch_instance.csv", batch);
    options.folder = dir.path();
    return read_alibaba_2017(options);
  }
};
std::string message_of(const Result<Workload>& r) { return r ? "" : r.error().describe(); }

}  // namespace

TEST_CASE("alibaba: containers by instance, jobs over all their instances") {
  Tables t;
  const Workload w = value_or_throw(t.read());
  REQUIRE(w.usage.sequences.size() == 2);
  CHECK(w.step_s == 60);
  CHECK(w.usage.sequences[1].name() == "2");
  CHECK(w.usage.sequences[1].rows[0] == 20.5);
  CHECK(w.usage.sequences[1].rows[1] == 40);
  // Job 7 from 90 to 160, job 8 from 200 to 500, job 11.
  CHECK(w.jobs.durations.kept() == std::vector<double>{1, 70, 300});
  CHECK(w.jobs.interarrivals.kept() == std::vector<double>{110, 200});
  REQUIRE(w.notes.size() == 3);
  CHECK(w.notes[0] == "1 batch rows left out: without a job");
  CHECK(w.notes[1] == "1 batch rows left out: not terminated");
  CHECK(w.notes[2] == "1 batch rows left out: begun before the trace");
}

TEST_CASE("alibaba: rows without usage are unknown, not zero") {
  Tables t;
  t.usage += "40200,1,,55,,,,,,,,\n40260,1,21.5,50,,,,,,,,\n";
  const Workload w = value_or_throw(t.read());
  CHECK(w.usage.sequences[0].times_ns.size() == 12);
  // On the line from 19.5 to 21.5.
  CHECK(w.usage.sequences[0].rows[2 * 10] == doctest::Approx(20.5));
  CHECK(w.filled == 1);
}

TEST_CASE("alibaba: tasks stand in where there are no instances") {
  Tables t;
  t.dir.write("batch_task.csv", "10,20,1,1,3,Terminated,1,1\n40,90,2,1,1,Terminated,1,1\n");
  t.batch.clear();
  const Workload w = value_or_throw(t.read());
  CHECK(w.jobs.durations.kept() == std::vector<double>{10, 50});
}

TEST_CASE("alibaba: refusals name table and line") {
  {
    Tables t;
    t.usage += "40200,1\n";
    CHECK(message_of(t.read()).find("container_usage.csv, line 21: 2 fields") == 0);
  }
  {
    Tables t;
    t.usage += "40200,1,-3,50\n";
    CHECK(message_of(t.read()).find("usage of -3") != std::string::npos);
  }
  {
    Tables t;
    t.usage += "40200,1,x,50\n";
    CHECK(message_of(t.read()).find("'x' is no usage") != std::string::npos);
  }
  {
    Tables t;
    t.usage += "40140,1,3,50\n";
    const auto r = t.read();
    REQUIRE_FALSE(r);
    CHECK(r.error().code == Errc::conflict);
  }
  {
    Tables t;
    t.usage += "39630,1,3,50\n";
    CHECK(t.read().error().code == Errc::invalid_argument);
    t.options.order = AlibabaOptions::Order::sort;
    t.options.workload.step = std::chrono::seconds(30);
    const Workload w = value_or_throw(t.read());
    CHECK(w.usage.sequences[0].rows[2] == 3);
  }
  {
    Tables t;
    t.batch += "500,400,12,1,1,Terminated,1,1,1,1,1,1\n";
    CHECK(message_of(t.read()).find("batch_instance.csv, line 8") == 0);
  }
  {
    Tables t;
    t.options.workload.min_rows = 50;
    CHECK(t.read().error().code == Errc::not_enough_data);
  }
  AlibabaOptions nowhere;
  nowhere.folder = "/nowhere";
  CHECK(read_alibaba_2017(nowhere).error().code == Errc::not_found);
}
