"""Many series at once: forecast_many, fit_many, backtest_many, search_many."""

import datetime as dt
import sys

import learningplane as lp
import numpy as np
import pandas as pd
import pytest
from learningplane._many_input import long_series


def long(count: int = 6, length: int = 150, freq: str = "h", zone: str | None = "UTC") -> pd.DataFrame:
    parts = []
    for s in range(count):
        noise = np.random.default_rng(s).normal(0, 0.5, length)
        ds = pd.date_range("2026-01-05", periods=length, freq=freq, tz=zone)
        y = 10 + s + 3 * np.sin(2 * np.pi * np.arange(length) / 24) + noise
        parts.append(pd.DataFrame({"unique_id": f"s{s}", "ds": ds, "y": y}))
    return pd.concat(parts, ignore_index=True)


def test_each_series_as_if_it_were_alone():
    data = long()
    out = lp.forecast_many(data, model="theta", horizon=5, levels=(0.9, 0.1))
    assert list(out.columns) == ["unique_id", "ds", "mean", "q0.1", "q0.9"]
    assert len(out) == 30
    assert out.failures.empty
    for name, part in out.groupby("unique_id"):
        rows = data[data.unique_id == name].set_index("ds")["y"]
        alone = lp.Theta(horizon=5).fit(rows).predict(5, quantiles=(0.1, 0.9))
        np.testing.assert_array_equal(part["mean"], alone.mean)
        np.testing.assert_array_equal(part[["q0.1", "q0.9"]], alone.quantiles)
        np.testing.assert_array_equal(part["ds"].astype("int64"), alone.times_ns)


@pytest.mark.parametrize("model", ["auto", lp.NLinear(lags=24), {"kind": "ets"}])
def test_the_same_for_any_number_of_threads(model):
    data = long()
    one, two = (lp.forecast_many(data, model=model, horizon=4, levels=(0.1, 0.9), threads=n) for n in (1, 2))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    pd.testing.assert_frame_equal(one.notes, two.notes)


def test_a_mapping_of_arrays_does_as_well_and_rows_may_be_mixed():
    data = long()
    mixed = data.sample(frac=1, random_state=3)
    arrays = {
        "unique_id": mixed["unique_id"].to_numpy(),
        "ds": mixed["ds"].dt.as_unit("ns").astype("int64").to_numpy(),
        "y": mixed["y"].to_numpy(),
    }
    plain = lp.forecast_many(data, model="theta", horizon=3)
    other = lp.forecast_many(arrays, model="theta", horizon=3)
    np.testing.assert_array_equal(
        plain.sort_values(["unique_id", "ds"])["mean"], other.sort_values(["unique_id", "ds"])["mean"]
    )
    assert other.notes["note"].str.contains("rows sorted by time").all()
    assert not plain.notes["note"].str.contains("sorted").any()


def test_contiguous_values_are_shared_not_copied():
    data = long()
    assert np.shares_memory(long_series(data).values, data["y"].to_numpy())
    y = np.arange(10.0)
    series = long_series({"unique_id": ["a"] * 10, "ds": np.arange(10), "y": y})
    assert np.shares_memory(series.part(0, 1)[2], y)


def bad(name: str, y, ds=None) -> pd.DataFrame:
    ds = pd.date_range("2026-01-05", periods=len(y), freq="h", tz="UTC") if ds is None else ds
    return pd.DataFrame({"unique_id": name, "ds": ds, "y": np.asarray(y, dtype=float)})


def test_a_bad_series_is_a_failure_with_its_reason_and_stops_no_other():
    hours = pd.date_range("2026-01-05", periods=40, freq="h", tz="UTC")
    twice = hours[:39].append(hours[5:6])
    parts = [
        long(1),
        bad("short", [1.0]),
        bad("nan", [np.nan] * 40),
        bad("inf", [np.inf] * 40),
        bad("twice", np.arange(40), twice),
        bad(
            "uneven", [1, 2, 3], pd.to_datetime(["2026-01-05 00:00", "2026-01-06 00:00", "2026-01-06 07:11"], utc=True)
        ),
        bad("unknown end", [*np.arange(39), np.nan]),
        long(2).query("unique_id == 's1'"),
    ]
    out = lp.forecast_many(pd.concat(parts, ignore_index=True), model="naive", horizon=2)
    assert list(dict.fromkeys(out["unique_id"])) == ["s0", "s1"]
    codes = dict(zip(out.failures["unique_id"], out.failures["code"], strict=True))
    assert codes == {
        "short": "not_enough_data", "nan": "unknown_data", "inf": "unknown_data", "twice": "conflict",
        "uneven": "invalid_argument", "unknown end": "unknown_data",
    }  # fmt: skip
    assert "stands twice" in out.failures.set_index("unique_id").loc["twice", "message"]


def test_unknown_and_infinite_values_inside_are_bridged_and_told():
    y = np.full(60, 4.0)
    y[20], y[30] = np.nan, np.inf
    out = lp.forecast_many(bad("gap", y), model="naive", horizon=1)
    assert list(out["mean"]) == [4.0]
    assert "2 of 60 values not known (1 infinite)" in out.notes["note"][0]


