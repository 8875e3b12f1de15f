"""Scaling policies over a workload: the same figures as the command's, and what stands round them."""

import json
import os
import pathlib
import pickle
import shutil
import signal
import subprocess
import sys
import threading

import learningplane as lp
import numpy as np
import pandas as pd
import pytest
from learningplane._core import cli_main

TABLE = pd.DataFrame(
    [[n, 2.0 * n, 2.5 * n, 3.0 * n, 4.0 * n] for n in range(1, 13)], columns=["load", "min", "p50", "p95", "max"]
)
DAY = 1440
SMALL = {"start_slot": 2 * DAY, "slots": DAY, "train_slots": 2 * DAY, "refit_slots": 0}


@pytest.fixture
def latency(tmp_path) -> str:
    path = tmp_path / "latency.csv"
    TABLE.to_csv(path, index=False)
    return str(path)


@pytest.fixture(scope="module")
def rooms() -> lp.Series:
    return lp.operating_rooms(seed=3, weeks=1)


def command(*arguments: str) -> dict:
    """What the command prints as JSON."""
    code = "import sys; from learningplane._core import cli_main; sys.exit(cli_main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "simulate", *arguments, "--json"], capture_output=True, text=True, timeout=120, check=True
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.mark.parametrize("protocol", ["honest", "published"])
def test_the_figures_are_the_commands(latency: str, protocol: str) -> None:
    told = command(
        "--trace", "generate:operating_rooms:2", "--latency", latency, "--seed", "5", "--start-slot", "2880", "--slots", "1440",
        "--train-slots", "2880", "--startup-slots", "2", "--protocol", protocol, "--sample-share", "0.1",
    )  # fmt: skip
    result = lp.simulate(
        "generate:operating_rooms:2", latency=latency, seed=5, start_slot=2880, slots=1440, train_slots=2880,
        startup_slots=2, protocol=protocol, sample_share=0.1,
    )  # fmt: skip
    assert result.to_dict() == told
    assert result.policies == ["vanilla", "memory", "predictive", "oracle", "hybrid", "hpa"]
    assert sum(r["events"] for r in result.results) > 10


def test_the_figures_are_the_commands_with_a_throughput_and_a_policy_file(tmp_path) -> None:
    file = tmp_path / "policies.yaml"
    file.write_text("- {kind: hybrid, name: calm, calm: 30m}\n- {kind: reactive, window: 3m}\n")
    told = command(
        "--trace", "generate:operating_rooms:1", "--throughput", "4", "--policy", "oracle,hpa", "--policy-file", str(file),
        "--start-slot", "1440", "--slots", "1440", "--window", "30", "--exact",
    )  # fmt: skip
    result = lp.simulate(
        "generate:operating_rooms:1", throughput=4, policies=["oracle", "hpa", file], start_slot=1440, slots=1440,
        window=30, exact=True,
    )  # fmt: skip
    assert result.to_dict() == told
    assert result.policies == ["oracle", "hpa", "calm", "reactive"]


def test_whatever_stands_for_a_workload(latency: str, rooms: lp.Series, tmp_path) -> None:
    ask = {"latency": latency, "policies": ["vanilla"], "exact": True, "start_slot": 0, "slots": 900}
    pandas = rooms.to_pandas()
    csv = tmp_path / "load.csv"
    pandas.rename("load").tz_convert("UTC").to_csv(csv)
    lines = tmp_path / "load.txt"
    np.savetxt(lines, rooms.values, fmt="%g")
    table = pd.DataFrame({"other": 0.0, "rooms": pandas})
    expected = lp.simulate(rooms, **ask).to_dict()
    for trace in (pandas, rooms.to_frame(), rooms.values, list(rooms.values), str(csv), csv, lines):
        assert lp.simulate(trace, **ask).to_dict() == expected
    assert lp.simulate(table, column="rooms", **ask).to_dict() == expected
    slow = lp.simulate(rooms.values, slot="5m", **ask)
    assert slow.results[0]["instance_minutes"] >= 900 * 5


def test_whatever_stands_for_a_capacity(latency: str, rooms: lp.Series) -> None:
    ask = {"policies": ["hybrid", "oracle"], "exact": True, **SMALL}
    expected = lp.simulate(rooms, latency=latency, **ask).to_dict()
    for given in (
        TABLE,
        TABLE.set_index("load"),
        lp.Capacity.read(latency),
        lp.Capacity.parse(TABLE.to_csv(index=False)),
    ):
        assert lp.simulate(rooms, latency=given, **ask).to_dict() == expected
    capacity = lp.Capacity.read(latency)
    assert capacity.quantile(4) == pytest.approx(12)  # p95 is 3 a stream
    assert capacity.quantile(4, q=0.725) == pytest.approx(4 * 2.75)  # between p50 and p95
    assert capacity.quantile(8, instances=2) == pytest.approx(12)
    assert capacity.most_streams() == 7  # 21 is under 22
    assert lp.Capacity.from_throughput(5).most_streams() == 5


