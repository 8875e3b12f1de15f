"""Frames, series and forecasts as pandas objects, on the same memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from learningplane._core import Forecast, Frame, Series

if TYPE_CHECKING:
    import pandas as pd


def _index(frame: Frame | Series | Forecast) -> pd.DatetimeIndex:
    import pandas as pd

    # From integers pandas takes the memory as it is; from datetime64 it copies to set the zone.
    index: pd.DatetimeIndex = pd.DatetimeIndex(frame.times_ns, tz="UTC", name="time", copy=False)
    return index


def frame_to_pandas(frame: Frame) -> pd.DataFrame:
    """A DataFrame on the frame's own memory, times in UTC; labels become levels of the columns."""
    import pandas as pd

    columns = frame.columns
    data = {i: pd.Series(c.values, index=None, copy=False) for i, c in enumerate(columns)}
    table: pd.DataFrame = pd.DataFrame(data, copy=False)
    table.index = _index(frame)
    keys = sorted({key for c in columns for key in c.labels})
    if keys:
        tuples = [(c.name, *(c.labels.get(k, "") for k in keys)) for c in columns]
        table.columns = pd.MultiIndex.from_tuples(tuples, names=["name", *keys])
    else:
        table.columns = pd.Index([c.name for c in columns])
    return table


def series_to_pandas(series: Series) -> pd.Series[float]:
    """A pandas Series on the series' own memory, times in UTC."""
    import pandas as pd

    result: pd.Series[float] = pd.Series(series.values, index=_index(series), name=series.name, copy=False)
    return result


def forecast_to_pandas(forecast: Forecast) -> pd.DataFrame:
    """One row a step: the mean, and one column for each quantile level."""
    import pandas as pd

    data = {"mean": forecast.mean}
    for i, level in enumerate(forecast.levels):
        data[f"q{level:g}"] = forecast.quantiles[:, i]
    table: pd.DataFrame = pd.DataFrame(data, index=_index(forecast))
    return table
