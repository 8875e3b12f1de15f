"""A timed plan of load, followed for real by stress-ng, and what was measured."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from learningplane import _core
from learningplane._core import Frame, read_csv, write_csv
from learningplane._display import _number, _table
from learningplane._frames import to_frame
from learningplane._progress import bar
from learningplane._stress import _settings

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


class StressSchedule:
    """What jobs do when: steps of so much CPU and memory. Made by StressProfile.generate(), or read by load()."""

    def __init__(self, inner: _core._StressSchedule) -> None:
        self._core = inner

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> StressSchedule:
        """What save() or `learningplane stress generate` wrote."""
        return cls(_core._StressSchedule.load(os.fspath(path)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the file that the command reads."""
        self._core.save(os.fspath(path))

    @property
    def jobs(self) -> int:
        """How many there are."""
        return int(self._core.jobs)

    @property
    def length(self) -> float:
        """Seconds until the last job has ended."""
        return float(self._core.length)

    @property
    def peak_cores(self) -> float:
        """Of all jobs together."""
        return float(self._core.peak_cores)

    @property
    def peak_bytes(self) -> float:
        """Of all jobs together."""
        return float(self._core.peak_bytes)

    @property
    def seed(self) -> int:
        """Of everything that was drawn."""
        return int(self._core.seed)

    @property
    def weighting(self) -> str:
        """balanced or frequency."""
        return str(self._core.weighting)

    @property
    def speed(self) -> float:
        """Seconds of the source in one."""
        return float(self._core.speed)

    def to_pandas(self) -> pd.DataFrame:
        """A row for each step: job, start, seconds, phase, cpu_cores, memory_bytes."""
        import pandas as pd

        table: pd.DataFrame = pd.DataFrame(self._core.steps())
        return table

    def planned_load(self, step: Any = "1m", start: Any = "2024-01-01T00:00:00Z") -> Frame:
        """cpu_cores, memory_bytes and jobs of all jobs together, for simulate() and for players of traces."""
        return self._core.planned_load(step, start)

    def to_kubernetes(
        self,
        image: str,
        *,
        name_space: str = "default",
        prefix: str = "stress",
        keep: Any = "1h",
        headroom: float = 1.1,
    ) -> str:
        """A Job (batch/v1) for each job as YAML, for `kubectl apply -f`; the image holds sh and stress-ng.

        prefix: of the names, and the label app.kubernetes.io/instance by which all are removed; keep: a finished Job is
        removed after so long.
        """
        return str(self._core.to_kubernetes(image, name_space, prefix, keep, headroom))

    def run(self, *, progress: bool | None = None, **options: Any) -> StressRecording:
        """Follows the plan on this machine with stress-ng and measures it, as `learningplane stress run` does.

        options: sample ("1s": from reading to reading), program ("stress-ng"), cgroup ("auto": below this process's own group;
        "none"; or a group), limits ("cpu,memory"), cpu_weight (of all jobs in their group, in that of one process), and
        allow_oversubscribe (else load over what the machine has is refused). progress: a bar by tqdm; None: on a terminal.
        Other Python threads go on meanwhile. Ctrl-C ends everything that was started; `recording_` then holds what was
        measured until then.
        """
        known = ("sample", "program", "cgroup", "limits", "cpu_weight", "allow_oversubscribe")
        settings = _settings(options, known)
        with bar("stress", progress) as tell:
            show = None if tell is None else lambda done, length: tell(round(done), round(length))
            found = self._core.run(settings, show)
        if found["frame"] is not None:
            self.recording_ = StressRecording(found["frame"], found["report"], found["limits"])
        if found["raised"] is not None:
            raise found["raised"]
        return self.recording_

    def plot(self, step: Any = "1s") -> Figure:
        """CPU, memory and jobs of all together over the time of the replay. Needs matplotlib."""
        from learningplane._stress_plot import schedule

        return schedule(self, step)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StressSchedule) and bool(self._core.equals(other._core))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<StressSchedule of {self.jobs} jobs in {self.length:.0f} s, {self.weighting}, seed {self.seed}>"

    def _repr_html_(self) -> str:
        rows = [
            ["jobs", str(self.jobs)], ["seconds", _number(self.length)], ["cores at most", _number(self.peak_cores)],
            ["MB at most", _number(self.peak_bytes / 1e6)], ["speed", _number(self.speed)],
        ]  # fmt: skip
        return _table(["", ""], rows, f"Schedule, {self.weighting}, seed {self.seed}")


class StressRecording:
    """What jobs used, reading by reading, beside what was planned. `report`: how the run went; `limits`: what was limited."""

    def __init__(self, frame: Frame, report: dict[str, Any] | None = None, limits: list[str] | None = None) -> None:
        self.frame = frame
        self.report = report or {}
        self.limits = limits or []

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> StressRecording:
        """The CSV that save() or `learningplane stress run --out` wrote."""
        return cls(read_csv(os.fspath(path), label_columns=["job"], duplicates="refuse"))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the CSV that the command reads."""
        write_csv(self.frame, os.fspath(path))

    def to_pandas(self) -> pd.DataFrame:
        """A row for each job and reading: time, job, active, cpu_cores, memory_bytes, the same planned, phase."""
        import pandas as pd

        jobs: dict[str, dict[str, Any]] = {}
        for column in self.frame.columns:
            jobs.setdefault(column.labels.get("job", ""), {})[column.name] = column.values
        times = pd.DatetimeIndex(self.frame.times_ns, tz="UTC", name="time")
        parts = [
            pd.DataFrame(columns, index=times).dropna(subset="active").assign(job=job) for job, columns in jobs.items()
        ]
        table: pd.DataFrame = pd.concat(parts).set_index("job", append=True).sort_index()
        return table

    @staticmethod
    def _frame_of(recording: Any) -> tuple[Frame, str]:
        if isinstance(recording, StressRecording):
            return recording.frame, "recording"
        if isinstance(recording, (str, os.PathLike)):
            return StressRecording.load(recording).frame, os.path.basename(os.fspath(recording))
        return to_frame(recording), "recording"

    def __repr__(self) -> str:
        jobs = {c.labels.get("job") for c in self.frame.columns}
        return f"<StressRecording of {len(jobs)} jobs, {len(self.frame)} readings>"

    def _repr_html_(self) -> str:
        rows = [[k.replace("_", " "), _shown(v)] for k, v in self.report.items() if k != "failures"]
        return _table(["", ""], rows, repr(self).strip("<>"))


def _shown(value: Any) -> str:
    return _number(float(value)) if isinstance(value, (int, float, np.number)) else str(value)