def test_a_capacity_from_measurements_survives_its_file() -> None:
    rng = np.random.default_rng(1)
    measured = {n: rng.gamma(9, n / 3, 50 + n) for n in (1, 2, 3)}
    capacity = lp.Capacity.from_samples(measured)
    again = lp.Capacity.parse(capacity.to_csv())
    for n, samples in measured.items():
        for q in (0.1, 0.5, 0.95):
            assert capacity.quantile(n, q) == pytest.approx(np.percentile(samples, 100 * q))
            assert again.quantile(n, q) == pytest.approx(capacity.quantile(n, q), rel=1e-12)
    seen = lp.Capacity.from_telemetry([1, 1, 2, np.nan], [3.0, 5.0, 9.0, 7.0])
    assert set(seen.rows) == {1.0, 2.0}
    assert seen.quantile(1, 0.5) == 4


def test_a_policy_is_a_name_a_mapping_or_an_object(latency: str, rooms: lp.Series) -> None:
    ask = {"latency": latency, "exact": True, **SMALL}
    objects = [
        lp.Reactive(window="3m", name="quick"),
        lp.Memory(),
        lp.PredictiveScaling(window="30m", forecasts="trace", name="oracle-30"),
        lp.Hybrid(calm="30m"),
        lp.Hpa(metrics=[{"name": "load", "target": 5}]),
        lp.Step(metric="latency", steps=[{"from": 22, "change": 1}, {"to": 10, "change": -1}]),
        lp.Schedule(periods=[{"from": "06:00", "to": "18:00", "replicas": 2}]),
    ]
    result = lp.simulate(rooms, policies=objects, **ask)
    assert result.policies == ["quick", "reactive_memory", "oracle-30", "hybrid", "hpa", "step", "schedule"]
    mappings = [{**o.options()} for o in objects]
    assert lp.simulate(rooms, policies=mappings, **ask).to_dict() == result.to_dict()
    named = lp.simulate(rooms, policies={"a": "vanilla", "b": lp.Reactive(), "c": {"kind": "reactive"}}, **ask)
    assert named.policies == ["a", "b", "c"]
    assert named.table.drop_duplicates().shape[0] == 1
    other = lp.simulate(rooms, policies=objects, window=20, reactive_window=20, **ask)
    assert other.to_dict() == result.to_dict()  # an object's window is its own
    instances = result.slots["schedule"]["instances"]
    assert instances.groupby(instances.index.hour).max().loc[[3, 12, 20]].tolist() == [1, 2, 1]


def test_policies_have_parameters() -> None:
    clone = pytest.importorskip("sklearn.base").clone
    policy = lp.Hybrid(quantile=0.6, calm="10m", maximum=8)
    assert policy.options() == {"kind": "hybrid", "quantile": 0.6, "calm": "10m", "maximum": 8}
    assert policy.get_params()["window"] == "1h"
    assert clone(policy) == policy == pickle.loads(pickle.dumps(policy))
    assert policy.set_params(calm="20m").options() == {"kind": "hybrid", "quantile": 0.6, "maximum": 8}
    assert repr(policy) == "Hybrid(quantile=0.6, maximum=8)"
    with pytest.raises(TypeError, match="patience"):
        lp.Hybrid(patience=3)
    with pytest.raises(lp.ConfigError, match="placement"):
        lp.make_policy("placement")


def test_slots_say_what_happened(latency: str, rooms: lp.Series) -> None:
    result = lp.simulate(rooms, latency=latency, policies=["vanilla", "hybrid"], exact=True, price=0.5, **SMALL)
    for name, row in result.table.iterrows():
        slots = result.slots[name]
        assert len(slots) == DAY
        assert slots["slot"].iloc[0] == 2 * DAY
        assert slots.index[0] == pd.Timestamp("2024-01-03", tz="UTC")
        assert np.array_equal(slots["load"], rooms.values[2 * DAY : 3 * DAY])
        assert (slots["event"] != 0).sum() == row["events"] == len(result.events(name))
        assert slots["instances"].sum() == row["instance_minutes"]
        assert row["cost"] == pytest.approx(row["instance_minutes"] / 60 * 0.5)
        assert (slots["latency"] > 20).mean() * 100 == pytest.approx(row["above_20"])
        # a change decided at the end of a slot is in effect from the next
        steps = slots["instances"].diff().shift(-1).dropna()
        assert (steps == slots["event"].iloc[:-1]).all()


