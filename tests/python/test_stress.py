"""A machine made to feel like a recorded one: the command's files and figures, a real run, pictures."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import learningplane as lp
import numpy as np
import pandas as pd
import pytest

QUICK = {"k": 3, "history": 1, "epochs": 20, "learning_rate": 0.005}
LEVELS = np.array([[0.1, 2e8], [1.0, 9e8], [3.5, 5e8]])

needs_stress_ng = pytest.mark.skipif(
    not any(os.access(os.path.join(p, "stress-ng"), os.X_OK) for p in os.environ.get("PATH", "").split(":")),
    reason="stress-ng is not installed",
)


def usage(seed: int = 5, rows: int = 400) -> pd.DataFrame:
    """Three behaviours in spells of 8 to 20 minutes."""
    rng = np.random.default_rng(seed)
    kinds, now = [], 0
    while len(kinds) < rows:
        kinds += [now] * int(rng.integers(8, 20))
        now = (now + int(rng.integers(1, 3))) % 3
    values = LEVELS[np.array(kinds[:rows])] * rng.uniform(0.95, 1.05, (rows, 2))
    index = pd.date_range("2026-01-05", periods=rows, freq="min", tz="UTC", name="time")
    return pd.DataFrame(values, columns=["cpu", "memory"], index=index)


def jobs(count: int = 60) -> pd.DataFrame:
    """One each five minutes, of 10 to 18 minutes."""
    start = 300.0 * np.arange(count)
    return pd.DataFrame({"start": start, "end": start + 600 + 60 * (np.arange(count) % 9)})


@pytest.fixture
def files(tmp_path) -> pathlib.Path:
    parts = [usage(seed).assign(pod=pod) for pod, seed in (("a", 5), ("b", 6))]
    pd.concat(parts).to_csv(tmp_path / "usage.csv", date_format="%Y-%m-%dT%H:%M:%SZ")
    jobs().to_csv(tmp_path / "jobs.csv", index=False)
    return tmp_path


@pytest.fixture(scope="module")
def profile() -> lp.stress.StressProfile:
    return lp.stress.StressProfile(lp.Phases(**QUICK)).fit(usage(), jobs=jobs())


def command(*arguments: str) -> dict:
    """What `learningplane stress` prints as JSON."""
    code = "import sys; from learningplane._core import cli_main; sys.exit(cli_main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "stress", *arguments, "--json"], capture_output=True, text=True, timeout=120, check=True
    )  # fmt: skip
    return json.loads(done.stdout)


def recorded(schedule: lp.stress.StressSchedule, factor: float = 1.0) -> lp.stress.StressRecording:
    """The plan as a run would have recorded it that used so much of the CPU, readings a second apart."""
    steps = schedule.to_pandas()
    rows = int(schedule.length)
    columns = []
    for job, mine in steps.groupby("job"):
        cells = {name: np.full(rows, np.nan) for name in
                 ("active", "cpu_cores", "memory_bytes", "plan_cpu_cores", "plan_memory_bytes", "phase")}  # fmt: skip
        for step in mine.itertuples():
            at = slice(round(step.start), round(step.start + step.seconds))
            for name, value in (
                ("active", 1), ("cpu_cores", factor * step.cpu_cores), ("memory_bytes", step.memory_bytes),
                ("plan_cpu_cores", step.cpu_cores), ("plan_memory_bytes", step.memory_bytes), ("phase", step.phase),
            ):  # fmt: skip
                cells[name][at] = value
        columns += [lp.Column(name, values, labels={"job": job}) for name, values in cells.items()]
    times = np.arange(rows, dtype=np.int64) * 1_000_000_000
    return lp.stress.StressRecording(lp.Frame(times, columns))


def test_profile_and_schedule_are_the_commands(files: pathlib.Path) -> None:
    told = command(
        "profile", "--data", str(files / "usage.csv"), "--by", "pod", "--jobs", str(files / "jobs.csv"), "--k", "3",
        "--option", "history=1", "--option", "epochs=20", "--option", "learning_rate=0.005", "--out", str(files / "p.json"),
    )  # fmt: skip
    mine = lp.stress.StressProfile(lp.Phases(**QUICK))
    assert mine.fit(files / "usage.csv", by="pod", jobs=files / "jobs.csv") is mine
    mine.save(files / "mine.json")
    assert json.loads((files / "mine.json").read_text()) == json.loads((files / "p.json").read_text())
    assert told["source"] == "usage.csv"
    command("generate", str(files / "p.json"), "--length", "3h", "--seed", "7", "--speed", "60", "--max-memory", "100",
            "--weighting", "frequency", "--out", str(files / "s.json"))  # fmt: skip
    schedule = mine.generate("3h", seed=7, speed=60, max_bytes=100e6, weighting="frequency")
    assert schedule == lp.stress.StressSchedule.load(files / "s.json")
    assert schedule == lp.stress.StressProfile.load(files / "p.json").generate(
        pd.Timedelta("3h"), seed=7, speed=60, max_bytes=100e6, weighting="frequency"
    )
    assert schedule != mine.generate("3h", seed=8, speed=60, max_bytes=100e6, weighting="frequency")


def test_whatever_stands_for_usage_and_jobs(files: pathlib.Path, profile: lp.stress.StressProfile) -> None:
    expected = profile.generate("3h", speed=60)
    aware = jobs().apply(lambda c: pd.to_datetime(c, unit="s", utc=True))
    for data, spans in ((usage(), jobs()), (lp.to_frame(usage()), aware), (usage(), jobs().to_numpy())):
        same = lp.stress.StressProfile(lp.Phases(**QUICK)).fit(data, jobs=spans)
        assert same.generate("3h", speed=60) == expected
    workload = lp.stress.collect(usage(), jobs=files / "jobs.csv")
    assert (workload.applications, workload.rows, workload.step) == (1, 400, 60)
    assert lp.stress.StressProfile(lp.Phases(**QUICK)).fit(workload).generate("3h", speed=60) == expected
    fitted = lp.Phases(**QUICK).fit(usage())
    given = lp.stress.StressProfile(fitted).fit(usage(), jobs=jobs())
    assert np.array_equal(given.phases_.predict(usage()), fitted.predict(usage()))
    assert given.generate("3h", speed=60) == expected


def test_what_was_learned(profile: lp.stress.StressProfile) -> None:
    assert np.array_equal(profile.durations_, np.sort(jobs()["end"] - jobs()["start"]))
    assert (profile.interarrivals_ == 300).all()
    told = profile.phases_.statistics(usage())
    assert profile.shares_ == pytest.approx([p["share"] for p in told["phases"]])
    patterns = profile.patterns_
    assert (patterns["occurrences"].diff().dropna() <= 0).all()
    assert {p for one in patterns["phases"] for p in one} == {0, 1, 2}
    assert "400" not in profile._repr_html_()
    assert "60 jobs" in profile._repr_html_()


def test_the_tables_of_the_trace_of_2017(tmp_path) -> None:
    root = pathlib.Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, root / "tools/make_alibaba_2017.py", tmp_path], check=True, timeout=120)
    workload = lp.stress.read_alibaba_2017(tmp_path, max_containers=4)
    assert workload.applications >= 4
    assert len(workload.durations[0]) > 10
    with pytest.raises(lp.Error, match="container_usage"):
        lp.stress.read_alibaba_2017(tmp_path / "none")


def test_the_schedule_as_tables(profile: lp.stress.StressProfile) -> None:
    schedule = profile.generate("3h", speed=60, max_cores=1.5, seed=3)
    steps = schedule.to_pandas()
    assert steps["job"].nunique() == schedule.jobs
    assert schedule.peak_cores == pytest.approx(1.5)
    assert (steps["start"] + steps["seconds"]).max() == pytest.approx(schedule.length)
    load = schedule.planned_load("1s")
    assert load.names == ["cpu_cores", "memory_bytes", "jobs"]
    assert np.asarray(load.values("cpu_cores")).sum() == pytest.approx((steps["cpu_cores"] * steps["seconds"]).sum())
    assert schedule.to_kubernetes("stress:1").count("kind: Job") == schedule.jobs
    assert f"{schedule.jobs} jobs" in repr(schedule)


def test_a_run_that_did_as_planned_and_one_that_starved(profile: lp.stress.StressProfile, files: pathlib.Path) -> None:
    schedule = profile.generate("12h", speed=60, weighting="frequency", seed=2)
    good = profile.check(schedule, recorded(schedule))
    assert good.table.loc["cpu_cores", "correlation"] == pytest.approx(1)
    assert good.agreement > 0.9
    assert good.phases.sum().tolist() == pytest.approx([1, 1, 1])
    assert good.distances["durations_ks"] < 1
    assert len(good.durations["measured"]) == schedule.jobs
    totals = good.totals
    assert np.array_equal(totals["cpu_cores"], totals["plan_cpu_cores"])
    starved = profile.check(schedule, recorded(schedule, 0.3).frame)
    told = starved.table.loc["cpu_cores"]
    assert told["mean_error"] == pytest.approx(-0.7 * told["mean_plan"])
    # The command says the same of the same files.
    profile.save(files / "p.json")
    schedule.save(files / "s.json")
    recorded(schedule).save(files / "r.csv")
    assert profile.check(schedule, files / "r.csv").to_dict() == command(
        "check", str(files / "p.json"), str(files / "s.json"), str(files / "r.csv")
    )
    page = good.to_html(files / "page.html")
    assert (files / "page.html").read_text(encoding="utf-8") == page
    assert "https://" not in page


@needs_stress_ng
def test_a_real_run_is_measured(tmp_path) -> None:
    gentle = lp.stress.StressProfile(lp.Phases(**QUICK)).fit(usage(), jobs=jobs())
    schedule = gentle.generate("10m", speed=300, max_cores=0.2, max_bytes=30e6, seed=1, grid=0.5)
    assert schedule.length < 30
    seen: list[int] = []
    import threading

    other = threading.Thread(target=lambda: seen.extend(range(100)), daemon=True)
    other.start()
    recording = schedule.run(sample="0.5s", cgroup="none", allow_oversubscribe=True, progress=False)
    other.join(timeout=10)
    assert len(seen) == 100
    assert recording.report["processes"] > 0
    assert recording is schedule.recording_
    table = recording.to_pandas()
    assert (table["active"] > 0).all()
    assert table["memory_bytes"].max() > 1e6
    recording.save(tmp_path / "r.csv")
    again = lp.stress.StressRecording.load(tmp_path / "r.csv")
    assert len(again.frame) == len(recording.frame)
    assert "processes" in recording._repr_html_()


INTERRUPTED = """
import os, signal, sys
import learningplane as lp
signal.signal(signal.SIGINT, signal.default_int_handler)
schedule = lp.stress.StressSchedule.load(sys.argv[1])
print("running", flush=True)
try:
    schedule.run(sample="0.2s", cgroup="none", allow_oversubscribe=True)
