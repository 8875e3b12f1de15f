"""Frames and series from and to pandas and NumPy, copies counted."""

from datetime import datetime, timedelta, timezone

import learningplane as lp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

NS = 1_000_000_000


def times(n: int) -> np.ndarray:
    return 1_767_571_200 * NS + np.arange(n, dtype=np.int64) * 60 * NS


def test_numpy_in_and_out_shares_memory_both_ways() -> None:
    t, x = times(5), np.arange(5.0)
    frame = lp.Frame.from_numpy(t, {"x": x})
    assert np.shares_memory(frame.times_ns, t)
    assert np.shares_memory(frame.values("x"), x)
    assert np.shares_memory(frame["x"].values, x)
    assert not frame.values("x").flags.writeable
    assert not frame.times_ns.flags.writeable


def test_exported_memory_outlives_the_frame() -> None:
    frame = lp.Frame.from_numpy(times(1000), {"x": np.arange(1000.0)})
    view = frame.slice(10, 900).values("x")
    del frame
    assert view[0] == 10
    assert view[-1] == 909
    assert view.base is not None


def test_other_layouts_and_types_are_copied_once() -> None:
    wide = np.arange(10.0).reshape(5, 2)
    frame = lp.Frame.from_numpy(times(5), wide, names=["a", "b"])
    assert not np.shares_memory(frame.values("a"), wide)
    assert frame.values("b").tolist() == [1, 3, 5, 7, 9]
    small = np.arange(5, dtype=np.float32)
    assert lp.Frame.from_numpy(times(5), {"x": small}).values("x").dtype == np.float64


def test_pandas_in_and_out_shares_memory() -> None:
    x = np.linspace(0, 1, 5)
    index = pd.DatetimeIndex(times(5).view("datetime64[ns]"), tz="UTC")
    table = pd.DataFrame({"x": x}, index=index, copy=False)
    frame = lp.Frame.from_pandas(table)
    assert np.shares_memory(frame.values("x"), table["x"].to_numpy())
    assert np.shares_memory(frame.times_ns, index.asi8)
    back = frame.to_pandas()
    assert np.shares_memory(back["x"].to_numpy(), frame.values("x"))
    assert np.shares_memory(back.index.asi8, frame.times_ns)
    pd.testing.assert_frame_equal(back, table, check_names=False, check_freq=False)
    series = lp.Series.from_pandas(table["x"])
    assert np.shares_memory(series.values, table["x"].to_numpy())
    assert np.shares_memory(series.to_pandas().to_numpy(), series.values)


def test_aware_in_utc_out() -> None:
    index = pd.date_range("2026-03-29 01:00", periods=4, freq="h", tz="Europe/Berlin")
    back = lp.to_frame(pd.Series([1.0, 2, 3, 4], index=index, name="x")).to_pandas()
    assert str(back.index.tz) == "UTC"
    assert (back.index == index).all()


def test_naive_times_are_refused_unless_a_zone_is_given() -> None:
    index = pd.date_range("2026-01-05", periods=3, freq="min")
    series = pd.Series([1.0, 2, 3], index=index)
    with pytest.raises(lp.ConfigError, match="zone"):
        lp.to_frame(series)
    with pytest.raises(lp.ConfigError, match="zone"):
        lp.Frame.from_numpy(index.to_numpy(), {"x": np.arange(3.0)})
    berlin = lp.to_frame(series, zone="Europe/Berlin")
    assert berlin.times_ns[0] == pd.Timestamp("2026-01-04 23:00", tz="UTC").value
    with pytest.raises(lp.ConfigError, match="zone"):
        lp.Window(datetime(2026, 1, 5), datetime(2026, 1, 6))
    with pytest.raises(lp.ConfigError, match="zone"):
        lp.Window("2026-01-05T00:00:00", "2026-01-06T00:00:00Z")
    with pytest.raises(lp.ConfigError, match="zone"):
        lp.Window(np.datetime64("2026-01-05"), np.datetime64("2026-01-06"))


def test_times_that_do_not_increase_are_refused() -> None:
    with pytest.raises(lp.Error) as caught:
        lp.Frame.from_numpy(times(3)[::-1].copy(), {"x": np.arange(3.0)})
    assert caught.value.code == "malformed"