def test_why_this_many(latency: str, rooms: lp.Series) -> None:
    result = lp.simulate(rooms, latency=latency, policies=["hybrid", "hpa"], exact=True, **SMALL)
    events = result.events("hybrid")
    first = events.iloc[0]
    decision = result.decision("hybrid", int(first["slot"]))
    assert decision.action == lp.Scale(int(first["replicas"]))
    assert decision.rule == first["rule"]
    assert decision.details["current"] == first["current"]
    assert decision.details["quantile"] == 0.75
    text = result.explain("hybrid", int(first["slot"]))
    assert text.startswith(f"hybrid, end of slot {first['slot']} (2024-01-03T")
    assert f"{first['current']} to {first['replicas']}" in text
    assert first["rule"] in text
    # of a slot in which nothing changed, too, and by time
    quiet = result.slots["hpa"].query("event == 0").index[700]
    assert result.explain("hpa", quiet) == result.explain(
        "hpa", 2 * DAY + (quiet - result.slots["hpa"].index[0]).seconds // 60
    )
    assert not result.decision("hpa", quiet).acts
    assert [c.name for c in result.decision("hpa", quiet).considered] == ["load"]
    with pytest.raises(lp.ConfigError, match="2880 to 4319"):
        result.explain("hpa", 3)
    with pytest.raises(lp.ConfigError, match="vanilla"):
        result.explain("vanilla", 3000)


def test_a_policy_can_be_asked_without_a_simulation(latency: str) -> None:
    policy = lp.Hybrid(capacity=latency, maximum=6).build()
    ask = {"at": "2026-01-05T08:00:00Z", "application": "web"}
    forecast = [9.0] * 60
    seen = lp.ScalingInput(replicas=1, load=9, latency=27, forecast=forecast)
    decision = policy.decide(lp.Observation(**ask, scaling=seen))
    assert decision.action == lp.Scale(2)
    assert decision.application == "web"
    assert decision.details["planned"] == 9
    nothing = policy.decide(
        lp.Observation(**{**ask, "at": "2026-01-05T08:01:00Z"}, scaling=lp.ScalingInput(replicas=2))
    )
    assert not nothing.acts
    assert nothing.details["load"] is None
    assert policy.decide(lp.Observation(**ask)).rule == "unknown_data"


def test_the_same_object_goes_to_an_agent(latency: str) -> None:
    policy = lp.Hybrid(capacity=latency, maximum=6, name="ours")
    parts = {
        "applications": ["web"],
        "sensors": {"csv": {"kind": "csv", "path": latency}},
        "models": {"load": lp.Naive(target="load")},
        "sites": {"edge": {}},
    }
    assert "scaler" in repr(lp.Agent("scaler", policy=policy, **parts))
    with pytest.raises(lp.ConfigError, match="maximum"):
        lp.Agent("scaler", policy=policy.set_params(maximum=0), **parts)


def test_the_same_with_any_number_of_threads(latency: str, rooms: lp.Series) -> None:
    ask = {"latency": latency, "sample_share": 0.05, "seed": 9, **SMALL}
    assert lp.simulate(rooms, threads=1, **ask).to_dict() == lp.simulate(rooms, threads=3, **ask).to_dict()
    assert lp.simulate(rooms, **ask).to_dict() != lp.simulate(rooms, **{**ask, "seed": 10}).to_dict()


def test_what_if_is_many_simulations(latency: str, rooms: lp.Series) -> None:
    ask = {"latency": latency, "policies": ["vanilla", "hybrid"], "sample_share": 0.05, **SMALL}
    table = lp.what_if(rooms, {"seed": range(3), "startup_slots": [0, 5]}, **ask)
    assert table.index.names == ["seed", "startup_slots", "policy"]
    assert len(table) == 3 * 2 * 2
    one = lp.simulate(rooms, seed=2, startup_slots=5, **ask).table
    pd.testing.assert_frame_equal(table.loc[(2, 5)], one, check_names=False)
    with pytest.raises(lp.LogicError, match="not compared"):
        lp.what_if(rooms, {"protocol": ["honest", "published"]}, **ask)
    with pytest.raises(lp.ConfigError, match="operating_rooms"):
        lp.what_if("generate:operating_rooms", {"seed": [1, 2]}, **ask)


