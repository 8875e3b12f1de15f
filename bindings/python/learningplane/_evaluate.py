"""Evaluation at rolling origins: whatever stands for models and data, handed to the compiled part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from learningplane._core import ConfigError, Frame, backtest, list_models
from learningplane._estimators import ForecastEstimator
from learningplane._evaluation import Evaluation
from learningplane._frames import to_frame
from learningplane._progress import bar


def rolling(
    models: Any,
    data: Any,
    *,
    horizon: int,
    target: str | None = None,
    origins: int = 24,
    every: int = 0,
    share: float = 0.3,
    levels: Sequence[float] = (0.05, 0.95),
    horizons: Sequence[int] = (),
    refit: timedelta | str = "origin",
    season: int = 0,
    group: str | None = None,
    plan: str = "highest",
    over_cost: float = 1.0,
    under_cost: float = 1.0,
    threads: int = 0,
    progress: bool | None = None,
) -> Evaluation:
    """Forecasts `horizon` steps from rolling origins and scores them; see evaluate()."""
    frame = to_frame(data)
    target = target or _common_target(models, frame)
    settings: dict[str, Any] = {
        "target": target, "horizon": horizon, "origins": origins, "every": every, "share": share,
        "levels": sorted(float(level) for level in levels), "horizons": [int(h) for h in horizons],
        "refit": refit if isinstance(refit, str) else f"{refit.total_seconds():.6f}s", "season": season, "plan": plan,
        "over_cost": float(over_cost), "under_cost": float(under_cost), "threads": threads,
    }  # fmt: skip
    parts = {"all": frame}
    if group is not None:
        parts = {value: frame.where({group: value}) for value in frame.label_values(group)}
        if not parts:
            raise ConfigError(f"no column of the data has the label {group!r}")
    jobs = [
        (name, part, series, kind, options)
        for part, series in parts.items()
        for name, kind, options in _specs(models, target, horizon)
    ]
    with bar("evaluate", progress) as tell:
        return Evaluation(backtest(jobs, settings, tell), target)


def _common_target(models: Any, frame: Frame) -> str:
    listed = models.values() if isinstance(models, Mapping) else models
    for model in listed if isinstance(listed, (list, tuple)) else [listed]:
        if isinstance(model, ForecastEstimator):
            return model._target(frame, None)
    names = sorted({c.name for c in frame.columns})
    if len(names) != 1:
        raise ConfigError(f"name the column to forecast: target=…, one of {', '.join(names)}")
    return names[0]


def _specs(models: Any, target: str, horizon: int) -> list[tuple[str, str, dict[str, Any]]]:
    """Name, kind and options of each: estimators, kinds, or mappings of options by kind or name."""
    if isinstance(models, (str, ForecastEstimator)):
        models = [models]
    named = models.items() if isinstance(models, Mapping) else [(None, m) for m in models]
    out: list[tuple[str, str, dict[str, Any]]] = []
    for name, model in named:
        if isinstance(model, ForecastEstimator):
            kind, options = model.kind, model.options(target)
        elif isinstance(model, str):
            kind, options = model, {"target": target}
        else:
            options = {"target": target, **model}
            kind = str(options.pop("kind", name))
        takes = {p["name"]: p.get("default") for p in list_models().get(kind, {}).get("parameters", [])}
        if "horizon" in takes and options.get("horizon", takes["horizon"]) == takes["horizon"]:
            options["horizon"] = horizon  # what is asked for is what is learned
        unique = str(name or kind)
        out.append((unique if unique not in {o[0] for o in out} else f"{unique}-{len(out)}", kind, options))
    return out