except KeyboardInterrupt:
    left = [p for p in os.listdir("/proc") if p.isdigit() and open(f"/proc/{p}/stat").read().split()[3] == str(os.getpid())]
    print("interrupted", len(schedule.recording_.frame) > 0, left, flush=True)
    sys.exit(7)
"""


@needs_stress_ng
def test_ctrl_c_ends_a_run_and_all_it_started(profile: lp.stress.StressProfile, tmp_path) -> None:
    schedule = profile.generate("3h", speed=60, max_cores=0.1, max_bytes=20e6, seed=1)
    schedule.save(tmp_path / "s.json")
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path / "s.json")], stdout=subprocess.PIPE, text=True
    ) as child:  # fmt: skip
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "running\n"
            children = pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/children")
            deadline = time.monotonic() + 120
            while not children.read_text().split():
                assert time.monotonic() < deadline, "nothing is started"
                time.sleep(0.02)
            time.sleep(1)  # some readings
            child.send_signal(signal.SIGINT)
            out, _ = child.communicate(timeout=60)
        finally:
            child.kill()
    assert child.returncode == 7
    assert out == "interrupted True []\n"


def test_parameters_and_files(profile: lp.stress.StressProfile, tmp_path) -> None:
    clone = pytest.importorskip("sklearn.base").clone
    fresh = clone(profile)
    assert fresh.get_params()["phases"].get_params() == profile.phases.get_params()
    with pytest.raises(lp.LogicError, match="not fitted"):
        fresh.generate("1h")
    assert fresh._repr_html_().endswith("not fitted</p>")
    assert fresh.set_params(min_run=3).min_run == 3
    with pytest.raises(TypeError, match="runs"):
        fresh.set_params(runs=3)
    profile.save(tmp_path / "p.json")
    (tmp_path / "half.json").write_text((tmp_path / "p.json").read_text()[:-40])
    with pytest.raises(lp.Error, match=r"half\.json"):
        lp.stress.StressProfile.load(tmp_path / "half.json")
    with pytest.raises(lp.Error, match="not|no such"):
        lp.stress.StressSchedule.load(tmp_path / "none.json")


def test_what_is_wrong_is_named(profile: lp.stress.StressProfile) -> None:
    data = usage(rows=100)
    bad = [
        (data, {"by": "pod"}, "labels"),
        (data, {"jobs": [[1, 2, 3]]}, "start"),
        (data, {"jobs": pd.DataFrame({"start": [1.0]})}, "end"),
        (data, {"jobs": [[5, 1], [6, 7]]}, "start|before"),
        (data * -1, {}, "negative"),
        (data[["cpu"]], {}, "memory"),
        (data, {"min_rows": 1000}, "1000 rows"),
    ]
    for given, options, match in bad:
        with pytest.raises(lp.Error, match=match):
            lp.stress.collect(given, **options)
    with pytest.raises(TypeError, match="gap"):
        lp.stress.collect(data, gap=3)
    for options, match in (
        ({"weighting": "fair"}, "fair"),
        ({"speed": 0}, "speed"),
        ({"max_jobs": 1}, "max_jobs|jobs"),
    ):
        with pytest.raises(lp.Error, match=match):
            profile.generate("3h", **options)
    schedule = profile.generate("3h", speed=60, max_cores=1e6)
    with pytest.raises(lp.Error, match="apt-get install stress-ng"):
        schedule.run(program="no-such-program")
    with pytest.raises(lp.ConfigError, match="oversubscri"):
        schedule.run(program="true")  # refused before anything is started
    with pytest.raises(lp.ConfigError, match="limits"):
        profile.generate("1h", speed=60, max_cores=0.1, max_bytes=1e6).run(program="true", limits="disk")
    with pytest.raises(lp.Error, match="active"):
        profile.check(schedule, usage())


def test_pictures(profile: lp.stress.StressProfile) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    schedule = profile.generate("6h", speed=60, weighting="frequency", seed=2)
    found = profile.check(schedule, recorded(schedule, 0.5))
    cpu, memory, bars, durations, arrivals = found.plot().axes
    assert (cpu.get_ylabel(), memory.get_ylabel()) == ("cores", "MB")
    planned, measured = (line.get_ydata() for line in cpu.lines)
    assert np.allclose(measured, 0.5 * planned)
    assert [p.get_height() for p in bars.containers[0]] == pytest.approx(found.phases["source"].tolist())
    assert durations.get_xlabel() == "duration of a job, minutes"
    assert [t.get_text() for t in durations.get_legend().get_texts()] == ["source: 60", f"measured: {schedule.jobs}"]
    assert arrivals.lines[0].get_ydata()[-1] == 1
    assert len(profile.plot().axes) == 3
    assert schedule.plot().axes[0].get_ylabel() == "cores"
    html = found._repr_html_()
    for word in ("correlation", "measured_to_source", "phase"):
        assert word in html
    plt.close("all")
