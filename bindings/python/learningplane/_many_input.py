"""Many series in one long table: unique_id, ds, y as arrays that the compiled part reads in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from learningplane._core import ConfigError, time_ns
from learningplane._frames import times_ns

_EXACT = 2**53  # integers up to here are doubles without loss


@dataclass
class LongSeries:
    """Series one after another; the rows of series i are offsets[i] to offsets[i + 1]."""

    ids: Any
    """The identities, in the order in which they first stand in the table."""
    offsets: np.ndarray[Any, np.dtype[np.int64]]
    times_ns: np.ndarray[Any, np.dtype[np.int64]]
    values: np.ndarray[Any, np.dtype[np.float64]]
    step_ns: int = 0
    zone: Any = None
    """In which times are shown."""
    refused: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Code and message of series that cannot be numbers."""
    note: str = ""

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def part(self, first: int, last: int) -> tuple[Any, Any, Any]:
        """Offsets, times and values of some series, on the same memory."""
        begin, end = self.offsets[first], self.offsets[last]
        return self.offsets[first : last + 1] - begin, self.times_ns[begin:end], self.values[begin:end]


def long_series(
    data: Any,
    *,
    columns: tuple[str, str, str] = ("unique_id", "ds", "y"),
    freq: Any = None,
    zone: str | None = None,
) -> LongSeries:
    """A long DataFrame, or a mapping of arrays, as series.

    Values that are contiguous float64, in a table whose series stand one after another, are shared,
    not copied.
    """
    import pandas as pd

    given = list(data.columns) if hasattr(data, "columns") else list(data) if isinstance(data, Mapping) else []
    missing = [c for c in columns if c not in given]
    if missing:
        raise ConfigError(f"the data lack {', '.join(missing)}; they need {', '.join(columns)}")
    identity, time, value = (data[c] for c in columns)
    if not len(identity) == len(time) == len(value):
        raise ConfigError(f"{', '.join(columns)} differ in length: {len(identity)}, {len(time)}, {len(value)}")
    codes, ids = pd.factorize(identity if isinstance(identity, pd.Series) else np.asarray(identity))
    if (codes < 0).any():
        raise ConfigError(f"row {int(np.argmax(codes < 0))} has no {columns[0]}")
    stamps, shown, note = _times(time, zone)
    values, wrong = _values(value, columns[2])
    if len(codes) > 1 and (np.diff(codes) < 0).any():  # series are mixed: their rows are brought together
        order = np.argsort(codes, kind="stable")
        codes, stamps, values = codes[order], stamps[order], values[order]
        wrong = None if wrong is None else wrong[order]
    offsets = np.zeros(len(ids) + 1, dtype=np.int64)
    np.cumsum(np.bincount(codes, minlength=len(ids)), out=offsets[1:])
    out = LongSeries(ids, offsets, stamps, values, _step(freq), shown, note=note)
    if wrong is not None:
        text = "an integer is beyond 2^53 and would change as a float: scale it, or take differences"
        out.refused = {int(i): ("too_large", text) for i in np.unique(codes[wrong])}
    return out


def _values(given: Any, name: str) -> tuple[Any, Any]:
    """As float64, and which rows hold integers that no float64 can be."""
    array = given.to_numpy() if hasattr(given, "to_numpy") else np.asarray(given)
    if array.ndim != 1:
        raise ConfigError(f"{name!r} needs one dimension")
    if array.dtype == object:
        return _objects(array, name)
    if array.dtype.kind not in "fiub":
        raise ConfigError(f"the column {name!r} holds no numbers ({array.dtype})")
    wrong = None
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8 and len(array):
        beyond = array > _EXACT
        if array.dtype.kind == "i":
            beyond |= array < -_EXACT
        wrong = beyond if beyond.any() else None
    return np.ascontiguousarray(array, dtype=np.float64), wrong


def _objects(array: Any, name: str) -> tuple[Any, Any]:
    out = np.full(len(array), np.nan)
    wrong = np.zeros(len(array), dtype=bool)
    for row, cell in enumerate(array):
        if cell is None or type(cell).__name__ == "NAType":
            continue
        if isinstance(cell, (int, np.integer)):
            wrong[row] = abs(int(cell)) > _EXACT
            out[row] = 0.0 if wrong[row] else float(cell)
        elif isinstance(cell, (float, np.floating)):
            out[row] = cell
        else:
            raise ConfigError(f"{name!r} holds {cell!r} in row {row}, which is no number")
    return out, wrong if wrong.any() else None


def _times(given: Any, zone: str | None) -> tuple[Any, Any, str]:
    """Nanoseconds, the zone to show times in, and a note."""
    import pandas as pd

    kind = getattr(given, "dtype", None)
    if kind == np.int64 or (kind is not None and isinstance(given, np.ndarray) and kind.kind == "M"):
        return times_ns(given if isinstance(given, np.ndarray) else given.to_numpy(), zone), zone or "UTC", ""
    try:
        index = pd.DatetimeIndex(given)
    except (ValueError, TypeError):  # several zones in one column, or no times at all
        stamps = np.fromiter((_stamp(t, zone) for t in given), dtype=np.int64, count=len(given))
        return stamps, "UTC", "times of several zones, taken as instants and shown in UTC"
    return times_ns(index, zone), index.tz or zone, ""


def _stamp(time: Any, zone: str | None) -> int:
    try:
        return time_ns(time)
    except ConfigError as problem:
        hint = "; a zone=… does not help, for other rows have one" if zone else ""
        raise ConfigError(f"{problem}: some times have a zone and some have none, or one is no time{hint}") from None


def _step(freq: Any) -> int:
    if freq is None:
        return 0
    import pandas as pd

    try:
        step = pd.Timedelta(pd.tseries.frequencies.to_offset(freq) if isinstance(freq, str) else freq)
        nanoseconds = int(step.as_unit("ns").value)
    except (ValueError, TypeError):
        raise ConfigError(f"freq {freq!r}; allowed: a fixed length such as '5min', '1h', '1D' or a timedelta") from None
    if nanoseconds <= 0:
        raise ConfigError(f"freq {freq!r} is not above zero")
    return nanoseconds