def test_labels_survive_pandas() -> None:
    columns = [
        lp.Column("qos", np.arange(3.0), labels={"cluster": "a"}),
        lp.Column("qos", np.arange(3.0) + 1, labels={"cluster": "b"}),
    ]
    frame = lp.Frame(times(3), columns)
    table = frame.to_pandas()
    assert table["qos"]["b"].tolist() == [1, 2, 3]
    again = lp.to_frame(table)
    assert again.names == frame.names
    assert again.values("qos", {"cluster": "b"}).tolist() == [1, 2, 3]


def test_long_format_with_unique_id_ds_y() -> None:
    ds = pd.date_range("2026-01-05", periods=3, freq="h", tz="UTC")
    long = pd.concat(pd.DataFrame({"unique_id": i, "ds": ds, "y": float(k)}) for k, i in enumerate("ab"))
    frame = lp.to_frame(long)
    assert frame.label_values("unique_id") == ["a", "b"]
    assert frame.values("y", {"unique_id": "b"}).tolist() == [1, 1, 1]


def test_flags_are_exported() -> None:
    frame = lp.Frame.from_numpy(times(3), {"x": np.array([1.0, np.nan, 3.0])})
    assert frame.flags("x").tolist() == [0, int(lp.CellFlag.absent), 0]
    filled = lp.clean(frame, [{"step": "interpolate"}])
    assert filled.values("x").tolist() == [1, 2, 3]
    assert filled.flags("x")[1] == int(lp.CellFlag.imputed)


def test_what_is_no_telemetry_is_refused() -> None:
    with pytest.raises(lp.ConfigError, match="no telemetry"):
        lp.to_frame(object())
    with pytest.raises(lp.ConfigError, match="no numbers"):
        lp.to_frame(pd.DataFrame({"x": ["a"]}, index=pd.date_range("2026", periods=1, tz="UTC")))
    with pytest.raises(lp.ConfigError, match="DatetimeIndex"):
        lp.to_frame(pd.DataFrame({"x": [1.0]}))


@given(hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(allow_infinity=False)))
def test_values_come_back_bit_by_bit(x: np.ndarray) -> None:
    frame = lp.to_frame((times(len(x)), x))
    assert np.array_equal(frame.values("value"), x, equal_nan=True)
    assert np.array_equal(lp.to_frame(frame.to_pandas()).values("value"), x, equal_nan=True)


@given(st.datetimes(datetime(1700, 1, 1), datetime(2250, 1, 1)), st.integers(-1439, 1439))
def test_datetimes_come_back(naive: datetime, offset: int) -> None:
    time = naive.replace(tzinfo=timezone(timedelta(minutes=offset)))
    window = lp.Window(time, time)
    assert window.begin == time
    assert window.begin.utcoffset() == timedelta(0)


@given(st.integers(-(2**62), 2**62))
def test_timestamps_keep_their_nanoseconds(ns: int) -> None:
    stamp = pd.Timestamp(ns, tz="UTC")
    assert lp._core.time_ns(stamp) == ns


@given(st.timedeltas(timedelta(0), timedelta(days=10_000)))
def test_durations_come_back(delta: timedelta) -> None:
    now = datetime(2026, 1, 5, tzinfo=timezone.utc)
    assert lp.Window(now, now, delta).step == delta
    assert lp.Window(now, now, np.timedelta64(delta)).step == delta


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), plain, max_size=5))
def test_trees_come_back(tree: dict) -> None:
    assert lp.Decision(lp.Hold(), details=tree).details == tree


def test_trees_that_cannot_be_are_refused() -> None:
    for wrong in ({"x": object()}, {"x": 2**70}, {1: 2}):
        with pytest.raises(lp.ConfigError):
            lp.Decision(lp.Hold(), details=wrong)
    loop: list = []
    loop.append(loop)
    with pytest.raises(lp.ConfigError, match="deeper"):
        lp.Decision(lp.Hold(), details={"x": loop})


def test_csv_goes_round(tmp_path, frame: lp.Frame) -> None:
    path = tmp_path / "telemetry.csv"
    lp.write_csv(frame, path, separator=";")
    again = lp.read_csv(path)
    assert np.array_equal(again.values("qos"), frame.values("qos"))
    assert np.array_equal(again.times_ns, frame.times_ns)


def test_resample_and_join(frame: lp.Frame) -> None:
    hourly = lp.resample(frame, "1h")
    assert len(hourly) == 24
    assert hourly.values("qos")[0] == pytest.approx(frame.values("qos")[:60].mean())
    both = lp.join([frame.select(["qos"]), frame.select(["load"])])
    assert both.names == ["qos", "load"]
