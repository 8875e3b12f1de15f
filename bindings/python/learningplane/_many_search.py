"""The best of a grid of a model's parameters, over many series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from learningplane._core import ConfigError, Error
from learningplane._distribute import run
from learningplane._estimators import ForecastEstimator
from learningplane._generate import make_estimator
from learningplane._many import _COLUMNS, _Bar, _scores, _settings
from learningplane._many_input import long_series

_SCORES = ("mase", "mae", "rmse", "smape", "mape", "pinball")


@dataclass
class Search:
    """What search_many() found."""

    kind: str
    table: pd.DataFrame
    """A row a candidate: its parameters, `score` (mean over the series that all candidates have a score
    of), `series` (how many those are) and `failed` (series on which it gave none), best first."""
    scores: pd.DataFrame
    """A row a series, a column a candidate (its place in the grid)."""
    candidates: list[dict[str, Any]]

    @property
    def best(self) -> dict[str, Any]:
        """The parameters with the smallest mean score; of equals the first of the grid."""
        return self.candidates[int(self.table.index[0])]

    @property
    def best_by_series(self) -> pd.DataFrame:
        """For each series the candidate with the smallest score, and that score."""
        known = self.scores.dropna(how="all")
        return pd.DataFrame({"candidate": known.idxmin(axis=1), "score": known.min(axis=1)})

    def estimator(self, **more: Any) -> ForecastEstimator:
        """An unfitted estimator with the best parameters."""
        return make_estimator(self.kind)(**{**self.best, **more})


def search_many(
    data: Any,
    *,
    model: Any = "auto",
    grid: Mapping[str, Sequence[Any]],
    horizon: int,
    score: str = "mase",
    freq: Any = None,
    levels: Sequence[float] = (),
    origins: int = 8,
    every: int = 0,
    share: float = 0.3,
    refit: str = "never",
    season: int = 0,
    threads: int | None = None,
    cluster: str | None = None,
    progress: Any = True,
    columns: tuple[str, str, str] = _COLUMNS,
    zone: str | None = None,
) -> Search:
    """Scores every combination of `grid` ({parameter: values}) as backtest_many() does, and orders them.

    Candidates are compared on the series that all of them have a score of. With `cluster` candidates
    and chunks of series are Ray tasks, with the same results.
    """
    if score not in _SCORES:
        raise ConfigError(f"score {score!r}; allowed: {', '.join(_SCORES)}")
    if not grid or not all(len(values) for values in grid.values()):
        raise ConfigError("a grid needs a parameter, and each parameter a value: grid={'lags': [12, 24]}")
    series = long_series(data, columns=columns, freq=freq, zone=zone)
    candidates = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
    base = _settings(model, horizon, levels, None, series)
    rolling = {"origins": origins, "every": every, "share": float(share), "refit": refit, "season": season}
    settings = [{**base, **rolling, "model": {**base["model"], **c}} for c in candidates]
    known = set(make_estimator(base["kind"])().get_params())
    if unknown := set(grid) - known:
        raise ConfigError(f"{base['kind']} has no parameter {', '.join(sorted(unknown))}")
    with _Bar(progress, len(series) * len(candidates), "search") as report:
        results = run("backtest_many", series, settings, threads=threads, cluster=cluster, report=report)
    rows = [_scores(series, result, columns[0]).set_index(columns[0])[score] for result in results]
    scores = pd.concat(rows, axis=1, keys=range(len(rows))).reindex(pd.Index(series.ids, name=columns[0]))
    shared = scores[np.isfinite(scores).all(axis=1)]
    if shared.empty:
        reasons = [row[2] for result in results for row in result["failures"]]
        raise Error(f"no series has a {score} of every candidate" + (f"; the first: {reasons[0]}" if reasons else ""))
    table = pd.DataFrame(candidates)
    table["score"] = shared.mean().to_numpy()
    table["series"] = len(shared)
    table["failed"] = scores.isna().sum().to_numpy()
    return Search(base["kind"], table.sort_values("score", kind="stable"), scores, candidates)
