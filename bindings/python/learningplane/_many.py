"""Thousands of series at once: forecast_many(), fit_many(), backtest_many(), search_many()."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

try:
    import pandas as pd
except ImportError:  # pragma: no cover
    raise ImportError("many series come from and go to pandas: pip install 'learningplane[pandas]'") from None

from learningplane import _core
from learningplane._core import ConfigError, ModelStore, list_models, load_model, save_model
from learningplane._distribute import run
from learningplane._estimators import ForecastEstimator
from learningplane._many_input import LongSeries, long_series

_COLUMNS = ("unique_id", "ds", "y")


class ManyFrame(pd.DataFrame):  # type: ignore[misc]  # pandas ships no types
    """A DataFrame that also tells which series failed, and what was noted of the others."""

    _metadata = ["failures", "notes"]
    failures: pd.DataFrame
    """unique_id, code, message of each series without a result."""
    notes: pd.DataFrame
    """unique_id, note: what was done to the input, what the fit chose."""

    @property
    def _constructor(self) -> Any:
        return pd.DataFrame


def forecast_many(
    data: Any,
    *,
    model: Any = "auto",
    horizon: int,
    freq: Any = None,
    levels: Sequence[float] = (),
    threads: int | None = None,
    cluster: str | None = None,
    progress: Any = True,
    fallback: str | None = None,
    columns: tuple[str, str, str] = _COLUMNS,
    zone: str | None = None,
) -> ManyFrame:
    """Fits a model on each series of a long table and forecasts `horizon` steps.

    `data`: a DataFrame or a mapping with unique_id, ds, y (or the names in `columns`). Times need a
    zone, or `zone`. `model`: a kind or an estimator. `freq`: the step that every series must have;
    without it each has its own. `fallback`: a kind for series that are too short for the model.
    `threads`: none given means all; with `cluster` ("local", "auto", "ray://HOST:PORT") the work
    runs on Ray, with the same results. `progress`: a bar on a terminal where tqdm is installed, or a
    function of (done, failed).

    Gives unique_id, ds, mean, q0.1 … and, as attributes, `failures` and `notes`. A series that
    cannot be forecast is a row of `failures`; the others are not touched by it. Rows out of order
    are sorted, with a note. Unknown and infinite values are bridged where the model bridges gaps,
    with a note; a time that stands twice, an unknown end, and integers beyond 2^53 are failures.
    """
    series = long_series(data, columns=columns, freq=freq, zone=zone)
    settings = _settings(model, horizon, levels, fallback, series)
    with _Bar(progress, len(series), "forecast") as report:
        result = run("forecast_many", series, [settings], threads=threads, cluster=cluster, report=report)[0]
    return _forecasts(series.ids, series.zone, result, settings["levels"], columns, series)


class FittedMany:
    """Fitted models of many series."""

    def __init__(self, ids: Any, models: list[Any], zone: Any, columns: tuple[str, str, str] = _COLUMNS) -> None:
        self.ids = pd.Index(ids)
        """Of the series that have a model, in the order of `models`."""
        self.models = models
        self.zone = zone
        self.columns = columns
        self.failures = pd.DataFrame(columns=[columns[0], "code", "message"])
        self.notes = pd.DataFrame(columns=[columns[0], "note"])

    def __len__(self) -> int:
        return len(self.models)

    def predict(
        self, horizon: int, levels: Sequence[float] = (), *, threads: int | None = None, progress: Any = True
    ) -> ManyFrame:
        """The coming steps of every series, as forecast_many() gives them."""
        wanted = _levels(levels)
        settings = {"horizon": int(horizon), "levels": wanted, "threads": threads or 0}
        with _Bar(progress, len(self), "predict") as report:
            result = _core.predict_many(self.models, settings, report)
        return _forecasts(self.ids, self.zone, result, wanted, self.columns)

    def save(self, to: Any, *, trained_on: str = "") -> dict[Any, str]:
        """Into a folder, one file a series and the list series.json, for load_many(); or into a ModelStore.

        In a store a series is named by its id, where that is made of letters, digits, '.', '_' and '-';
        else "series-" and its place. Gives the names.
        """
        names: dict[Any, str] = {}
        if isinstance(to, ModelStore):
            for place, (identity, model) in enumerate(zip(self.ids, self.models, strict=True)):
                name = str(identity)
                if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
                    name = f"series-{place:06d}"
                to.publish(name, model, trained_on=trained_on)
                names[identity] = name
            return names
        folder = Path(to)
        folder.mkdir(parents=True, exist_ok=True)
        for place, (identity, model) in enumerate(zip(self.ids, self.models, strict=True)):
            names[identity] = f"{place:06d}.lpm"
            save_model(model, folder / names[identity], trained_on=trained_on)
        ids = [i.item() if isinstance(i, np.generic) else i for i in self.ids]
        if not all(isinstance(i, (str, int)) for i in ids):
            ids = [str(i) for i in ids]
        listed = {"format": 1, "zone": str(self.zone), "columns": list(self.columns), "series": ids}
        (folder / "series.json").write_text(json.dumps(listed), encoding="utf-8")
        return names


def load_many(folder: Any) -> FittedMany:
    """What FittedMany.save() wrote into a folder."""
    listed = json.loads((Path(folder) / "series.json").read_text(encoding="utf-8"))
    if listed.get("format") != 1:
        raise ConfigError(f"series.json is of format {listed.get('format')!r}; format 1 can be read")
    models = [load_model(Path(folder) / f"{place:06d}.lpm") for place in range(len(listed["series"]))]
    id_column, time_column, value_column = listed["columns"]
    return FittedMany(listed["series"], models, listed["zone"], (id_column, time_column, value_column))


def fit_many(
    data: Any,
    *,
    model: Any = "auto",
    horizon: int = 36,
    freq: Any = None,
    threads: int | None = None,
    cluster: str | None = None,
    progress: Any = True,
    fallback: str | None = None,
    columns: tuple[str, str, str] = _COLUMNS,
    zone: str | None = None,
) -> FittedMany:
    """Fits a model on each series and keeps them: predict() and save() follow. Arguments as forecast_many().

    `horizon`: steps that the models learn to forecast.
    """
    series = long_series(data, columns=columns, freq=freq, zone=zone)
    settings = _settings(model, horizon, (), fallback, series)
    with _Bar(progress, len(series), "fit") as report:
        result = run("fit_many", series, [settings], threads=threads, cluster=cluster, report=report)[0]
    good = [i for i, place in enumerate(result["index"]) if int(place) not in series.refused]
    models = [result["models"][i] for i in good]
    out = FittedMany(series.ids[result["index"][good]], models, series.zone, columns)
    out.failures, out.notes = _remarks(series.ids, result, columns[0], series)
    return out


def backtest_many(
    data: Any,
    *,
    model: Any = "auto",
    horizon: int,
    freq: Any = None,
    levels: Sequence[float] = (),
    origins: int = 24,
    every: int = 0,
    share: float = 0.3,
    refit: str = "origin",
    season: int = 0,
    threads: int | None = None,
    cluster: str | None = None,
    progress: Any = True,
    columns: tuple[str, str, str] = _COLUMNS,
    zone: str | None = None,
) -> ManyFrame:
    """Scores a model at rolling origins of each series: a row a series; settings as evaluate().

    `pinball` is the mean over `levels`. Scores that are not known (MASE of a constant) are NaN.
    """
    series = long_series(data, columns=columns, freq=freq, zone=zone)
    settings = {
        **_settings(model, horizon, levels, None, series),
        "origins": origins, "every": every, "share": float(share), "refit": refit, "season": season,
    }  # fmt: skip
    with _Bar(progress, len(series), "backtest") as report:
        result = run("backtest_many", series, [settings], threads=threads, cluster=cluster, report=report)[0]
    return _scores(series, result, columns[0])


def _scores(series: LongSeries, result: dict[str, Any], id_column: str) -> ManyFrame:
    table = {k: v for k, v in result.items() if k not in ("index", "failures", "notes")}
    out = ManyFrame({id_column: series.ids[result["index"]], **table})
    if series.refused:
        out = ManyFrame(out[~np.isin(result["index"], list(series.refused))].reset_index(drop=True))
    out.failures, out.notes = _remarks(series.ids, result, id_column, series)
    return out


def _levels(levels: Sequence[float]) -> list[float]:
    return sorted(float(level) for level in levels)


def _settings(
    model: Any, horizon: int, levels: Sequence[float], fallback: str | None, series: LongSeries
) -> dict[str, Any]:
    if isinstance(model, ForecastEstimator):
        kind, options = model.kind, model.options()
    elif isinstance(model, Mapping):
        options = dict(model)
        kind = str(options.pop("kind", ""))
    elif isinstance(model, str):
        kind, options = model, {}
    else:
        raise ConfigError(f"a {type(model).__name__} is no model; allowed: a kind, an estimator, a mapping with kind")
    parameters = {p["name"]: p.get("default") for p in list_models().get(kind, {}).get("parameters", [])}
    options.pop("target", None)
    if options.get("horizon") == parameters.get("horizon"):
        options.pop("horizon", None)  # what is asked for is what is learned
    return {
        "kind": kind, "model": options, "horizon": int(horizon), "levels": _levels(levels),
        "fallback": fallback or "", "step_ns": series.step_ns,
    }  # fmt: skip


def _forecasts(
    ids: Any,
    zone: Any,
    result: dict[str, Any],
    levels: Sequence[float],
    columns: tuple[str, str, str],
    series: LongSeries | None = None,
) -> ManyFrame:
    index, mean, quantiles = result["index"], result["mean"], result["quantiles"]
    times = result["times_ns"]
    if series is not None and series.refused:
        good = ~np.isin(index, list(series.refused))
        index, mean, quantiles, times = index[good], mean[good], quantiles[good], times[good]
    stamps = pd.DatetimeIndex(times.reshape(-1), tz="UTC")
    table: dict[str, Any] = {
        columns[0]: np.asarray(ids)[np.repeat(index, mean.shape[1])],
        columns[1]: stamps if zone in (None, "UTC") else stamps.tz_convert(zone),
        "mean": mean.reshape(-1),
    }
    for i, level in enumerate(levels):
        table[f"q{level:g}"] = quantiles[:, :, i].reshape(-1)
    out = ManyFrame(table)
    out.failures, out.notes = _remarks(ids, result, columns[0], series)
    return out


def _remarks(ids: Any, result: dict[str, Any], id_column: str, series: LongSeries | None) -> tuple[Any, Any]:
    refused = series.refused if series is not None else {}
    failed = {place: (code, message) for place, code, message in result["failures"]} | refused
    order = sorted(failed)
    failures = pd.DataFrame(
        [(ids[i], *failed[i]) for i in order], columns=[id_column, "code", "message"], index=range(len(order))
    )
    noted = [(place, text) for place, text in result["notes"] if place not in refused]
    if series is not None and series.note:
        said = dict(noted)
        noted = [
            (i, "; ".join(filter(None, (series.note, said.get(i))))) for i in range(len(series)) if i not in refused
        ]
    notes = pd.DataFrame([(ids[i], text) for i, text in noted], columns=[id_column, "note"])
    return failures, notes


class _Bar:
    """A bar on a terminal, a function of the caller, or nothing."""

    def __init__(self, progress: Any, total: int, text: str) -> None:
        self._bar: Any = None
        self._call = progress if callable(progress) else None
        if self._call is None and progress and sys.stderr is not None and sys.stderr.isatty():
            try:
                from tqdm import tqdm
            except ImportError:
                return
            self._bar = tqdm(total=total, desc=text, unit="series")

    def __enter__(self) -> Any:
        return self._call if self._bar is None else self._show

    def _show(self, done: int, failed: int) -> None:
        self._bar.update(done - self._bar.n)
        if failed:
            self._bar.set_postfix(failed=failed)

    def __exit__(self, kind: Any, *_: Any) -> None:
        if self._bar is not None:
            if kind is None:
                self._bar.update(self._bar.total - self._bar.n)
            self._bar.close()