def test_operating_rooms_keep_to_the_published_statistics() -> None:
    series = lp.operating_rooms(seed=1, weeks=4)
    load = series.to_pandas()
    assert len(load) == 4 * 7 * DAY
    assert load.index[0].day_name() == "Monday"
    assert load.max() <= 10
    weekend = load[load.index.day_of_week >= 5]
    assert weekend.max() <= 4
    assert weekend.mean() < 0.25 * load[load.index.day_of_week < 5].mean()
    assert np.array_equal(series.values[: 7 * DAY], lp.operating_rooms(seed=1, weeks=1).values)
    assert not np.array_equal(series.values, lp.operating_rooms(seed=2, weeks=4).values)


def test_unknown_loads_hold(latency: str, rooms: lp.Series) -> None:
    load = rooms.values.copy()
    load[2 * DAY + 600 : 2 * DAY + 700] = np.nan
    result = lp.simulate(load, latency=latency, policies=["vanilla", "hybrid", "hpa"], exact=True, **SMALL)
    for name in result.policies:
        assert result.table.loc[name, "unknown_slots"] == 100
        assert (result.slots[name]["event"].iloc[600:700] >= 0).all()  # never down on unknown data


def test_what_is_wrong_is_named(latency: str, rooms: lp.Series) -> None:
    bad = [
        ({"latency": latency, "throughput": 3}, "either latency"),
        ({}, "either latency"),
        ({"throughput": 0}, "above 0"),
        ({"latency": latency, "start_slot": 20_000}, "20000"),
        ({"latency": latency, "policies": []}, "at least one"),
        ({"latency": latency, "policies": ["magic"]}, "magic"),
        ({"latency": latency, "policies": [3]}, "no scaling policy"),
        ({"latency": latency, "policies": [lp.Hybrid(quantile=2)]}, "quantile"),
        ({"latency": latency, "policies": [{"kind": "placement"}]}, "placement"),
        ({"latency": latency, "protocol": "fair"}, "fair"),
        ({"latency": latency, "bounds": [1, 2]}, "three"),
        ({"latency": latency, "window": 0}, "window"),
        ({"latency": latency, "seed": -1}, "seed"),
        ({"latency": latency, "model": "magic", "policies": ["hybrid"], **SMALL}, "magic"),
        ({"latency": 3.0}, "latency table"),
    ]
    for options, match in bad:
        with pytest.raises(lp.ConfigError, match=match):
            lp.simulate(rooms, **options)
    with pytest.raises(TypeError, match="windows"):
        lp.simulate(rooms, latency=latency, windows=3)
    with pytest.raises(lp.Error, match="nowhere"):
        lp.simulate("nowhere.csv", latency=latency)
    with pytest.raises(lp.Error, match="is no number"):
        lp.simulate(rooms, latency=TABLE.astype(str).replace("3.0", "three"))
    uneven = rooms.to_pandas().drop(rooms.to_pandas().index[5])
    for trace, match in (
        (uneven, "resample"),
        ([1.0, -1.0], "below 0"),
        ([1.0], "two"),
        (pd.DataFrame({"a": rooms.to_pandas(), "b": 1.0}), "column"),
        ("generate:magic", "generate:operating_rooms"),
    ):
        with pytest.raises(lp.ConfigError, match=match):
            lp.simulate(trace, latency=latency)


def test_pictures(latency: str, rooms: lp.Series) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    result = lp.simulate(rooms, latency=latency, policies=["vanilla", "hybrid"], exact=True, **SMALL)
    load, instances, delay, events = result.plot().axes
    assert load.get_ylabel() == "load"
    assert [line.get_label() for line in instances.lines] == ["vanilla", "hybrid"]
    assert np.array_equal(instances.lines[1].get_ydata(), result.slots["hybrid"]["instances"])
    assert {line.get_ydata()[0] for line in delay.lines if len(line.get_ydata()) == 2} >= {18, 20, 22}
    assert sum(len(line.get_xdata()) for line in events.lines) == result.table["events"].sum()
    part = result.plot("hybrid", begin="2024-01-03T06:00", end="2024-01-03T07:59")
    assert len(part.axes[1].lines[0].get_xdata()) == 120
    assert len(result.plot_instances(policies=["hybrid"]).lines) == 1
    assert result.plot_latency().get_ylabel() == "latency"
    with pytest.raises(lp.ConfigError, match="magic"):
        result.plot("magic")
    html = result._repr_html_()
    assert "above_22" in html
    assert "protocol honest" in html
    plt.close("all")


