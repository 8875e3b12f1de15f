"""Estimator classes made from the manifests of the registered models, and their walk-forward scores."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np

from learningplane._core import ConfigError, list_models, walk_forward
from learningplane._estimators import ForecastEstimator
from learningplane._frames import to_frame

_NAMES = {"gru": "GRU", "lstm": "LSTM", "nlinear": "NLinear"}


@cache
def make_estimator(kind: str) -> type[ForecastEstimator]:
    """The estimator class of a registered model; its constructor has the manifest's parameters."""
    manifests = list_models()
    if kind not in manifests:
        raise ConfigError(f"there is no model {kind!r}; there are {', '.join(sorted(manifests))}")
    manifest = manifests[kind]
    defaults = {p["name"]: p.get("default") for p in manifest["parameters"]}
    name = _NAMES.get(kind) or "".join(word.capitalize() for word in kind.split("_"))
    lines = [f"    {p['name']}: {p['summary']}" for p in manifest["parameters"]]
    doc = "\n".join([f"{manifest['summary']}.", "", "Parameters", *lines])
    members = {"kind": kind, "_defaults": defaults, "__doc__": doc, "__module__": "learningplane"}
    cls = type(name, (ForecastEstimator,), members)
    _give_signature(cls, defaults)
    return cls


def _give_signature(cls: type[ForecastEstimator], defaults: dict[str, Any]) -> None:
    keyword = inspect.Parameter.KEYWORD_ONLY

    def init(self: ForecastEstimator, **parameters: Any) -> None:
        ForecastEstimator.__init__(self, **parameters)

    init.__name__ = "__init__"
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    others = [inspect.Parameter(n, keyword, default=d) for n, d in defaults.items()]
    init.__signature__ = inspect.Signature([own, *others])  # type: ignore[attr-defined]
    cls.__init__ = init  # type: ignore[method-assign]


@cache
def estimators() -> dict[str, type[ForecastEstimator]]:
    """Every estimator class by its name."""
    classes: Iterable[type[ForecastEstimator]] = (make_estimator(kind) for kind in list_models())
    return {cls.__name__: cls for cls in classes}


def evaluate(
    model: Any,
    data: Any,
    *,
    first: timedelta | str | None = None,
    last: timedelta | str | None = None,
    refit_every: timedelta | str | None = None,
    horizon: int | None = None,
    **rolling: Any,
) -> Any:
    """Scores models on data that each forecast has not seen.

    Without `horizon`: walk-forward, one step at a time. Scores the time from `first` (8h) to `last`
    (24h) after the first row, refitting on all the past every `refit_every` (1h). Gives n, mae, mse,
    rmse, r2, refits, and the arrays times_ns, forecast and truth.

    With `horizon`: rolling origins. `model` is an estimator, the kind of a model, a list of them, or
    a mapping {name: estimator or {"kind": …, option: value}}. More keywords: target, origins (24) over the
    last `share` (0.3) of the rows or one `every` so many rows, levels ((0.05, 0.95)), horizons (scored:
    steps 1 to each), refit ("never", "origin" or a duration), season (rows, for MASE), group (a label), plan ("highest"
    quantile or "mean": what is scored as provisioning), over_cost, under_cost, threads,
    progress (a bar by tqdm; None: where the standard error is a terminal). Gives an object with to_pandas(), forecasts(), plot(), to_html().
    """
    walk = {"first": first, "last": last, "refit_every": refit_every}
    if horizon is not None:
        given = [name for name, value in walk.items() if value is not None]
        if given:
            raise ConfigError(f"with horizon=… there is no {', '.join(given)}: use refit, origins, share")
        from learningplane._evaluate import rolling as at_origins

        return at_origins(model, data, horizon=horizon, **rolling)
    if rolling:
        raise ConfigError(f"{', '.join(rolling)} need horizon=…")
    if not isinstance(model, ForecastEstimator):
        raise ConfigError(f"{model!r} needs horizon=…; without it one estimator is scored, such as lp.Ridge(target=…)")
    frame = to_frame(data)
    target = model._target(frame, None)
    defaults = {"first": "8h", "last": "24h", "refit_every": "1h"}
    settings = {name: defaults[name] if value is None else value for name, value in walk.items()}
    result: dict[str, Any] = walk_forward(frame, model.kind, model.options(target), **settings)
    for name in ("times_ns", "forecast", "truth"):
        result[name] = np.asarray(result[name])
    return result