@pytest.mark.parametrize("value", [0.0, 7.5])
def test_constant_and_all_zero_series_give_that_constant(value):
    out = lp.forecast_many(bad("flat", np.full(200, value)), horizon=5, levels=(0.1, 0.9))
    np.testing.assert_allclose(out[["mean", "q0.1", "q0.9"]], value, atol=1e-9)


def test_integers_that_no_float_can_hold_are_refused_series_by_series():
    for dtype, big in (("int64", 2**53 + 1), ("uint64", 2**64 - 1), (object, 10**30)):
        counts = pd.Series([1] * 39 + [big], dtype=dtype)
        ds = pd.date_range("2026-01-05", periods=40, freq="h", tz="UTC")
        table = pd.DataFrame({"unique_id": "big", "ds": ds, "y": counts})
        fine = table.assign(unique_id="fine", y=pd.Series([3] * 40, dtype=dtype))
        out = lp.forecast_many(pd.concat([table, fine]), model="naive", horizon=1)
        assert list(out["unique_id"]) == ["fine"]
        assert list(out["mean"]) == [3.0]
        assert list(out.failures["code"]) == ["too_large"]
        scored = lp.backtest_many(pd.concat([table, fine]), model="naive", horizon=1)
        assert list(scored["unique_id"]) == ["fine"]
        assert list(scored.failures["code"]) == ["too_large"]
        fitted = lp.fit_many(pd.concat([table, fine]), model="naive")
        assert list(fitted.ids) == ["fine"]
        assert list(fitted.failures["code"]) == ["too_large"]


def test_nullable_integers_keep_what_is_missing_unknown():
    data = bad("a", np.arange(40.0)).assign(y=pd.array([None, *range(1, 40)], dtype="Int64"))
    out = lp.forecast_many(data, model="naive", horizon=1)
    assert list(out["mean"]) == [39.0]
    assert "1 of 40 values not known" in out.notes["note"][0]


def test_times_without_a_zone_need_one():
    data = long(1, zone=None)
    with pytest.raises(lp.ConfigError, match="no zone"):
        lp.forecast_many(data, model="naive", horizon=1)
    out = lp.forecast_many(data, model="naive", horizon=1, zone="Europe/Madrid")
    assert str(out["ds"].dt.tz) == "Europe/Madrid"


def test_times_of_several_zones_are_instants_and_a_missing_zone_among_them_is_refused():
    utc = [dt.datetime(2026, 1, 5, h, tzinfo=dt.UTC) for h in range(24)]
    mixed = [t.astimezone(dt.timezone(dt.timedelta(hours=i % 3))) for i, t in enumerate(utc)]
    y = np.arange(24.0)
    one = lp.forecast_many({"unique_id": ["a"] * 24, "ds": utc, "y": y}, model="drift", horizon=2)
    two = lp.forecast_many({"unique_id": ["a"] * 24, "ds": mixed, "y": y}, model="drift", horizon=2)
    pd.testing.assert_frame_equal(one, two)
    assert "several zones" in two.notes["note"][0]
    assert "several zones" not in "".join(one.notes["note"])
    with pytest.raises(lp.ConfigError, match="some times have a zone"):
        lp.forecast_many({"unique_id": ["a"] * 24, "ds": [utc[0].replace(tzinfo=None), *mixed[1:]], "y": y}, horizon=1)


def test_the_step_is_checked_where_it_is_given():
    data = pd.concat([long(1), long(2, freq="5min").query("unique_id == 's1'")])
    out = lp.forecast_many(data, model="naive", horizon=1, freq="h")
    assert list(out["unique_id"]) == ["s0"]
    assert "its step is 5m, not 1h" in out.failures["message"][0]
    assert len(lp.forecast_many(data, model="naive", horizon=1)) == 2
    with pytest.raises(lp.ConfigError, match="fixed length"):
        lp.forecast_many(data, horizon=1, freq="MS")


def test_too_short_for_the_model_falls_back_where_that_is_asked_for():
    data = bad("short", [1.0, 2.0, 3.0])
    out = lp.forecast_many(data, model={"kind": "seasonal_naive", "season": 24}, horizon=1)
    assert list(out.failures["code"]) == ["not_enough_data"]
    out = lp.forecast_many(data, model={"kind": "seasonal_naive", "season": 24}, horizon=1, fallback="naive")
    assert list(out["mean"]) == [3.0]
    assert "fell back on naive" in out.notes["note"][0]


