"""What a forecast rests on."""

from xml.etree import ElementTree

import learningplane as lp
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")
METHODS = ["permutation", "occlusion", "gradients", "shapley", "components"]


@pytest.fixture
def spikes() -> pd.DataFrame:
    """A burst of requests is followed three rows later by a spike of cpu."""
    rng = np.random.default_rng(5)
    n = 600
    requests = 10 + rng.random(n) + 20 * (rng.random(n) < 0.05)
    cpu = 1 + 0.1 * rng.random(n) + 0.2 * np.concatenate([np.full(3, 10.0), requests[:-3]])
    index = pd.date_range("2026-01-05", periods=n, freq="min", tz="UTC")
    return pd.DataFrame({"requests": requests, "other": 5 * rng.random(n), "cpu": cpu}, index=index)


@pytest.fixture
def ridge(spikes: pd.DataFrame) -> lp._estimators.ForecastEstimator:
    return lp.Ridge(target="cpu", inputs=["requests", "other"], lags=5, horizon=2).fit(spikes)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_names_what_announces_the_spikes(method, ridge, spikes) -> None:
    why = lp.explain(ridge, spikes, method=method, spikes=True, windows=20)
    assert why.ranking()[0] == "requests[3]"
    assert lp.explain(ridge, spikes, method=method, step=2, windows=20).ranking()[0] == "requests[2]"
    assert (why.method, why.model, why.target, why.spikes) == (method, "ridge", "cpu", True)
    assert why.windows <= 20
    table = why.to_pandas()
    assert table.index[0] == "requests[3]"
    assert len(table) == 15
    assert table["strength"].is_monotonic_decreasing
    ElementTree.fromstring(f"<div>{why._repr_html_()}</div>")
    assert "requests[3]" in repr(why)


def test_components_sum_to_the_forecast(ridge, spikes) -> None:
    why = lp.explain(ridge, spikes, method="components", grouping="columns", windows=1)
    total = why.reference + sum(e["mean"] for e in why.effects)
    assert total == pytest.approx(why.forecast, abs=1e-12)


def test_the_seed_decides(ridge, spikes) -> None:
    one, same, other = (lp.explain(ridge, spikes, seed=s) for s in (1, 1, 2))
    assert one == same
    assert one != other


def test_plots(ridge, spikes) -> None:
    import matplotlib.pyplot as plt

    heat = lp.explain(ridge, spikes, method="occlusion", block_lags=2).plot()
    assert heat.images[0].get_array().shape == (3, 5)
    bars = lp.explain(ridge, spikes, grouping="columns").plot()
    assert len(bars.patches) == 3
    assert len(lp.explain(ridge, spikes, grouping="lags").plot().patches) == 5
    plt.close("all")


def test_the_model_stays_as_it_was(spikes) -> None:
    for model in (lp.LSTM(target="cpu", lags=4, layers=[3], epochs=1), lp.Naive(target="cpu")):
        model.fit(spikes)
        before = model.predict(1).mean
        lp.explain(model.model_, spikes, method="occlusion", windows=5)
        assert np.array_equal(model.predict(1).mean, before)


def test_what_is_refused(ridge, spikes) -> None:
    with pytest.raises(lp.ConfigError, match="method"):
        lp.explain(ridge, spikes, method="magic")
    with pytest.raises(lp.ConfigError, match="step"):
        lp.explain(ridge, spikes, step=0)
    with pytest.raises(lp.Error, match="2 at once"):
        lp.explain(ridge, spikes, step=3)
    with pytest.raises(lp.NotFittedError):
        lp.explain(lp.Ridge(target="cpu"), spikes)
    with pytest.raises(lp.Error, match="no spike"):
        lp.explain(ridge, spikes.assign(cpu=1.0), spikes=True)


def test_a_reduced_detector_against_the_full_one(spikes) -> None:
    found = lp.reduce_detector(lp.Ridge(target="cpu", lags=5), spikes, keep=1, block_lags=1)
    assert found["kept"] == ["requests[3]", "cpu[1]"]
    assert found["full"]["cells"] == 15
    assert found["reduced"]["cells"] == 2
    assert found["reduced"]["provision"]["recall"] == 1
    # The last value comes too late, but for a spike that follows another within two rows.
    assert found["naive"]["provision"]["recall"] < 0.5
    with pytest.raises(lp.ConfigError, match="inputs"):
        lp.reduce_detector(lp.Naive(target="cpu"), spikes)
    with pytest.raises(lp.Error, match="magic"):
        lp.reduce_detector(lp.Ridge(target="cpu"), spikes, filter="magic")
