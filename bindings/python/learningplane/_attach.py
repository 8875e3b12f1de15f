"""Adds what is written in Python to the classes of the compiled part; NumPy comes with the first use."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from learningplane._core import Decision, Forecast, Forecaster, Frame, ModelCard, Series


def _late(module: str, function: str, doc: str) -> Callable[..., Any]:
    def method(*args: Any, **options: Any) -> Any:
        return getattr(importlib.import_module(f"learningplane.{module}"), function)(*args, **options)

    method.__name__ = function
    method.__doc__ = doc
    return method


def attach() -> None:
    """Conversions to and from pandas, plots and HTML for notebooks."""
    frame: Any = Frame
    series: Any = Series
    forecast: Any = Forecast
    decision: Any = Decision
    model: Any = Forecaster
    doc = "From a pandas object, a mapping or a pair (times, values); see to_frame()."
    frame.from_pandas = staticmethod(_late("_frames", "to_frame", doc))
    doc = "From times (int64 UTC nanoseconds, or datetime64 with `zone`) and columns."
    frame.from_numpy = staticmethod(_late("_frames", "frame_from_numpy", doc))
    frame.to_pandas = _late("_pandas", "frame_to_pandas", "A DataFrame on the same memory, times in UTC.")
    frame.__getitem__ = _late("_frames", "frame_getitem", "The named column as a Series.")
    series.from_pandas = staticmethod(_late("_frames", "to_series", "From a pandas Series."))
    series.to_pandas = _late("_pandas", "series_to_pandas", "A pandas Series on the same memory.")
    forecast.to_pandas = _late("_pandas", "forecast_to_pandas", "One row a step: mean and quantiles.")
    for cls in (frame, series, forecast):
        cls.plot = _late("_display", "plot", "Draws onto `ax` (a new one where None); returns the Axes.")
    card: Any = ModelCard
    for cls in (frame, series, forecast, decision, model, card):
        cls._repr_html_ = _late("_display", "to_html", "For notebooks.")
