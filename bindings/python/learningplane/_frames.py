"""Frames and series from and to pandas and NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from learningplane._core import Column, ConfigError, Forecast, Frame, LogicError, Series, series_of

if TYPE_CHECKING:
    pass

_NAIVE = "the times have no zone: localize them (`index.tz_localize('UTC')`), or name their zone: zone='UTC'"


def to_frame(data: Any, *, name: str = "value", zone: str | None = None) -> Frame:
    """Whatever stands for a frame as a frame.

    A Frame, Series, Forecast, pandas DataFrame or Series with an aware DatetimeIndex, a mapping
    {"time": …, name: values, …}, or a pair (times, values). Contiguous float64 values and int64
    nanoseconds are shared, not copied: leave them unchanged afterwards.
    """
    if isinstance(data, Frame):
        return data
    if isinstance(data, Series):
        return data.to_frame()
    if isinstance(data, Forecast):
        return Frame(data.times_ns, [Column(data.target or name, data.mean)])
    if isinstance(data, tuple) and len(data) == 2:
        return Frame(times_ns(data[0], zone), [Column(name, np.asarray(data[1]))])
    if isinstance(data, dict):
        if "time" not in data:
            raise ConfigError("a mapping needs the key 'time' beside its columns")
        columns = [Column(str(k), np.asarray(v)) for k, v in data.items() if k != "time"]
        return Frame(times_ns(data["time"], zone), columns)
    if hasattr(data, "index") and hasattr(data, "to_numpy"):
        return _from_pandas(data, name, zone)
    kind = type(data).__name__
    raise ConfigError(
        f"a {kind} is no telemetry; allowed: Frame, Series, Forecast, a pandas DataFrame or Series, "
        "a mapping with 'time', or a pair (times, values)"
    )


def times_ns(times: Any, zone: str | None = None) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Times as int64 nanoseconds since 1970 UTC; int64 arrays are taken as just that."""
    array = times if isinstance(times, np.ndarray) else None
    if array is not None and array.dtype == np.int64:
        return array
    if hasattr(times, "tz") or hasattr(times, "dt"):  # a pandas index or series
        return _pandas_times(times, zone)
    if array is None and not isinstance(times, (str, bytes)):
        array = np.asarray(times)
    if array is not None and array.dtype.kind == "M":
        if zone is None:
            raise ConfigError(_NAIVE)
        nanoseconds = array.astype("datetime64[ns]", copy=False)
        if zone == "UTC":
            return nanoseconds.view(np.int64)
        import pandas as pd

        return _pandas_times(pd.DatetimeIndex(nanoseconds), zone)
    if array is not None and array.dtype == object:
        return np.fromiter((_stamp(t) for t in array), dtype=np.int64, count=len(array))
    raise ConfigError("times are int64 nanoseconds since 1970 UTC, datetime64 with a zone, or aware datetimes")


def _stamp(time: Any) -> int:
    from learningplane._core import time_ns

    return time_ns(time)


def _pandas_times(times: Any, zone: str | None) -> np.ndarray[Any, np.dtype[np.int64]]:
    import pandas as pd

    index = times if isinstance(times, pd.DatetimeIndex) else pd.DatetimeIndex(times)
    if index.tz is None:
        if zone is None:
            raise ConfigError(_NAIVE)
        index = index.tz_localize(zone)
    elif zone is not None and str(index.tz) != zone:
        raise ConfigError(f"the times are of the zone {index.tz} already; leave zone={zone!r} out")
    if index.hasnans:
        raise ConfigError("a time is missing (NaT)")
    if index.unit != "ns":
        index = index.as_unit("ns")  # copies even where there is nothing to do
    result: np.ndarray[Any, np.dtype[np.int64]] = index.asi8
    return result


def _from_pandas(data: Any, name: str, zone: str | None) -> Frame:
    import pandas as pd

    if not isinstance(data.index, pd.DatetimeIndex):
        if isinstance(data, pd.DataFrame) and {"unique_id", "ds", "y"} <= set(data.columns):
            return _from_long(data, zone)
        raise ConfigError("the index is no DatetimeIndex: set it with `data.set_index(time_column)`")
    times = times_ns(data.index, zone)
    if isinstance(data, pd.Series):
        return Frame(times, [_column(data.name if data.name is not None else name, data)])
    names = [str(n) for n in data.columns.names]
    columns = []
    for position, label in enumerate(data.columns):
        column = data.iloc[:, position]
        if isinstance(label, tuple):
            labels = {n: str(v) for n, v in zip(names[1:], label[1:], strict=True) if v != ""}
            columns.append(_column(label[0], column, labels))
        else:
            columns.append(_column(label, column))
    return Frame(times, columns)


def _from_long(data: Any, zone: str | None) -> Frame:
    from learningplane._core import join

    frames = []
    for identity, part in data.groupby("unique_id", sort=True):
        column = _column("y", part["y"], {"unique_id": str(identity)})
        frames.append(Frame(times_ns(part["ds"], zone), [column]))
    return join(frames)


def _column(name: Any, values: Any, labels: dict[str, str] | None = None) -> Column:
    array = values.to_numpy()
    if array.dtype.kind not in "fiub":
        try:
            array = values.to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError) as problem:
            raise ConfigError(f"the column {name!r} holds no numbers ({array.dtype})") from problem
    return Column(str(name), array, labels=labels or {})


def frame_from_numpy(times: Any, columns: Any, *, zone: str | None = None, names: list[str] | None = None) -> Frame:
    """Times (int64 UTC nanoseconds, or datetime64 with `zone`) and a mapping or a 2-D array of columns."""
    if isinstance(columns, dict):
        pairs = [(str(k), np.asarray(v)) for k, v in columns.items()]
    else:
        table = np.asarray(columns)
        if names is None or table.ndim != 2 or table.shape[1] != len(names):
            raise ConfigError("a 2-D array needs one name for each of its columns: names=[…]")
        pairs = [(n, table[:, i]) for i, n in enumerate(names)]
    return Frame(times_ns(times, zone), [Column(n, v) for n, v in pairs])


def frame_getitem(frame: Frame, name: str) -> Series:
    if not isinstance(name, str):
        raise LogicError("a frame is indexed by a column's name; rows come from slice() and between()")
    return series_of(frame, name)


def to_series(data: Any, *, name: str = "value", zone: str | None = None) -> Series:
    """A pandas Series, or whatever makes a frame of one column, as a series."""
    frame = to_frame(data, name=name, zone=zone)
    if len(frame.columns) != 1:
        raise ConfigError(f"a series has one column, here are {len(frame.columns)}")
    return Series(frame.times_ns, frame.columns[0])
