"""Settings of a policy, searched over the simulator: the command's figures, and what stands round them."""

import json
import subprocess
import sys

import learningplane as lp
import pandas as pd
import pytest

TABLE = pd.DataFrame(
    [[n, 2.0 * n, 2.5 * n, 3.0 * n, 4.0 * n] for n in range(1, 13)], columns=["load", "min", "p50", "p95", "max"]
)
SEARCH = {"calm": ["10m", "20m", "40m"], "quantile": [0.5, 0.75, 0.9], "margin": [0.0, 0.1]}
RANGES = {"train": (2880, 5760), "score": (5760, 8640), "trials": 12, "train_slots": 2880, "refit_slots": 0}


@pytest.fixture
def latency(tmp_path) -> str:
    path = tmp_path / "latency.csv"
    TABLE.to_csv(path, index=False)
    return str(path)


@pytest.fixture(scope="module")
def rooms() -> lp.Series:
    return lp.operating_rooms(seed=4, weeks=1)


def test_the_figures_are_the_commands(latency: str, tmp_path) -> None:
    out = tmp_path / "policy.yaml"
    code = "import sys; from learningplane._core import cli_main; sys.exit(cli_main(sys.argv[1:]))"
    search = [x for k, v in SEARCH.items() for x in ("--search", f"{k}={json.dumps(v)}")]
    arguments = [
        "tune", "--trace", "generate:operating_rooms:1", "--seed", "4", "--latency", latency, "--policy", "hybrid",
        "--train-from", "2880", "--train-to", "5760", "--score-from", "5760", "--score-to", "8640", "--trials", "12",
        "--train-slots", "2880", "--refit-slots", "0", *search, "--out", str(out), "--json",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=300, check=True
    )
    found = lp.tune("generate:operating_rooms:1", seed=4, latency=latency, search=SEARCH, **RANGES)
    assert found.to_dict() == json.loads(done.stdout)
    mine = tmp_path / "mine.yaml"
    found.write(mine)
    assert mine.read_text() == out.read_text()


def test_the_chosen_policy_is_what_was_scored(latency: str, rooms: lp.Series) -> None:
    found = lp.tune(rooms, latency=latency, search=SEARCH, policy=lp.Hybrid(maximum=6), **RANGES)
    front = found.front
    chosen = found.to_dict()["chosen"]["score"]
    assert found.policy.get_params()["maximum"] == 6
    ask = {"latency": latency, "exact": True, "train_slots": 2880, "refit_slots": 0}
    run = lp.simulate(rooms, policies=[found.policy], start_slot=5760, slots=2880, **ask)
    assert run.table["events"].iloc[0] == chosen["events"]
    assert run.table["above_22"].iloc[0] == pytest.approx(chosen["violations"])
    assert run.table["instance_minutes"].iloc[0] == chosen["instance_minutes"]
    for i, a in front.iterrows():  # nobody on the front is beaten
        for j, b in front.iterrows():
            figures = ["events", "violations", "instance_minutes"]
            assert i == j or not ((a[figures] <= b[figures]).all() and (a[figures] < b[figures]).any())
    knee = lp.tune(rooms, latency=latency, search=SEARCH, policy=lp.Hybrid(maximum=6), choice="knee", **RANGES)
    assert knee.front["chosen"].sum() == 1  # the knee is on the front


def test_a_table_in_memory_is_written_beside_the_policy(rooms: lp.Series, tmp_path) -> None:
    found = lp.tune(rooms, latency=TABLE, search={"calm": ["10m", "20m"]}, **{**RANGES, "trials": 2, "score": None})
    found.write(tmp_path / "policy.yaml")
    assert lp.Capacity.read(tmp_path / "policy-latency.csv").quantile(4) == pytest.approx(12)
    result = lp.simulate(
        rooms, latency=TABLE, policies=[tmp_path / "policy.yaml"], start_slot=2880, slots=100, train_slots=2880
    )
    assert len(result.policies) == 1


def test_the_same_with_any_number_of_threads(latency: str, rooms: lp.Series) -> None:
    ask = {"latency": latency, "search": SEARCH, **RANGES, "trials": 6}
    assert lp.tune(rooms, threads=1, **ask).to_dict() == lp.tune(rooms, threads=3, **ask).to_dict()


def test_what_is_wrong_is_named(latency: str, rooms: lp.Series) -> None:
    bad = [
        ({"aims": ["calm"]}, "calm"),
        ({"bound": 21}, "bound"),
        ({"choice": "luck"}, "choice"),
        ({"trials": -1}, "trials"),
        ({"policy": "magic"}, "magic"),
        ({"policy": ["hybrid", "hpa"]}, "one policy"),
        ({"search": {"patience": [1]}}, "patience"),
        ({"train": (1,)}, "train"),
    ]
    for options, match in bad:
        with pytest.raises(lp.ConfigError, match=match):
            lp.tune(rooms, latency=latency, **{**RANGES, **options})
    with pytest.raises(TypeError, match="windows"):
        lp.tune(rooms, latency=latency, windows=3)


def test_pictures(latency: str, rooms: lp.Series) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    found = lp.tune(rooms, latency=latency, search=SEARCH, **{**RANGES, "trials": 4})
    ax = found.plot()
    assert len(ax.collections[0].get_offsets()) == len(found.front)
    assert [line.get_label() for line in ax.lines] == ["as given", "chosen"]
    assert "policies tried" in found._repr_html_()
    matplotlib.pyplot.close("all")
