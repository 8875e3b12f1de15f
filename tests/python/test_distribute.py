"""Many series on a Ray cluster: the same results as on threads."""

import builtins
import importlib.util

import learningplane as lp
import numpy as np
import pandas as pd
import pytest
from learningplane._distribute import chunks, merge
from test_many import bad, long

needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed")
# Ray opens sockets and files of its own that it leaves to the end of the process.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore::ResourceWarning",
    "ignore::FutureWarning",
    "ignore::DeprecationWarning",
)


def test_chunks_cover_everything_once():
    for count in (0, 1, 7, 100, 12_345):
        for workers in (1, 2, 16):
            ranges = chunks(count, workers)
            assert ranges[0][0] == 0
            assert ranges[-1][1] == count
            assert all(a[1] == b[0] for a, b in zip(ranges, ranges[1:], strict=False))


def test_parts_are_numbered_on():
    part = {"index": np.array([0, 2]), "mean": np.ones((2, 3)), "failures": [(1, "conflict", "x")], "notes": []}
    whole = merge([(0, part), (3, part)])
    assert list(whole["index"]) == [0, 2, 3, 5]
    assert whole["mean"].shape == (4, 3)
    assert [f[0] for f in whole["failures"]] == [1, 4]


def test_without_ray_the_way_out_is_told(monkeypatch):
    real = builtins.__import__

    def no_ray(name, *args, **more):
        if name == "ray":
            raise ImportError("no ray")
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", no_ray)
    with pytest.raises(lp.ConfigError, match=r"pip install 'learningplane\[ray\]'"):
        lp.forecast_many(long(1), horizon=1, cluster="local")


def test_a_cluster_is_an_address():
    with pytest.raises(lp.ConfigError, match="allowed: 'local', 'auto'"):
        lp.forecast_many(long(1), horizon=1, cluster="")


@needs_ray
def test_no_cluster_there_is_told():
    with pytest.raises(lp.ConfigError, match="ray start --head"):
        lp.forecast_many(long(1), horizon=1, cluster="127.0.0.1:1")


@pytest.fixture(scope="module")
def ray():
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield ray
    ray.shutdown()


def both(call, **more):
    return call(threads=2, **more), call(cluster="local", **more)


@needs_ray
@pytest.mark.parametrize("model", ["auto", "theta", lp.NLinear(lags=24)])
def test_forecasts_are_those_of_threads_bit_for_bit(ray, model):
    data = pd.concat([long(5), bad("short", [1.0]), long(7).query("unique_id == 's6'")])

    def forecast(**where):
        return lp.forecast_many(data, model=model, horizon=4, levels=(0.1, 0.9), **where)

    threads, cluster = both(forecast)
    pd.testing.assert_frame_equal(threads, cluster, check_exact=True)
    pd.testing.assert_frame_equal(threads.failures, cluster.failures)
    pd.testing.assert_frame_equal(threads.notes, cluster.notes)


@needs_ray
def test_fitted_models_come_home(ray):
    data = pd.concat([long(5), bad("short", [1.0])])

    def fit(**where):
        return lp.fit_many(data, model="auto", horizon=4, **where)

    threads, cluster = both(fit)
    assert list(threads.ids) == list(cluster.ids)
    pd.testing.assert_frame_equal(threads.predict(4, (0.1, 0.9)), cluster.predict(4, (0.1, 0.9)), check_exact=True)


@needs_ray
def test_backtests_and_searches_are_those_of_threads(ray):
    data = pd.concat([long(5, 200), bad("short", [1.0])])

    def backtest(**where):
        return lp.backtest_many(data, model="ets", horizon=4, origins=3, **where)

    def search(**where):
        grid = {"season": [12, 24]}
        return lp.search_many(data, model="seasonal_naive", grid=grid, horizon=4, origins=3, **where)

    pd.testing.assert_frame_equal(*both(backtest), check_exact=True)
    threads, cluster = both(search)
    pd.testing.assert_frame_equal(threads.table, cluster.table, check_exact=True)
    pd.testing.assert_frame_equal(threads.scores, cluster.scores, check_exact=True)
    told = []
    search(cluster="local", progress=lambda done, failed: told.append(done))
    assert told[-1] == 12


@needs_ray
def test_a_wrong_option_is_a_config_error_from_there_too(ray):
    with pytest.raises(lp.ConfigError, match="colour"):
        lp.forecast_many(long(2), model={"kind": "theta", "colour": 1}, horizon=1, cluster="local")
