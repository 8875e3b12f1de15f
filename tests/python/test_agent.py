"""Agents from Python objects and from files."""

import logging
import subprocess
import sys
from datetime import timedelta, timezone

import learningplane as lp
import numpy as np
import pandas as pd
import pytest

SITES = {s: {"labels": {"site": s}} for s in ("edge-1", "edge-2")}


class Last(lp.Forecaster):
    """The last value goes on."""

    def fit(self, data: lp.Frame) -> None:
        self.frame = data

    update = fit

    def is_fitted(self) -> bool:
        return hasattr(self, "frame")

    def save(self) -> dict:
        return {"attributes": {}, "tensors": {"last": self.frame.values("qos")[-1:]}}

    def forecast(self, horizon: int, levels: list[float]) -> lp.Forecast:
        start, value = self.frame.times_ns[-1], self.frame.values("qos")[-1]
        times = [int(start) + (i + 1) * 60_000_000_000 for i in range(horizon)]
        forecast = lp.Forecast("qos", "last", times, [value] * horizon)
        return forecast.with_quantiles(levels, np.full((horizon, len(levels)), value)) if levels else forecast


@pytest.fixture
def sites() -> lp.Frame:
    """Four hours of QoS of two sites; the first falls behind the second in the middle."""
    t = pd.date_range("2026-01-05", periods=240, freq="min", tz="UTC")
    first = np.where(np.arange(240) < 120, 0.9, 0.3)
    columns = [
        lp.Column("qos", first, labels={"site": "edge-1"}),
        lp.Column("qos", np.full(240, 0.6), labels={"site": "edge-2"}),
    ]
    return lp.Frame(lp.to_frame((t, first)).times_ns, columns)


def make(frame: lp.Frame, **more) -> lp.Agent:
    sections = {
        "sensors": {"telemetry": lp.FrameSensor(frame)},
        "models": {"qos": (Last, "qos")},
        "sites": SITES,
        "policy": {"kind": "placement", "constraint": 0.5},
        "applications": ["web"],
        "forecast": {"horizon": 5},
    }
    return lp.Agent("planner", **{**sections, **more})


def test_replay_moves_the_application(sites: lp.Frame) -> None:
    agent = make(sites).replay(sites)
    moves = [d.action for d in agent.decisions() if d.acts]
    assert moves == [lp.Place("edge-1"), lp.Place("edge-2")]
    entries = agent.journal("outcome")
    assert [e["body"]["status"] for e in entries] == ["done", "done"]
    assert all(e["at"].tzinfo == timezone.utc for e in entries)
    table = agent.journal_frame("decision")
    assert len(table) == len(agent.decisions())
    assert agent.report()["figures"]["moves"] == 2


def test_run_once_with_python_parts(sites: lp.Frame) -> None:
    seen: list[lp.Command] = []

    @lp.sensor("telemetry")
    def telemetry(window: lp.Window) -> lp.Frame:
        return sites

    @lp.policy
    def second(observation: lp.Observation) -> lp.Decision:
        assert observation.application == "web"
        return lp.Decision(lp.Place("edge-2"), rule="second", reason="always")

    @lp.actuator("cluster")
    def cluster(command: lp.Command) -> None:
        seen.append(command)

    agent = make(sites, sensors=[telemetry], policy=second, actuators=[cluster])
    at = pd.Timestamp(sites.times_ns[-1], tz="UTC") + timedelta(minutes=1)
    agent.run_once(at)
    assert [c.action for c in seen] == [lp.Place("edge-2")]
    assert agent.decisions()[0].rule == "second"
    assert "second" in agent._repr_html_()


def test_dry_run_never_acts(sites: lp.Frame) -> None:
    seen: list[lp.Command] = []
    cluster = lp.actuator("cluster")(seen.append)
    at = pd.Timestamp(sites.times_ns[-1], tz="UTC")
    agent = make(sites, actuators=[cluster], dry_run=True).run_once(at)
    assert seen == []
    assert [e["body"]["status"] for e in agent.journal("outcome")] == ["planned"]


