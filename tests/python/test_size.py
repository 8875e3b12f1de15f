"""CPU and memory of applications: the command's figures, and what stands round them."""

import json
import subprocess
import sys

import learningplane as lp
import numpy as np
import pandas as pd
import pytest

GIB = 2.0**30
POLICIES = ["request", "static_p95", "window_max", "histogram", "phase_max", "oracle"]
QUICK = {"k": 2, "history": 1, "epochs": 10}


def usage(seed: int = 1, rows: int = 600) -> pd.DataFrame:
    """Ten minutes of little, five of much, a minute apart."""
    rng = np.random.default_rng(seed)
    busy = (np.arange(rows) % 15) >= 10
    cpu = np.where(busy, 2.0, 0.2) * rng.uniform(0.9, 1.1, rows)
    memory = np.where(busy, 2.0, 0.5) * GIB * rng.uniform(0.95, 1.05, rows)
    index = pd.date_range("2026-01-05", periods=rows, freq="min", tz="UTC", name="time")
    return pd.DataFrame({"cpu": cpu, "memory": memory}, index=index)


@pytest.fixture
def path(tmp_path) -> str:
    file = tmp_path / "usage.csv"
    parts = [usage(seed).assign(pod=pod) for pod, seed in (("a", 1), ("b", 2))]
    pd.concat(parts).to_csv(file, date_format="%Y-%m-%dT%H:%M:%SZ")
    return str(file)


def command(*arguments: str) -> dict:
    """What the command prints as JSON."""
    code = "import sys; from learningplane._core import cli_main; sys.exit(cli_main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "size", *arguments, "--json"], capture_output=True, text=True, timeout=120, check=True
    )  # fmt: skip
    return json.loads(done.stdout)


def test_the_figures_are_the_commands(path: str) -> None:
    policies = [x for p in POLICIES for x in ("--policy", p)]
    told = command(
        "--trace", path, "--by", "pod", "--requested-cpu", "4", "--requested-memory", str(4 * GIB), "--window", "30",
        "--option", "k=2", "--option", "history=1", "--option", "epochs=10", "--each", *policies,
    )  # fmt: skip
    ask = {"requested_cpu": 4, "requested_memory": 4 * GIB, "window": 30, "phases": QUICK, "policies": POLICIES}
    result = lp.size(path, by="pod", **ask)
    assert result.policies == POLICIES
    assert result.applications == [r["application"] for r in told["policies"][0]["applications"]]
    for mine, theirs in zip(result.results, told["policies"], strict=True):
        each = theirs.pop("applications")
        assert mine == theirs
        for one in each:
            row = result.each.loc[(one["policy"], one["application"])]
            assert row["cpu_allocation"] == one["cpu"]["allocation"]
            assert row["out_of_memory"] == one["out_of_memory"]
    frame = lp.read_csv(path, label_columns=["pod"])
    for same in (frame, frame.to_pandas()):
        assert lp.size(same, **ask).results == result.results


def test_what_cannot_be_made_is_left_out_and_said(tmp_path) -> None:
    file = tmp_path / "usage.csv"
    still = usage().assign(cpu=0.1, memory=GIB, pod="still")
    pd.concat([usage(1).assign(pod="a"), still]).to_csv(file, date_format="%Y-%m-%dT%H:%M:%SZ")
    result = lp.size(file, by="pod", policies=["request", "phase_max"], phases=QUICK)
    assert [(x["policy"], x["application"]) for x in result.left_out] == [("phase_max", "still")]
    assert "no feature ever changes" in result.left_out[0]["reason"]
    assert [r["over"] for r in result.results] == [1, 1]
    assert np.isnan(result.each.loc[("phase_max", "still"), "cpu_allocation"])
    assert result.each.loc[("request", "still"), "cpu_allocation"] > 0
    assert np.isnan(result.limits("phase_max", "still")["cpu_limit"]).all()
    assert "still" in result.to_html()
    alone = still.drop(columns="pod")
    assert {x["policy"] for x in lp.size(alone, phases=QUICK).left_out} == {"phase_p95", "phase_sigma", "phase_max"}
    with pytest.raises(lp.Error, match="phase_max cannot be made"):
        lp.size(alone, policies="phase_max", phases=QUICK)


def test_the_table_is_what_the_limits_say() -> None:
    data = usage()
    result = lp.size(data, policies=["static_p95", "window_max"], seen="demand")
    for name, row in result.table.iterrows():
        limits = result.limits(name)
        assert len(limits) == 300  # the second half
        assert np.array_equal(limits["cpu"], data["cpu"].iloc[300:])
        assert row["cpu_allocation"] == pytest.approx(limits["cpu_limit"].mean())
        assert row["memory_above_share"] == pytest.approx((limits["memory"] > limits["memory_limit"]).mean())
        assert row["out_of_memory"] == (limits["memory"] > limits["memory_limit"]).sum()
        assert row["cpu_resizes"] >= (limits["cpu_limit"].diff().iloc[1:] != 0).sum()


