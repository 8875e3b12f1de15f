"""Registered models as estimators in the manner of scikit-learn, made from their manifests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from learningplane._core import (
    Column,
    ConfigError,
    FitReport,
    Forecast,
    Forecaster,
    Frame,
    LogicError,
    build_model,
)
from learningplane._frames import to_frame

Self = TypeVar("Self", bound="ForecastEstimator")

_NAMES = {"gru": "GRU", "lstm": "LSTM", "nlinear": "NLinear"}


class NotFittedError(LogicError, ValueError, AttributeError):
    """The estimator was asked for something that only a fitted one has."""


class ForecastEstimator:
    """A forecaster: the constructor stores parameters, fit() learns, predict() looks ahead.

    The parameters are those that `list_models()` lists. Without `target` the only column of the
    data is forecast. Fitted: `model_` (the compiled model), `report_`, `target_`, `trained_on_`.
    """

    kind: str
    model_: Forecaster
    report_: FitReport
    target_: str
    trained_on_: str
    _defaults: dict[str, Any]

    def __init__(self, **parameters: Any) -> None:
        unknown = set(parameters) - set(self._defaults)
        if unknown:
            raise TypeError(
                f"{type(self).__name__} has no parameter {', '.join(sorted(unknown))}; "
                f"it has {', '.join(self._defaults)}"
            )
        for name, default in self._defaults.items():
            setattr(self, name, parameters.get(name, default))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name."""
        return {name: getattr(self, name) for name in self._defaults}

    def set_params(self: Self, **parameters: Any) -> Self:
        """Sets parameters; they count from the next fit() on."""
        for name, value in parameters.items():
            if name not in self._defaults:
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}")
            setattr(self, name, value)
        return self

    def options(self, target: str | None = None) -> dict[str, Any]:
        """The parameters as an agent file would hold them: those that are set."""
        options = {k: v for k, v in self.get_params().items() if v is not None}
        if target is not None:
            options["target"] = target
        return options

    def fit(self: Self, X: Any, y: Any = None) -> Self:
        """Learns from whatever stands for a frame; `y` (a Series) is added as the target's column.

        Ctrl-C ends a training; the best weights so far are then in `model_`.
        """
        frame = self._data(X, y)
        target = self._target(frame, y)
        self.model_ = build_model(self.kind, self.options(target))
        self.target_ = target
        self.report_ = self.model_.fit(frame)
        self.trained_on_ = _in_words(frame, target)
        return self

    def update(self: Self, new: Any, y: Any = None) -> Self:
        """Takes in newer observations: the next forecast starts after the last of them."""
        self._fitted().update(self._data(new, y))
        return self

    def predict(self, horizon: int = 1, quantiles: Sequence[float] | float = ()) -> Forecast:
        """The coming `horizon` steps, with quantiles of these levels (or of this one)."""
        if isinstance(quantiles, (int, float)):
            quantiles = [quantiles]
        return self._fitted().forecast(horizon, sorted(quantiles))

    def forecast(self, horizon: int = 1, quantiles: Sequence[float] | float = ()) -> Forecast:
        """The same as predict()."""
        return self.predict(horizon, quantiles)

    def score(self, X: Any, y: Any = None) -> float:
        """R² of the forecast of as many steps as X has rows, against X; unknown cells do not count."""
        frame = self._data(X, y)
        truth = np.asarray(frame.values(self._target(frame, y)))
        guess = self.predict(len(frame)).mean
        known = np.isfinite(truth)
        if known.sum() < 2:
            raise ConfigError("a score needs two known values or more")
        truth, guess = truth[known], guess[known]
        spread = float(((truth - truth.mean()) ** 2).sum())
        error = float(((truth - guess) ** 2).sum())
        return 1 - error / spread if spread > 0 else (1.0 if error == 0 else 0.0)

    def _data(self, X: Any, y: Any) -> Frame:
        frame = to_frame(X)
        if y is None:
            return frame
        values = np.asarray(y, dtype=np.float64)
        if values.ndim != 1 or len(values) != len(frame):
            raise ConfigError(f"y needs one value for each of the {len(frame)} rows of X")
        return frame.with_column(Column(self._name_of(y), values))

    def _name_of(self, y: Any) -> str:
        target = getattr(self, "target", None)
        return str(target or getattr(y, "name", None) or "y")

    def _target(self, frame: Frame, y: Any) -> str:
        if y is not None:
            return self._name_of(y)
        target = getattr(self, "target", None)
        if target:
            return str(target)
        if hasattr(self, "target_") and self.target_ in (c.name for c in frame.columns):
            return self.target_
        if len(frame.columns) != 1:
            raise ConfigError(f"name the column to forecast: target=…, one of {', '.join(frame.names)}")
        return frame.columns[0].name

    def _fitted(self) -> Forecaster:
        if not hasattr(self, "model_"):
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet: call fit() first")
        return self.model_

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        model = state.pop("model_", None)
        report = state.pop("report_", None)
        if model is not None:
            state["_saved"] = model.save()
            r = report if report is not None else FitReport()
            state["_report"] = (r.rows, r.note, r.train_loss, r.validation_loss, r.epochs)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        saved = state.pop("_saved", None)
        report = state.pop("_report", None)
        self.__dict__.update(state)
        if saved is not None:
            self.model_ = build_model(self.kind, self.options(self.target_))
            self.model_.load(saved)
            self.report_ = FitReport(*report)

    def __reduce__(self) -> tuple[Any, ...]:
        return _new, (self.kind,), self.__getstate__()

    def __repr__(self) -> str:
        changed = (f"{k}={v!r}" for k, v in self.get_params().items() if v != self._defaults[k])
        return f"{type(self).__name__}({', '.join(changed)})"

    def _repr_html_(self) -> str:
        from html import escape

        state = f"fitted: {self.report_!r}" if hasattr(self, "model_") else "not fitted"
        return f"<p><b>{escape(repr(self))}</b><br>{escape(state)}</p>"


def _in_words(frame: Frame, target: str) -> str:
    """What a model card says of the data where the user says nothing."""
    first, last = (np.datetime64(int(frame.times_ns[i]), "ns").astype("datetime64[s]") for i in (0, -1))
    return f"{target}: {len(frame)} rows from {first}Z to {last}Z"


def _new(kind: str) -> ForecastEstimator:
    from learningplane._generate import make_estimator  # which needs the class above

    return make_estimator(kind)()