def test_a_bar_tells_slots(latency: str, rooms: lp.Series, monkeypatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr("learningplane._progress.sys.stderr", type("T", (), {"isatty": lambda self: True})())

    class Bar:
        def __init__(self, **_: object) -> None:
            self.n, self.total = 0, 0

        def update(self, more: int) -> None:
            self.n += more
            told.append((self.n, self.total))

        def close(self) -> None:
            pass

    monkeypatch.setitem(sys.modules, "tqdm", type("M", (), {"tqdm": Bar}))
    lp.simulate(rooms, latency=latency, policies=["vanilla", "memory"], start_slot=0, slots=5000, streams=40)
    assert told
    assert {all_ for _, all_ in told} == {10_000}
    assert [n for n, _ in told] == sorted(n for n, _ in told)


def test_ctrl_c_ends_it(latency: str, monkeypatch) -> None:
    monkeypatch.setattr("learningplane._progress.sys.stderr", type("T", (), {"isatty": lambda self: True})())

    class Impatient:  # presses Ctrl-C once the work is under way
        def __init__(self, **_: object) -> None:
            self.n, self.total = 0, 0

        def update(self, more: int) -> None:
            self.n += more
            os.kill(os.getpid(), signal.SIGINT)

        def close(self) -> None:
            pass

    monkeypatch.setitem(sys.modules, "tqdm", type("M", (), {"tqdm": Impatient}))
    long = np.tile(lp.operating_rooms(weeks=1).values, 50)
    # Who starts tests in the background of a shell has the signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            lp.simulate(long, latency=latency, policies=["vanilla", "hpa"], start_slot=0, slots=len(long), streams=20)
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_run_meanwhile(latency: str) -> None:
    ticks, stop = [0], threading.Event()

    def count() -> None:
        while not stop.is_set():
            ticks[0] += 1
            stop.wait(0.002)

    thread = threading.Thread(target=count)
    thread.start()
    try:
        before = ticks[0]
        long = np.tile(lp.operating_rooms(weeks=1).values, 5)
        lp.simulate(long, latency=latency, policies=["vanilla"], start_slot=0, slots=len(long), streams=10)
        assert ticks[0] - before > 3
    finally:
        stop.set()
        thread.join()


def test_the_published_weeks(tmp_path) -> None:
    """The recorded operating rooms: the same figures as the command's."""
    root = pathlib.Path(os.environ.get("LEARNINGPLANE_DATA", pathlib.Path(__file__).parents[2] / "../shared/data"))
    trace, latency = root / "nct/rooms_weeks_1-4_1min.csv", root / "nct/pravega_latency_quantiles_ms.csv"
    if not trace.exists():
        pytest.skip(f"no {trace}")
    told = command("--trace", str(trace), "--latency", str(latency), "--exact", "--policy", "oracle,hybrid")
    result = lp.simulate(trace, latency=latency, exact=True, policies=["oracle", "hybrid"])
    assert result.to_dict() == told
    assert result.table.loc["hybrid", "events"] <= 12
    assert result.table.loc["hybrid", "above_22"] <= 0.10
    assert cli_main(["version"]) == 0


def test_the_example_s_agent_file_replays_as_it_was_simulated(tmp_path):
    example = pathlib.Path(__file__).parents[2] / "examples" / "09_simulate_a_policy"
    for name in ("agent.yaml", "policy.yaml", "latency.csv"):
        shutil.copy(example / name, tmp_path / name)
    rooms = lp.operating_rooms(seed=1, weeks=3)
    result = lp.simulate(
        rooms, latency=tmp_path / "latency.csv", policies=[tmp_path / "policy.yaml"], startup_slots=5, seed=1
    )
    instances = result.slots["ours"]["instances"]
    changed = instances[instances.diff().fillna(0) != 0]
    simulated = [(at.strftime("%FT%TZ"), int(n)) for at, n in changed.items()]
    load = rooms.to_pandas()
    load.index = load.index.strftime("%FT%TZ")
    load.iloc[: 2 * 10080 + 1].rename("load").to_csv(tmp_path / "load.csv", index_label="timestamp")
    code = "import sys; from learningplane._core import cli_main; sys.exit(cli_main(sys.argv[1:]))"
    replay = ["run", "agent.yaml", "--replay", "load.csv", "--from", "2024-01-08T00:00:00Z", "--json"]
    done = subprocess.run(
        [sys.executable, "-c", code, *replay], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=True
    )
    decisions = [json.loads(line) for line in done.stdout.splitlines()]
    acted = [(d["at"], d["action"]["replicas"]) for d in decisions if d.get("action", {}).get("kind") == "scale"]
    assert len(acted) == 10
    assert acted == simulated