def test_a_broken_sensor_is_journalled_and_the_loop_goes_on(sites: lp.Frame) -> None:
    @lp.sensor("telemetry")
    def broken(window: lp.Window) -> None:
        raise OSError("the line is dead")

    agent = make(sites, sensors=[broken])
    at = pd.Timestamp(sites.times_ns[-1], tz="UTC")
    try:
        agent.run_once(at)
    except lp.Error as problem:
        assert "the line is dead" in str(problem) or problem.code != "internal"  # noqa: PT017
    assert "the line is dead" in str(agent.journal())
    assert not any(d.acts for d in agent.decisions())


def test_state_is_kept_and_locked(sites: lp.Frame, tmp_path) -> None:
    agent = make(sites, state=tmp_path).replay(sites)
    count = len(agent.journal())
    with pytest.raises(lp.Error, match=r"(?i)lock|use"):
        make(sites, state=tmp_path)
    assert len(lp.read_journal(tmp_path / "journal.sqlite")) == count


def test_mistakes_are_told_at_construction(sites: lp.Frame) -> None:
    with pytest.raises(lp.ConfigError, match="hysteresis"):
        make(sites, policy={"kind": "placement", "hysteresys": 1})
    with pytest.raises(lp.ConfigError, match="sitez"):
        make(sites, sitez={})


def test_log_lines_go_to_logging(sites: lp.Frame, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="learningplane"):
        make(sites).replay(sites.slice(0, 30))
    assert caplog.records


def test_live_run_ends_in_time(sites: lp.Frame) -> None:
    agent = make(sites, schedules={"s": {"trigger": {"kind": "interval", "every": "1h"}, "run": "decide"}})
    agent.run("300ms")
    assert agent.name == "planner"


def test_from_yaml(tmp_path, sites: lp.Frame) -> None:
    lp.write_csv(sites, tmp_path / "telemetry.csv")
    (tmp_path / "agent.yaml").write_text(
        """
agent: planner
applications: [web]
sensors: {telemetry: {kind: csv, path: telemetry.csv, label_columns: [site]}}
models: {qos: {kind: last, target: qos}}
sites:
  edge-1: {labels: {site: edge-1}}
  edge-2: {labels: {site: edge-2}}
policy: {kind: placement}
actuators: {cluster: {kind: recording}}
schedules: {watch: {trigger: {kind: interval, every: 5m}, run: decide}}
"""
    )
    agent = lp.Agent.from_yaml(tmp_path / "agent.yaml", parts={"last": Last})
    agent.replay(tmp_path / "telemetry.csv")
    assert [d.action for d in agent.decisions() if d.acts] == [lp.Place("edge-1"), lp.Place("edge-2")]
    with pytest.raises(lp.ConfigError, match=r"agent.yaml"):
        lp.Agent.from_yaml(tmp_path / "agent.yaml")


def test_schema_is_that_of_the_manifests() -> None:
    assert "sensors" in lp.agent_schema()["properties"]


