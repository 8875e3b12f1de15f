"""Rolling-origin evaluation, provisioning scores and target filters."""

import sys
import types

import learningplane as lp
import numpy as np
import pandas as pd
import pytest


def test_rolling_origins_equal_a_loop(table: pd.DataFrame) -> None:
    found = lp.evaluate(lp.Naive(target="qos"), table, horizon=5, origins=7, horizons=[1, 5])
    y = table["qos"].to_numpy()
    origins = np.unique(np.linspace(int(len(y) * 0.7), len(y) - 5, 7).astype(int))
    errors = np.stack([np.abs(y[o : o + 5] - y[o - 1]) for o in origins])
    scores = found.to_pandas()
    assert scores.loc[("all", "naive", 5), "mae"] == pytest.approx(errors.mean())
    assert scores.loc[("all", "naive", 1), "mae"] == pytest.approx(errors[:, 0].mean())
    steps = found.forecasts()
    assert list(steps.columns) == ["group", "model", "origin", "step", "time", "mean", "truth", "q0.05", "q0.95"]
    assert len(steps) == 35
    assert (steps["time"] - steps["origin"] == pd.Timedelta("1min") * steps["step"]).all()
    assert np.array_equal(steps["truth"], np.concatenate([y[o : o + 5] for o in origins]))


def test_several_models_and_groups(table: pd.DataFrame) -> None:
    frame = lp.join(
        [
            lp.Frame(
                table.index.as_unit("ns").asi8, [lp.Column("qos", table["qos"].to_numpy() * k, labels={"site": s})]
            )
            for k, s in ((1.0, "a"), (2.0, "b"))
        ]
    )
    models = {"last": "naive", "line": {"kind": "ridge", "lags": 12}, "held": lp.SeasonalNaive(season="4h")}
    found = lp.evaluate(models, frame, horizon=6, origins=40, group="site", refit="never", target="qos")
    scores = found.to_pandas()
    assert {i[:2] for i in scores.index} == {(g, m) for g in "ab" for m in models}
    assert scores.loc[("a", "line", 6), "mae"] < scores.loc[("a", "last", 6), "mae"]
    one = lp.evaluate(models, frame, horizon=6, origins=40, group="site", refit="never", target="qos", threads=1)
    pd.testing.assert_frame_equal(one.to_pandas(), scores)
    html = found._repr_html_()
    assert "held" in html
    assert "mase" in html
    assert "<svg" in found.to_html()
    assert "@DATA@" not in found.to_html()


def test_plot(table: pd.DataFrame) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    found = lp.evaluate("naive", table[["qos"]], horizon=5, origins=3)
    axes = found.plot()
    assert len(axes.lines) == 1 + 3
    with pytest.raises(lp.ConfigError, match="ridge"):
        found.plot(model="ridge")


def test_what_is_wrong_is_named(table: pd.DataFrame) -> None:
    with pytest.raises(lp.ConfigError, match="first"):
        lp.evaluate("naive", table, horizon=5, first="1h")
    with pytest.raises(lp.ConfigError, match="origins"):
        lp.evaluate(lp.Naive(target="qos"), table, origins=5)
    with pytest.raises(lp.ConfigError, match="target"):
        lp.evaluate("naive", table, horizon=5)
    with pytest.raises(lp.ConfigError, match="sometimes"):
        lp.evaluate("naive", table, horizon=5, target="qos", refit="sometimes")
    with pytest.raises(lp.ConfigError, match="magic"):
        lp.evaluate("magic", table, horizon=5, target="qos")
    with pytest.raises(TypeError, match="origin_count"):
        lp.evaluate("naive", table, horizon=5, origin_count=5)


def test_anticipating_is_an_estimator(table: pd.DataFrame) -> None:
    model = lp.Anticipating(target="qos", model="naive", filter="past_max", window=10).fit(table)
    assert model.predict(3).mean[0] == table["qos"].iloc[-10:].max()


def test_scores_as_functions() -> None:
    trace = np.array([1.0] * 7 + [6] + [1] * 7 + [5, 5] + [1] * 3)
    previous = np.r_[1.0, trace[:-1]]
    scores = lp._core.provisioning(previous, trace, 5)
    assert scores["over"] == pytest.approx(9 / 53) == scores["under"]
    assert (scores["precision"], scores["recall"], scores["covered_recall"]) == (1, 0, 0)
    assert lp._core.rank_correlation([1, 2, 3], [3, 5, 9]) == pytest.approx((1, 1))
    assert lp._core.filter_target([1, 1, 5, 1, 1, 1], "past_max", 2).tolist() == [1, 1, 5, 5, 1, 1]
    assert lp._core.provision([2, 2], [1, 3], under_cost=4)["cost"] == 2.5


def test_progress_is_told_on_a_terminal_only(table: pd.DataFrame, monkeypatch) -> None:
    told: list[tuple[int, int]] = []

    class Bar:
        def __init__(self, **_: object) -> None:
            self.n, self.total, self.closed = 0, 0, False
            bars.append(self)

        def update(self, more: int) -> None:
            self.n += more
            told.append((self.n, self.total))

        def close(self) -> None:
            self.closed = True

    bars: list[Bar] = []
    monkeypatch.setitem(sys.modules, "tqdm", types.SimpleNamespace(tqdm=Bar))
    ask = {"target": "qos", "horizon": 3, "origins": 4, "threads": 2}
    lp.evaluate(["naive"], table, **ask)  # pytest's standard error is no terminal
    assert not bars
    lp.evaluate(["naive"], table, progress=True, **ask)
    assert bars[0].closed
    assert told[-1] == (4, 4)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    lp.evaluate(["naive"], table, progress=True, **ask)  # not installed: none


def test_the_one_column_of_every_group_is_the_target() -> None:
    ds = list(pd.date_range("2026-01-05", periods=50, freq="h", tz="UTC"))
    long = pd.DataFrame({"unique_id": ["a"] * 50 + ["b"] * 50, "ds": ds * 2, "y": np.arange(100.0)})
    found = lp.evaluate("naive", long, horizon=2, group="unique_id", origins=2).to_pandas()
    assert list(found.index.get_level_values("group").unique()) == ["a", "b"]


def test_the_truth_is_not_drawn_over_what_was_not_looked_at(table: pd.DataFrame) -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    found = lp.evaluate("naive", table, target="qos", horizon=3, origins=4)
    truth = found.plot(ax=plt.subplots()[1]).lines[0]
    y = truth.get_ydata()
    assert truth.get_label() == "truth"
    assert len(y) == 4 * 3 + 3
    assert np.isnan(y).sum() == 3
    plt.close("all")
