"""Regressors for tables (X, y) that pass scikit-learn's own checks; needs scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from learningplane._core import Lstm


class LSTMRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """The LSTM network on rows of a table, each a window of `lags` steps.

    X has lags x k columns, oldest step first; y one value a row.
    """

    def __init__(
        self,
        lags: int = 1,
        layers: tuple[int, ...] = (32,),
        epochs: int = 100,
        learning_rate: float = 1e-2,
        batch: int = 32,
        random_state: int | None = 0,
    ) -> None:
        self.lags = lags
        self.layers = layers
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.batch = batch
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> LSTMRegressor:
        """Learns; X and y are scaled by their training part."""
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        if self.lags < 1 or X.shape[1] % self.lags != 0:
            raise ValueError(f"X has {X.shape[1]} columns, no multiple of lags={self.lags}")
        self.shift_, spread = float(y.mean()), float(y.std())
        self.spread_ = spread if spread > 0 else 1.0
        self.model_ = Lstm(**self._options(X.shape[1] // self.lags))
        # The table holds no past of y: its column stands still, and is scaled to nothing.
        self.report_ = self.model_.fit_windows(self._windows(X), (y - self.shift_) / self.spread_)
        return self

    def predict(self, X: Any) -> Any:
        """One value a row."""
        check_is_fitted(self, "model_")
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return self.model_.predict_windows(self._windows(X)) * self.spread_ + self.shift_

    def _windows(self, X: Any) -> Any:
        steps = X.reshape(len(X), self.lags, -1)
        return np.concatenate([steps, np.zeros((*steps.shape[:2], 1))], axis=2)

    def _options(self, inputs: int) -> dict[str, Any]:
        return {
            "target": "y",
            "inputs": [f"x{i}" for i in range(inputs)],
            "lags": self.lags,
            "layers": list(self.layers),
            "epochs": self.epochs,
            "learning_rate": self.learning_rate,
            "batch": self.batch,
            "seed": 0 if self.random_state is None else int(self.random_state),
            "output": "level",
            "mode": "closed_loop",
            "dtype": "f64",
            "validation_share": 0,
        }

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "model_" in state:
            state["model_"] = self.model_.save()
            state["report_"] = None
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        saved = state.pop("model_", None)
        super().__setstate__(state)
        if saved is not None:
            self.model_ = Lstm(**self._options(self.n_features_in_ // self.lags))
            self.model_.load(saved)
