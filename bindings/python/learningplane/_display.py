"""What notebooks show: tables in HTML, and plots with matplotlib where it is installed."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from learningplane._core import Decision, Forecast, Forecaster, Frame, ModelCard, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROWS = 8


def _table(header: list[str], rows: list[list[str]], caption: str) -> str:
    head = "".join(f"<th>{escape(h)}</th>" for h in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _time(ns: int) -> str:
    return f"{np.datetime64(int(ns), 'ns').astype('datetime64[s]')}Z"


def _number(x: float) -> str:
    return "unknown" if np.isnan(x) else f"{x:.6g}"


def _frame_html(frame: Frame) -> str:
    rows = list(range(min(len(frame), _ROWS)))
    cells = [[_time(frame.times_ns[i]), *(_number(c.values[i]) for c in frame.columns)] for i in rows]
    more = "" if len(frame) <= _ROWS else f", first {_ROWS} shown"
    share = f"{frame.imputed_share:.1%} imputed, {frame.unknown_share:.1%} unknown"
    caption = f"Frame: {len(frame)} rows{more}; {share}"
    return _table(["time (UTC)", *frame.names], cells, caption)


def _forecast_html(f: Forecast) -> str:
    header = ["time (UTC)", "mean", *(f"{level:g}" for level in f.levels)]
    cells = [
        [_time(f.times_ns[i]), _number(f.mean[i]), *(_number(q) for q in f.quantiles[i])]
        for i in range(min(len(f), _ROWS))
    ]
    more = "" if len(f) <= _ROWS else f", first {_ROWS} shown"
    return _table(header, cells, f"Forecast of {f.target} by {f.model}: {len(f)} steps{more}")


def _decision_html(d: Decision) -> str:
    rows = [
        [c.name, _number(c.value.value) if c.value.known else c.value.unknown,
         "yes" if c.feasible else "no", c.note]
        for c in d.considered
    ]  # fmt: skip
    table = _table(["choice", "forecast", "feasible", "note"], rows, f"{d.action!r} by rule {d.rule}")
    return f"<p>{escape(d.reason)}</p>{table}"


def _model_html(model: Forecaster) -> str:
    state = "fitted" if model.fitted else "not fitted"
    return f"<p><b>{escape(model.kind)}</b>: a forecaster, {state}</p>"


def _card_html(card: ModelCard) -> str:
    rows = [line.split(": ", 1) for line in str(card).splitlines() if ": " in line]
    return _table(["", ""], rows, f"Model card: {card.name}")


def to_html(thing: Any) -> str:
    """The HTML that a notebook shows for one of our objects."""
    if isinstance(thing, Series):
        return _frame_html(thing.to_frame())
    if isinstance(thing, Frame):
        return _frame_html(thing)
    if isinstance(thing, Forecast):
        return _forecast_html(thing)
    if isinstance(thing, Decision):
        return _decision_html(thing)
    if isinstance(thing, ModelCard):
        return _card_html(thing)
    return _model_html(thing)


def plot(thing: Frame | Series | Forecast, ax: Axes | None = None, **style: Any) -> Axes:
    """Draws columns over time, a forecast with its outermost quantiles as a band.

    Returns the Axes. Needs matplotlib (`pip install learningplane[plot]`).
    """
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.subplots()[1]
    times = thing.times_ns.view("datetime64[ns]")
    if isinstance(thing, Forecast):
        (line,) = ax.plot(times, thing.mean, **{"label": f"{thing.target} (forecast)", **style})
        if len(thing.levels) > 1:
            low, high = thing.quantiles[:, 0], thing.quantiles[:, -1]
            band = f"{thing.levels[0]:g} to {thing.levels[-1]:g}"
            ax.fill_between(times, low, high, alpha=0.25, color=line.get_color(), label=band)
    else:
        columns = [thing.column] if isinstance(thing, Series) else thing.columns
        for c in columns:
            ax.plot(times, c.values, **{"label": c.id, **style})
    ax.set_xlabel("time (UTC)")
    ax.legend()
    return ax
