"""Behaviour cut into phases, in the manner of scikit-learn."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from learningplane import _core
from learningplane._core import ConfigError
from learningplane._display import _number, _table
from learningplane._estimators import NotFittedError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DEFAULTS = {p["name"]: p["default"] for p in _core._phase_manifest()["parameters"]}


class Phases:
    """Scaler, conditional RBM and k-means: which phase an application is in.

    Parameters are those of `learningplane phases fit --option`. X is whatever stands for a frame (each set
    of labels is one sequence) or an array of rows. Phases are numbers; -1 is a row whose phase is not known.
    """

    _core: Any

    features: Any
    negative_allowed: Any

    def __init__(self, **parameters: Any) -> None:
        self.set_params(**{**_DEFAULTS, **parameters})

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name."""
        return {name: getattr(self, name) for name in _DEFAULTS}

    def set_params(self, **parameters: Any) -> Phases:
        """Sets parameters; they count from the next fit() on."""
        for name, value in parameters.items():
            if name not in _DEFAULTS:
                raise TypeError(f"Phases has no parameter {name!r}; it has {', '.join(_DEFAULTS)}")
            setattr(self, name, value)
        return self

    @classmethod
    def load(cls, path: str) -> Phases:
        """Phases that save() or the command wrote, or a published model as JSON."""
        inner = _core._Phases.load(str(path))
        out = cls(**inner.options)
        out._core = inner
        return out

    def save(self, path: str) -> None:
        """Writes JSON with a checksum."""
        self._fitted().save(str(path))

    def fit(self, X: Any, y: Any = None) -> Phases:
        """Learns phases; `report_` says how it went, `labels_` holds the phases of X."""
        inner = _core._Phases({**self.get_params(), "features": list(self.features)})
        features, sequences = self._sequences(X, list(self.features))
        self.report_ = inner.fit(features, sequences)
        self._core = inner
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Any) -> np.ndarray[Any, Any]:
        """The phase of every row, sequence after sequence."""
        told = [phases for _, _, phases in self.label(X)]
        return np.concatenate(told) if told else np.empty(0, np.int32)

    def fit_predict(self, X: Any, y: Any = None) -> np.ndarray[Any, Any]:
        """fit(), then the phases of the same rows."""
        return np.asarray(self.fit(X).labels_)

    def label(self, X: Any) -> list[tuple[dict[str, str], Any, Any]]:
        """(labels, times in nanoseconds, phases) of each sequence."""
        return list(self._fitted().label(*self._known(X)))

    def transform(self, X: Any) -> np.ndarray[Any, Any]:
        """Activations of the hidden units, a row for each of X."""
        return np.concatenate(self._fitted().activations(*self._known(X)))

    def update(self, X: Any) -> dict[str, Any]:
        """Takes new rows of known workloads in."""
        return dict(self._fitted().update(*self._known(X)))

    def extend(self, X: Any, phase: int | None = None, k: int = 4, seed: int = 123) -> dict[str, Any]:
        """Finds the phases of a new workload within one phase."""
        return dict(self._fitted().extend(*self._known(X), phase, k, seed))

    def statistics(self, X: Any) -> dict[str, Any]:
        """Usage, duration and transitions of each phase."""
        return dict(self._fitted().statistics(*self._known(X)))

    def profile(self, X: Any, name: str, model: str = "auto") -> dict[str, Any]:
        """What is known of an application for classify(): how often it is in each phase, what follows what, and the
        forecasting model that suits it."""
        return dict(_core._application_profile(name, model, self.label(X), self._fitted().count))

    def classify(
        self,
        X: Any,
        profiles: Sequence[dict[str, Any]],
        *,
        minutes: float = 0,
        transition_weight: float = 0.5,
        farthest: float = 0.5,
        fallback: str = "auto",
    ) -> dict[str, Any]:
        """Which known application X behaves like (in its first `minutes`; 0: all of it), and the model to forecast it with.

        Where none is nearer than `farthest` (0: the same, 1: nothing in common) the name is empty and the model is `fallback`.
        """
        known = [dict(p) for p in profiles]
        count = self._fitted().count
        return dict(_core._classify(known, self.label(X), count, minutes, transition_weight, farthest, fallback))

    def with_phases(self, X: Any, one_hot: bool = True) -> _core.Frame:
        """The frame with phases as columns, as inputs of a forecaster."""
        return _core._with_phases(X, self.label(X), self._fitted().count, one_hot)

    @property
    def cluster_centers_(self) -> np.ndarray[Any, Any]:
        """Centroids in the space of transform(), those of extend() after the others."""
        return np.asarray(self._fitted().centroids)

    def plot(self, X: Any, ax: Axes | None = None, *, feature: str | None = None, sequence: int = 0) -> Axes:
        """One feature (the first) of one sequence of X over time, coloured by phase. Needs matplotlib."""
        from learningplane._phases_plot import over_time

        features, sequences = self._known(X)
        if not 0 <= sequence < len(sequences):
            raise ConfigError(f"there is no sequence {sequence}; there are 0 to {len(sequences) - 1}")
        phases = self._fitted().label(features, [sequences[sequence]])[0][2]
        return over_time(features, sequences[sequence], phases, feature, ax)

    def plot_distributions(self, X: Any) -> Figure:
        """How each feature lies in each phase: quartiles, and whiskers from 5 % to 95 %. Needs matplotlib."""
        from learningplane._phases_plot import distributions

        features, sequences = self._known(X)
        rows = np.concatenate([rows for _, _, rows in sequences])
        return distributions(features, rows, self.predict(X), self._fitted().count)

    def plot_transitions(self, X: Any, ax: Axes | None = None) -> Axes:
        """Which phase follows which, as a graph. Needs matplotlib."""
        from learningplane._phases_plot import transitions

        return transitions(self.statistics(X), ax)

    def to_html(self, X: Any, path: str | os.PathLike[str] | None = None) -> str:
        """The page of `learningplane phases --report` for X, written to `path` where that is given."""
        page: str = self._fitted().to_html(*self._known(X), getattr(self, "report_", None))
        if path is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(page)
        return page

    def _repr_html_(self) -> str:
        if not hasattr(self, "_core"):
            return "<p><b>Phases</b>: not fitted</p>"
        rows = [[str(i), *map(_number, c)] for i, c in enumerate(self.cluster_centers_)]
        header = ["phase", *(f"h{j}" for j in range(self.cluster_centers_.shape[1]))]
        return _table(header, rows, f"Phases by {', '.join(self._core.features)}: centroids")

    def _fitted(self) -> Any:
        if not hasattr(self, "_core"):
            raise NotFittedError("these Phases are not fitted: call fit() or load() first")
        return self._core

    def _known(self, X: Any) -> tuple[list[str], list[Any]]:
        return self._sequences(X, list(self._fitted().features))

    def _sequences(self, X: Any, features: list[str]) -> tuple[list[str], list[Any]]:
        if isinstance(X, np.ndarray):
            rows = np.ascontiguousarray(np.atleast_2d(X), dtype=np.float64)
            if rows.ndim != 2:
                raise ConfigError(f"an array of rows has two dimensions, not {rows.ndim}")
            names = features or [f"x{j}" for j in range(rows.shape[1])]
            if rows.shape[1] != len(names):
                raise ConfigError(f"{rows.shape[1]} columns; the features are {', '.join(names)}")
            return names, [({}, np.arange(len(rows), dtype=np.int64) * 10**9, rows)]
        names, sequences = _core._phase_sequences(X, features, bool(self.negative_allowed))
        return names, sequences

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        if "_core" in state:
            state["_core"] = self._core.to_text()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_core" in state:
            self._core = _core._Phases.from_text(state["_core"])
