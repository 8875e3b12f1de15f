"""statsforecast on many series: what benchmarks/many_series.py runs beside us.

Call forecast(table, model, horizon, season, threads); one thread is one process, as it counts them.
"""

from __future__ import annotations

from typing import Any


def forecast(table: Any, model: str, horizon: int, season: int, threads: int, freq: str) -> Any:
    """AutoTheta or AutoETS on a long frame, without fallback: what fails shall be seen."""
    from statsforecast import StatsForecast
    from statsforecast import models as theirs

    made = getattr(theirs, model)(season_length=season)
    return StatsForecast(models=[made], freq=freq, n_jobs=threads).forecast(df=table, h=horizon)