def test_the_command_needs_no_numpy() -> None:
    code = (
        "import sys; sys.modules['numpy'] = None; from learningplane.__main__ import main; sys.exit(main(['version']))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    assert lp.__version__ in run.stdout


def test_models_stay_with_the_state(sites: lp.Frame, tmp_path) -> None:
    at = pd.Timestamp(sites.times_ns[-1], tz="UTC") + timedelta(seconds=30)
    model = {"qos": lp.Naive(target="qos")}
    make(sites, models=model, state=tmp_path).run_once(at)
    store = lp.ModelStore(tmp_path / "models")
    assert len(store.names()) == 2
    assert store.load(store.names()[0]).kind == "naive"


@pytest.fixture
def used() -> lp.Frame:
    """Four hours of what a pod uses: little, and in every second hour much."""
    t = pd.date_range("2026-01-05", periods=240, freq="min", tz="UTC")
    busy = np.arange(240) // 60 % 2 == 1
    columns = [
        lp.Column("cpu", np.where(busy, 1.5, 0.25)),
        lp.Column("memory", np.where(busy, 600.0, 200.0) * 2**20),
    ]
    return lp.Frame(lp.to_frame((t, busy.astype(float))).times_ns, columns)


def test_an_agent_that_sizes_replays_as_its_policy_does(used: lp.Frame) -> None:
    policy = lp.SizingWindow(memory_margin=0.25, cpu_bump_ratio=1)
    agent = lp.Agent(
        "sizes", sensors={"usage": lp.FrameSensor(used)}, policy=policy, applications=["web"],
        sizing={"step": "1m", "requested_cpu": 2, "requested_memory": 2**30},
        schedules={"size": {"trigger": {"kind": "interval", "every": "1m"}, "run": "decide"}},
    ).replay(used)  # fmt: skip
    sizes = [d.action for d in agent.decisions() if d.acts]
    assert sizes[0] == lp.Resize(0.25, 250 * 2.0**20)
    assert lp.Resize(1.5, 750 * 2.0**20) in sizes
    last = agent.decisions()[-1]
    assert "the sliding window of its usage asks for it [window]" in last.explain()
    assert [e["body"]["from"] for e in agent.journal("outcome")][0] == {"cpu_cores": 2, "memory_bytes": 2**30}


def test_an_actuator_in_python_tells_sizes_and_kills(used: lp.Frame) -> None:
    at = pd.Timestamp(used.times_ns[-1], tz="UTC") + timedelta(minutes=1)

    class Pods(lp.Actuator):
        def __init__(self) -> None:
            super().__init__()
            self.commands: list[lp.Command] = []

        def describe(self) -> str:
            return "pods"

        def delivery(self) -> str:
            return "at_least_once"

        def current_size(self, application: str) -> dict:
            return {
                "cpu_cores": 1.5, "memory_bytes": 700 * 2**20, "instances": 1, "requested": {"cpu_cores": 4},
                "out_of_memory": [{"at": at - timedelta(seconds=5), "memory_bytes": 700 * 2**20}],
            }  # fmt: skip

        def do_plan(self, command: lp.Command) -> lp.Outcome:
            return lp.Outcome("planned")

        def do_act(self, command: lp.Command) -> lp.Outcome:
            self.commands.append(command)
            return lp.Outcome("done")

    pods = Pods()
    agent = lp.Agent(
        "sizes", sensors={"usage": lp.FrameSensor(used)}, policy=lp.SizingWindow(cpu_bump_ratio=1), applications=["web"],
        actuators={"pods": pods}, sizing={"step": "1m"},
    ).run_once(at)  # fmt: skip
    assert [c.action for c in pods.commands] == [lp.Resize(1.5, 840 * 2.0**20)]
    details = agent.journal("decision")[0]["body"]["details"]
    assert details["memory"]["rule"] == "out_of_memory"
    assert details["requested"] == {"cpu_cores": 4, "memory_bytes": None}
    assert details["out_of_memory"][0]["memory_bytes"] == 700 * 2**20


def test_a_policy_of_sizes_that_cannot_run_live_is_refused(used: lp.Frame) -> None:
    with pytest.raises(lp.ConfigError, match="only a replay"):
        lp.Agent("sizes", sensors={"usage": lp.FrameSensor(used)}, policy=lp.SizingOracle(), applications=["web"])
    with pytest.raises(lp.ConfigError, match=r"sizing\.instances_quantile"):
        lp.Agent(
            "sizes", sensors={"usage": lp.FrameSensor(used)}, policy=lp.SizingHistogram(), applications=["web"],
            sizing={"instances_quantile": 0},
        )  # fmt: skip
