"""What a system feels like, learned from its telemetry."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from learningplane import _core
from learningplane._core import ConfigError, read_csv
from learningplane._display import _number, _table
from learningplane._estimators import NotFittedError
from learningplane._frames import times_ns, to_frame
from learningplane._phases import Phases

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from learningplane._stress_check import StressCheck
    from learningplane._stress_schedule import StressSchedule

Workload = _core._StressWorkload

_COLLECT = ("cpu", "memory", "step", "max_gap", "min_rows")


def collect(usage: Any, *, jobs: Any = None, by: Sequence[str] | str = (), **options: Any) -> Workload:
    """The usage of applications on an even grid, and when jobs came and how long they stayed.

    usage: the path of a CSV (`by`: the columns that tell applications apart), or whatever stands for a frame, each set of
    labels an application. jobs: a table with columns start and end (aware times or seconds), its file, or rows of (start, end);
    None: an application is a job from its first row to its last.
    options: cpu and memory (columns), step (of the grid; the data's own), max_gap ("5m": longer ones cut a series), min_rows (30).
    """
    settings = _settings(options, _COLLECT)
    source = "data"
    if isinstance(usage, (str, os.PathLike)):
        source = os.path.basename(os.fspath(usage))
        labels = [by] if isinstance(by, str) else list(by)
        columns = [settings.get("cpu", "cpu"), settings.get("memory", "memory")]
        usage = read_csv(usage, label_columns=labels, value_columns=columns, duplicates="refuse")
    elif by:
        raise ConfigError("by= is for files: give the frame its labels")
    return _core._stress_workload(to_frame(usage), settings, _jobs(jobs), source)


def read_alibaba_2017(folder: str | os.PathLike[str], **options: Any) -> Workload:
    """Tables of the cluster trace of 2017: container_usage.csv, and batch_instance.csv or batch_task.csv.

    options: step, max_gap, min_rows as for collect(); sort (rows of a container out of order are sorted, not refused);
    max_containers (2000; further ones are passed over, and counted in .notes).
    """
    settings = _settings(options, ("step", "max_gap", "min_rows", "sort", "max_containers"))
    return _core._stress_alibaba(os.fspath(folder), settings)


class StressProfile:
    """Phases, the patterns in which they follow each other, and when jobs come and go; load is drawn from it.

    phases: lp.Phases; fitted ones are taken as they are, others are fitted on cpu and memory. min_run: shorter runs of rows
    join their neighbour. max_phases: of one pattern.
    """

    _core: Any

    def __init__(self, phases: Phases | None = None, *, min_run: int = 2, max_phases: int = 8) -> None:
        self.phases = phases
        self.min_run = min_run
        self.max_phases = max_phases

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name."""
        return {"phases": self.phases, "min_run": self.min_run, "max_phases": self.max_phases}

    def set_params(self, **parameters: Any) -> StressProfile:
        """Sets parameters; they count from the next fit() on."""
        for name, value in parameters.items():
            if name not in self.get_params():
                raise TypeError(f"StressProfile has no parameter {name!r}; it has {', '.join(self.get_params())}")
            setattr(self, name, value)
        return self

    def fit(self, X: Any, y: Any = None, **options: Any) -> StressProfile:
        """Learns from a workload, or from what collect() takes, with its options."""
        if not isinstance(X, Workload):
            X = collect(X, **options)
        elif options:
            raise TypeError(f"a workload has been collected already; {', '.join(options)}= is for collect()")
        phases = Phases() if self.phases is None else self.phases
        known = getattr(phases, "_core", None) or _core._Phases(
            {**phases.get_params(), "features": list(phases.features)}
        )
        self._core = _core._StressProfile.fit(X, known, self.min_run, self.max_phases)
        return self

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> StressProfile:
        """What save() or `learningplane stress profile` wrote."""
        out = cls()
        out._core = _core._StressProfile.load(os.fspath(path))
        return out

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the file that the command reads."""
        self._fitted().save(os.fspath(path))

    def generate(self, length: Any = "12h", **options: Any) -> StressSchedule:
        """A timed plan of load. The same seed gives the same plan.

        length: in which jobs arrive, in the source's time. options: seed (1), weighting ("balanced": every pattern alike; or
        "frequency": as often as it was seen), speed (seconds of the source in one), max_cores (1) and max_bytes (512 MiB) that
        all jobs together peak at, or instead cpu_scale and memory_scale (cores and bytes of one unit of the source), grid
        (seconds; steps begin on its multiples, 0: anywhere), max_jobs (10,000; more are refused).
        """
        from learningplane._stress_schedule import StressSchedule

        known = (
            "seed",
            "weighting",
            "speed",
            "cpu_scale",
            "memory_scale",
            "max_cores",
            "max_bytes",
            "grid",
            "max_jobs",
        )
        return StressSchedule(self._fitted().generate({"length": _span(length), **_settings(options, known)}))

    def check(self, schedule: StressSchedule, recording: Any) -> StressCheck:
        """How like its source and its plan a run was. recording: what run() gave, its file, or whatever stands for a frame."""
        from learningplane._stress_check import StressCheck
        from learningplane._stress_schedule import StressRecording

        frame, name = StressRecording._frame_of(recording)
        return StressCheck(self._fitted().check(schedule._core, frame, name))

    @property
    def phases_(self) -> Phases:
        """The fitted phases."""
        inner = self._fitted().phases
        out = Phases(**inner.options)
        out._core = inner
        return out

    @property
    def patterns_(self) -> pd.DataFrame:
        """Patterns of phases, most frequent first: how often they occur, in how many applications."""
        import pandas as pd

        rows = [{"phases": p, "occurrences": n, "applications": a} for p, n, a in self._fitted().patterns]
        table: pd.DataFrame = pd.DataFrame(rows, columns=["phases", "occurrences", "applications"])
        return table

    @property
    def durations_(self) -> np.ndarray[Any, Any]:
        """How long jobs lasted, in seconds: sorted, of very many so many quantiles."""
        return np.asarray(self._fitted().durations[0])

    @property
    def interarrivals_(self) -> np.ndarray[Any, Any]:
        """From the start of one job to that of the next, the same way."""
        return np.asarray(self._fitted().interarrivals[0])

    @property
    def shares_(self) -> np.ndarray[Any, Any]:
        """Share of the rows in each phase."""
        rows = np.asarray(self._fitted().histogram)
        return rows / rows.sum() if rows.sum() > 0 else np.full(len(rows), np.nan)

    def plot(self) -> Figure:
        """Phase shares, durations and times between arrivals. Needs matplotlib."""
        from learningplane._stress_plot import profile

        return profile(self)

    def _fitted(self) -> Any:
        if not hasattr(self, "_core"):
            raise NotFittedError("this StressProfile is not fitted: call fit() or load() first")
        return self._core

    def _repr_html_(self) -> str:
        if not hasattr(self, "_core"):
            return "<p><b>StressProfile</b>: not fitted</p>"
        rows = [[" ".join(map(str, p)), str(n), str(a)] for p, n, a in self._core.patterns[:8]]
        jobs = f"{self._core.durations[1]} jobs of {_number(float(np.median(self.durations_)))} s (median)"
        caption = f"What {self._core.source} feels like: {jobs}; the most frequent patterns of phases"
        return _table(["phases", "occurrences", "applications"], rows, caption)


def _settings(options: dict[str, Any], known: Sequence[str]) -> dict[str, Any]:
    unknown = set(options) - set(known)
    if unknown:
        raise TypeError(f"there is no option {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    out = {k: v for k, v in options.items() if v is not None}
    for key in ("step", "max_gap", "sample"):
        if key in out:
            out[key] = _span(out[key])
    for key in ("speed", "cpu_scale", "memory_scale", "max_cores", "max_bytes", "grid", "cpu_weight"):
        if key in out:
            out[key] = float(out[key])
    return out


def _span(value: Any) -> str:
    """A timedelta, a text such as "90s", or seconds."""
    return value if isinstance(value, str) else f"{_core._duration_ns(value) / 1e9:.6f}s"


def _jobs(jobs: Any) -> Any:
    if jobs is None:
        return None
    if isinstance(jobs, (str, os.PathLike)):
        return os.fspath(jobs)
    if hasattr(jobs, "columns"):
        missing = {"start", "end"} - set(jobs.columns)
        if missing:
            raise ConfigError(f"the jobs have no column {', '.join(sorted(missing))}")
        return np.column_stack([_seconds(jobs["start"]), _seconds(jobs["end"])])
    return np.asarray(jobs, dtype=np.float64)


def _seconds(column: Any) -> Any:
    if column.dtype.kind in "fiu":
        return column.to_numpy(dtype=np.float64)
    return times_ns(column) / 1e9