def test_wrong_calls_are_told_at_once():
    data = long(1)
    with pytest.raises(lp.ConfigError, match="theta"):
        lp.forecast_many(data, model="thetas", horizon=1)
    with pytest.raises(lp.ConfigError, match="colour"):
        lp.forecast_many(data, model={"kind": "theta", "colour": 1}, horizon=1)
    with pytest.raises(lp.Error, match="levels"):
        lp.forecast_many(data, horizon=1, levels=(0.5, 1.5))
    with pytest.raises(lp.ConfigError, match="horizon"):
        lp.forecast_many(data, horizon=0)
    with pytest.raises(lp.ConfigError, match="lack y"):
        lp.forecast_many(data.drop(columns="y"), horizon=1)
    with pytest.raises(lp.ConfigError, match="no number"):
        lp.forecast_many(data.assign(y=pd.date_range("2026", periods=150, tz="UTC")), horizon=1)
    with pytest.raises(lp.ConfigError, match="'x' in row 0"):
        lp.forecast_many(data.assign(y=pd.Series(["x"] * 150, dtype=object)), horizon=1)
    with pytest.raises(lp.ConfigError, match="row 0 has no unique_id"):
        lp.forecast_many(data.assign(unique_id=None), horizon=1)
    with pytest.raises(lp.ConfigError, match="is no model"):
        lp.forecast_many(data, model=3, horizon=1)


def test_no_series_is_an_empty_table():
    out = lp.forecast_many(long(1).iloc[:0], model="naive", horizon=3, levels=(0.5,))
    assert out.empty
    assert list(out.columns) == ["unique_id", "ds", "mean", "q0.5"]
    assert out.failures.empty


def test_progress_is_told_and_its_exception_stops_the_run():
    told = []
    lp.forecast_many(long(8), model="naive", horizon=1, progress=lambda done, failed: told.append((done, failed)))
    assert told[-1] == (8, 0)

    def stop(done, failed):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lp.forecast_many(long(8), model="naive", horizon=1, progress=stop)


def test_a_bar_is_drawn_on_a_terminal_only(monkeypatch, capsys):
    pytest.importorskip("tqdm")
    lp.forecast_many(long(2), model="naive", horizon=1)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    lp.forecast_many(long(2), model="naive", horizon=1)
    assert "2/2" in capsys.readouterr().err
    lp.forecast_many(long(2), model="naive", horizon=1, progress=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("model", ["auto", "theta", lp.NLinear(lags=24)])
def test_fitted_models_predict_the_same_and_survive_a_folder(tmp_path, model):
    data = pd.concat([long(3), bad("short", [1.0])])
    fitted = lp.fit_many(data, model=model, horizon=4)
    assert len(fitted) == 3
    assert list(fitted.failures["unique_id"]) == ["short"]
    direct = lp.forecast_many(data, model=model, horizon=4, levels=(0.1, 0.9))
    again = fitted.predict(4, (0.1, 0.9))
    pd.testing.assert_frame_equal(direct, again, check_exact=True)
    fitted.save(tmp_path / "models")
    loaded = lp.load_many(tmp_path / "models")
    pd.testing.assert_frame_equal(direct, loaded.predict(4, (0.1, 0.9), threads=2), check_exact=True)


def test_fitted_models_go_into_a_store(tmp_path):
    data = long(2).replace({"unique_id": {"s1": "rack 7/b"}})
    names = lp.fit_many(data, model="theta", horizon=4).save(lp.ModelStore(tmp_path))
    assert names == {"s0": "s0", "rack 7/b": "series-000001"}
    store = lp.ModelStore(tmp_path)
    assert store.names() == ["s0", "series-000001"]
    expected = lp.forecast_many(data, model="theta", horizon=4)
    np.testing.assert_array_equal(store.load("s0").forecast(4).mean, expected["mean"][:4])


def test_backtest_is_that_of_evaluate_and_the_same_for_any_number_of_threads():
    data = pd.concat([long(3), bad("short", [1.0, 2.0])])
    one, two = (
        lp.backtest_many(data, model="theta", horizon=6, levels=(0.05, 0.95), origins=5, threads=n) for n in (1, 2)
    )
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert list(one["unique_id"]) == ["s0", "s1", "s2"]
    assert list(one.failures["unique_id"]) == ["short"]
    rows = data[data.unique_id == "s1"].set_index("ds")["y"]
    alone = lp.evaluate("theta", rows, horizon=6, origins=5, horizons=(6,)).to_pandas()
    assert one["mae"][1] == alone["mae"].iloc[0]
    assert one["mase"][1] == alone["mase"].iloc[0]
    assert (one["origins"] == 5).all()
    assert (one["n"] == 30).all()


def test_search_finds_the_season_that_is_there():
    found = lp.search_many(
        long(4, 200), model="seasonal_naive", grid={"season": [7, 24, 10]}, horizon=12, origins=4, score="mae"
    )
    assert found.best == {"season": 24}
    assert list(found.table["season"])[0] == 24
    assert found.table["score"].is_monotonic_increasing
    assert (found.best_by_series["candidate"] == 1).all()
    assert found.estimator().get_params()["season"] == 24
    with pytest.raises(lp.ConfigError, match="no parameter colour"):
        lp.search_many(long(1), model="theta", grid={"colour": [1]}, horizon=2)
    with pytest.raises(lp.ConfigError, match="grid"):
        lp.search_many(long(1), model="theta", grid={}, horizon=2)
    with pytest.raises(lp.Error, match="no series has"):
        lp.search_many(bad("a", [1.0, 2.0]), model="drift", grid={"max_gap": [1]}, horizon=2)
