"""How like its source and its plan a run of stress was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from learningplane import _core
from learningplane._display import _number, _table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


class StressCheck:
    """What StressProfile.check() found; the figures are those of `learningplane stress check --json`."""

    def __init__(self, found: _core._StressCheck) -> None:
        self._found = found
        self._told: dict[str, Any] = found.to_dict()

    def to_dict(self) -> dict[str, Any]:
        """What the command prints as JSON."""
        return dict(self._told)

    @property
    def agreement(self) -> float:
        """Share of the rows that are in the phase that was planned."""
        return float(self._told["phases"]["agreement"])

    @property
    def table(self) -> pd.DataFrame:
        """CPU (cores) and memory (bytes) against the plan: correlation, mean_plan, mean_error, mean_absolute_error."""
        import pandas as pd

        table: pd.DataFrame = pd.DataFrame({k: self._told[k] for k in ("cpu_cores", "memory_bytes")}, dtype=float).T
        return table

    @property
    def phases(self) -> pd.DataFrame:
        """Share of each phase at the source, planned and measured."""
        import pandas as pd

        told = {k: self._told["phases"][k] for k in ("source", "planned", "measured")}
        table: pd.DataFrame = pd.DataFrame(told, dtype=float).rename_axis("phase")
        return table

    @property
    def distances(self) -> pd.Series:
        """Total variation of phase shares, and Kolmogorov-Smirnov of durations and arrivals: 0 alike, 1 nothing in common."""
        import pandas as pd

        phases = self._told["phases"]
        told = {k: phases[k] for k in ("measured_to_source", "measured_to_plan", "plan_to_source")}
        told |= {k: self._told[k] for k in ("durations_ks", "durations_ks_bound", "arrivals_ks", "arrivals_ks_bound")}
        series: pd.Series = pd.Series(told, dtype=float)
        return series

    @property
    def totals(self) -> pd.DataFrame:
        """All jobs together, reading by reading: cpu_cores, plan_cpu_cores, memory_bytes, plan_memory_bytes, jobs."""
        import pandas as pd

        columns = dict(self._found.totals())
        index = pd.DatetimeIndex(columns.pop("times_ns"), tz="UTC", name="time")
        table: pd.DataFrame = pd.DataFrame(columns, index=index)
        return table

    @property
    def durations(self) -> dict[str, np.ndarray[Any, Any]]:
        """How long jobs lasted at the `source` and as `measured`, sorted, in seconds of the source."""
        return self._times(0)

    @property
    def interarrivals(self) -> dict[str, np.ndarray[Any, Any]]:
        """From one arrival to the next, the same way."""
        return self._times(1)

    def plot(self) -> Figure:
        """Load planned and measured, phase shares, durations and arrivals beside the source's. Needs matplotlib."""
        from learningplane._stress_plot import check

        return check(self)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """The page of `learningplane stress check --report`, written to `path` where that is given."""
        page: str = self._found.to_html()
        if path is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(page)
        return page

    def _times(self, which: int) -> dict[str, np.ndarray[Any, Any]]:
        source, measured = self._found.times()
        return {"source": np.asarray(source[which][0]), "measured": np.asarray(measured[which][0])}

    def __repr__(self) -> str:
        cpu, memory = (self._told[k]["correlation"] for k in ("cpu_cores", "memory_bytes"))
        shown = ["unknown" if x is None else f"{x:.3f}" for x in (cpu, memory)]
        return f"<StressCheck: correlation {shown[0]} for CPU, {shown[1]} for memory, {self.agreement:.1%} in the planned phase>"

    def _repr_html_(self) -> str:
        def shown(x: Any) -> str:
            return "unknown" if x is None else _number(float(x))

        columns = ["correlation", "mean_plan", "mean_error", "mean_absolute_error"]
        rows = [[k, *(shown(self._told[k][c]) for c in columns)] for k in ("cpu_cores", "memory_bytes")]
        phases = self._told["phases"]
        shares = [
            [str(p), *(shown(phases[c][p]) for c in ("source", "planned", "measured"))]
            for p in range(len(phases["source"]))
        ]
        distances = [[k, shown(v)] for k, v in self.distances.items()]
        caption = f"{self._told['jobs']} jobs, {self._told['readings']} readings against the plan"
        return (
            _table(["", *columns], rows, caption)
            + _table(
                ["phase", "source", "planned", "measured"], shares, f"Phase shares; {self.agreement:.1%} as planned"
            )
            + _table(["distance", ""], distances, "0: alike, 1: nothing in common; bounds: by chance, 95 of 100")
        )