def test_sizes_by_phase_need_less_than_one_size() -> None:
    data = usage()
    result = lp.size(data, policies=["static_p95", "phase_max"], phases=QUICK)
    table = result.table
    assert table.loc["phase_max", "cpu_allocation"] < 0.9 * table.loc["static_p95", "cpu_allocation"]


def test_policies_of_ones_own(tmp_path, path: str) -> None:
    file = tmp_path / "policies.yaml"
    file.write_text(
        "- {name: careful, kind: sizing_window, cpu_window: 6h, memory_window: 24h}\n- {kind: static, quantile: 0.99}\n"
    )
    told = command("--trace", path, "--by", "pod", "--policy-file", str(file))
    result = lp.size(path, by=["pod"], policies=[file])
    assert result.results == told["policies"]
    mapping = {"careful": {"kind": "sizing_window", "cpu_window": "6h", "memory_window": "24h"}}
    assert lp.size(path, by=["pod"], policies=mapping).results == [result.results[0]]


def test_phases_for_an_agent(tmp_path) -> None:
    file = tmp_path / "shop.sizes.json"
    lp.fit_phase_sizes(usage(), file, phases=QUICK)
    by_file = lp.size(
        usage(), policies=[{"kind": "sizing_phases", "model": str(file), "statistic": "max", "name": "phase_max"}]
    )
    by_name = lp.size(usage(), policies=["phase_max"], phases=QUICK)
    assert by_file.results == by_name.results
    two = pd.concat({"a": usage(1), "b": usage(2)}, axis=1).swaplevel(axis=1)
    two.columns.names = ["name", "pod"]
    with pytest.raises(lp.ConfigError, match="one application"):
        lp.fit_phase_sizes(two, file, phases=QUICK)


def test_what_is_wrong_is_named(path: str) -> None:
    data = usage(rows=100)
    bad = [
        (data, {"policies": ["magic"]}, "magic"),
        (data, {"policies": []}, "at least one"),
        (data, {"seen": "guessed"}, "guessed"),
        (data, {"train_share": 1}, "train_share"),
        (data, {"window": 0}, "window"),
        (data, {"next": "lstm"}, "lstm"),
        (data, {"cpu_unit": -1}, "cpu_unit"),
        (data, {"requested_cpu": 0}, "requested_cpu"),
        (data, {"by": "pod"}, "labels"),
        (data * -1, {"policies": ["request"]}, "negative"),
        (data[["cpu"]], {"policies": ["request"]}, "memory"),
        (path, {"policies": ["request"]}, "twice|conflict|by"),
    ]
    for given, options, match in bad:
        with pytest.raises(lp.Error, match=match):
            lp.size(given, **options)
    with pytest.raises(TypeError, match="windows"):
        lp.size(data, windows=3)


def test_the_page(path: str, tmp_path) -> None:
    result = lp.size(path, by="pod", policies=["static_p95", "window_max"])
    page = result.to_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page
    data = json.loads(page.split('type="application/json">')[1].split("</script>")[0])
    assert data["source"] == "usage.csv"
    assert [p["total"] for p in data["policies"]] == result.results
    limits = result.limits("window_max", "b")
    drawn = next(a for a in data["applications"] if a["name"] == "b")["policies"][1]["cpu"]["v"]
    assert drawn[0] == pytest.approx(limits["cpu_limit"].iloc[0], rel=1e-4)


def test_pictures() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    result = lp.size(usage(), policies=["static_p95", "window_max"])
    cpu, memory = result.plot().axes
    assert (cpu.get_ylabel(), memory.get_ylabel()) == ("cores", "MiB")
    labels = [line.get_label() for line in cpu.lines if not line.get_label().startswith("_")]
    assert labels == ["used", "static_p95", "window_max"]
    limits = result.limits("window_max")
    drawn = next(line for line in memory.lines if line.get_label() == "window_max").get_ydata()
    assert np.allclose(drawn, limits["memory_limit"] / 2**20)
    assert "window_max" in result._repr_html_()
    with pytest.raises(lp.ConfigError, match="magic"):
        result.plot("magic")
    plt.close("all")


def test_policies_as_objects(path: str) -> None:
    window = lp.SizingWindow(cpu_window="6h", memory_margin=0.1)
    assert isinstance(window, lp.SizingPolicy)
    assert not isinstance(window, lp.ScalingPolicy)
    assert window.options() == {"kind": "sizing_window", "cpu_window": "6h", "memory_margin": 0.1}
    as_object, as_mapping = (lp.size(path, by="pod", policies=p).results for p in (window, dict(window.options())))
    assert as_object[0]["cpu"] == as_mapping[0]["cpu"]
    named = lp.size(path, by="pod", policies={"mine": window, "theirs": lp.SizingHistogram()})
    assert named.policies == ["mine", "theirs"]
    with pytest.raises(TypeError, match="cpu_windw"):
        lp.SizingWindow(cpu_windw="6h")
