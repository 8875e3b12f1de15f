"""Which phase comes next, in the manner of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from learningplane import _core
from learningplane._estimators import NotFittedError
from learningplane._phases import Phases

_DEFAULTS = {"method": "mlp", "recent": 5, "ahead": 1, "seed": 0}


class NextPhase:
    """Foresees the phase `ahead` rows from now, from the phases that fitted Phases tell.

    method: "markov" (what came after the present phase how often) or "mlp" (a network on the `recent` phases, how long the
    present one lasts, and recent usage). X is whatever stands for a frame; rows with too little past are not known: -1, NaN.
    """

    _core: Any

    def __init__(self, phases: Phases, method: str = "mlp", recent: int = 5, ahead: int = 1, seed: int = 0) -> None:
        self.phases = phases
        self.method, self.recent, self.ahead, self.seed = method, recent, ahead, seed

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name."""
        return {"phases": self.phases, **{name: getattr(self, name) for name in _DEFAULTS}}

    def set_params(self, **parameters: Any) -> NextPhase:
        """Sets parameters; they count from the next fit() on."""
        for name, value in parameters.items():
            if name != "phases" and name not in _DEFAULTS:
                raise TypeError(f"NextPhase has no parameter {name!r}; it has phases, {', '.join(_DEFAULTS)}")
            setattr(self, name, value)
        return self

    def fit(self, X: Any, y: Any = None) -> NextPhase:
        """Learns what follows what."""
        inner = _core._NextPhase(self.method, self.recent, self.ahead, self.seed)
        inner.fit(*self._seen(X), self.phases._fitted().count)
        self._core = inner
        return self

    def predict_proba(self, X: Any) -> np.ndarray[Any, Any]:
        """Chances of each phase `ahead` rows after each row of X, sequence after sequence; they use nothing after that row."""
        told = self._fitted().probabilities(*self._seen(X))
        count = self.phases._fitted().count
        return np.array([row or [np.nan] * count for rows in told for row in rows], dtype=float).reshape(-1, count)

    def predict(self, X: Any) -> np.ndarray[Any, Any]:
        """The most likely phase `ahead` rows after each row of X."""
        chances = self.predict_proba(X)
        known = np.isfinite(chances).all(axis=1)
        return np.where(known, np.nan_to_num(chances).argmax(axis=1), -1)

    def evaluate(self, X: Any) -> dict[str, float]:
        """How well phases of X are foreseen: accuracy, log_loss, and precision, recall and F1 of the changes."""
        return dict(self._fitted().score(*self._seen(X)))

    def score(self, X: Any, y: Any = None) -> float:
        """Share of the rows whose phase was the most likely one."""
        return float(self.evaluate(X)["accuracy"])

    def _seen(self, X: Any) -> tuple[list[str], list[Any], list[Any]]:
        features, sequences = self.phases._known(X)
        return features, sequences, list(self.phases._fitted().label(features, sequences))

    def _fitted(self) -> Any:
        if not hasattr(self, "_core"):
            raise NotFittedError("this NextPhase is not fitted: call fit() first")
        return self._core

    def __repr__(self) -> str:
        changed = (f", {k}={getattr(self, k)!r}" for k, v in _DEFAULTS.items() if getattr(self, k) != v)
        return f"NextPhase({self.phases.__class__.__name__}(…){''.join(changed)})"
