"""CPU and memory of applications: what policies of vertical sizing would have meant."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from learningplane import _core
from learningplane._core import ConfigError, Frame, read_csv
from learningplane._frames import to_frame
from learningplane._policies import InstancePolicy
from learningplane._simulate import _duration

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_OPTIONS = {
    "cpu", "memory", "cpu_unit", "memory_unit", "requested_cpu", "requested_memory", "train_share", "seen", "window", "gap",
    "next", "phases", "threads",
}  # fmt: skip


def size(usage: Any, *, by: Sequence[str] | str = (), policies: Any = None, **options: Any) -> SizingResult:
    """Replays the usage of applications through policies of vertical sizing, as `learningplane size` does.

    usage: the path of a CSV (`by`: the columns that tell applications apart), or whatever stands for a frame, each set of
    labels an application. Columns `cpu` (cores) and `memory` (bytes), or others with cpu=, memory=, cpu_unit=, memory_unit=.
    policies: request, static_p95, window_max, window_p95, histogram, theta_scan, theta_scan_dynamic, phase_p95,
    phase_sigma, phase_max, oracle, a registered kind, mappings as in a policy file, objects such as
    lp.SizingWindow(cpu_window="6h"); None: all of these names. A policy that cannot be made for an application, such as one by
    phase where usage never changes, is left out there, and the result's left_out says why; one that was named and works for
    none raises.

    More keywords: requested_cpu and requested_memory (what the user asked for), train_share (0.5: the first part, that is learned
    from and not judged), seen ("served": no more than the limit, as a meter shows; or "demand"), window and gap (minutes or a
    duration), next ("mlp" or "markov": how the next phase is foreseen), phases (options of lp.Phases), threads.
    """
    settings = _settings(options)
    source = os.path.basename(os.fspath(usage)) if isinstance(usage, (str, os.PathLike)) else "usage"
    return SizingResult(_core._size(_usage(usage, by, settings), settings, _policies(policies)), source)


def fit_phase_sizes(usage: Any, path: str | os.PathLike[str], **options: Any) -> None:
    """Learns the phases of one application, what it needs in each and which comes next, into a file that an agent's policy
    `sizing_phases` reads. Options are those of size()."""
    settings = _settings(options)
    _core._fit_phase_sizes(_usage(usage, (), settings), os.fspath(path), settings)


class SizingResult:
    """What size() found."""

    def __init__(self, found: _core._Sizings, source: str = "usage") -> None:
        self._found = found
        self._source = source
        self.applications: list[str] = list(found.applications)
        self.results: list[dict[str, Any]] = [found.sum(i) for i in range(found.policies)]
        self.policies: list[str] = [r["policy"] for r in self.results]
        # Policies that could not be made for an application, with the reason. The sums of all policies are over the same
        # applications, where there are any that all allow; "over" in results says of how many.
        self.left_out: list[dict[str, str]] = list(found.left_out)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each policy, over all applications: allocation, slack, share of samples above the limit, resizes,
        of CPU and memory, and out_of_memory."""
        import pandas as pd

        table: pd.DataFrame = pd.DataFrame([_row(r) for r in self.results])
        return table.drop(columns="application").set_index("policy")

    @cached_property
    def each(self) -> pd.DataFrame:
        """The same for each policy and application."""
        import pandas as pd

        rows = [_row(self._found.one(p, t)) for p in range(len(self.policies)) for t in range(len(self.applications))]
        table: pd.DataFrame = pd.DataFrame(rows)
        return table.set_index(["policy", "application"])

    def limits(self, policy: str, application: str | None = None) -> pd.DataFrame:
        """Usage and limits of one application over the time that was judged."""
        import pandas as pd

        columns = dict(self._found.columns(self._at(self.policies, policy), self._at(self.applications, application)))
        index = pd.DatetimeIndex(columns.pop("times_ns"), tz="UTC", name="time")
        table: pd.DataFrame = pd.DataFrame(columns, index=index)
        return table

    def plot(self, policies: Sequence[str] | str | None = None, application: str | None = None) -> Figure:
        """CPU and memory of one application with the limits of some policies. Needs matplotlib."""
        import matplotlib.pyplot as plt

        names = [policies] if isinstance(policies, str) else list(policies or self.policies)
        figure: Figure = plt.figure(figsize=(10, 5), layout="constrained")
        axes = figure.subplots(2, 1, sharex=True)
        for name in names:
            table = self.limits(name, application)
            for ax, resource in zip(axes, ("cpu", "memory"), strict=True):
                _draw(ax, table, resource, name, self.policies.index(name), first=name == names[0])
        axes[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=6, fontsize="small", frameon=False)
        axes[0].set_ylabel("cores")
        axes[1].set_ylabel("MiB")
        axes[1].set_xlabel("time (UTC)")
        return figure

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """The page of `learningplane size --report`, written to `path` where that is given."""
        page: str = self._found.to_html(self._source)
        if path is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(page)
        return page

    @staticmethod
    def _at(names: list[str], name: str | None) -> int:
        if name is None and len(names) == 1:
            return 0
        if name not in names:
            raise ConfigError(f"there is no {name!r} here; there are {', '.join(names)}")
        return names.index(name)

    def _repr_html_(self) -> str:
        from learningplane._display import _number, _table

        rows = [_row(r) for r in self.results]
        shown = [k for k in rows[0] if k not in ("policy", "application")]
        cells = [[r["policy"], *(_number(np.nan if r[k] is None else float(r[k])) for k in shown)] for r in rows]
        return _table(["policy", *shown], cells, f"Sizing of {len(self.applications)} applications")

    def __repr__(self) -> str:
        return f"<SizingResult of {len(self.applications)} applications: {', '.join(self.policies)}>"


def _draw(ax: Axes, table: Any, resource: str, name: str, number: int, *, first: bool) -> None:
    times = table.index.tz_localize(None).to_numpy()
    unit = 1 if resource == "cpu" else 1 / 1_048_576
    if first:
        ax.plot(times, table[resource] * unit, color="0.4", linewidth=0.8, label="used")
    ax.step(times, table[f"{resource}_limit"] * unit, where="post", color=f"C{number % 10}", linewidth=1, label=name)
    above = table[table[resource] > table[f"{resource}_limit"]]
    marks = above.index.tz_localize(None).to_numpy()
    ax.plot(marks, above[resource] * unit, ".", color=f"C{number % 10}", markersize=4)


def _row(result: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"policy": result["policy"], "application": result["application"]}
    for resource in ("cpu", "memory"):
        told = result[resource]
        keep = ("allocation", "slack", "above_share", "resizes", *(("unserved_share",) if resource == "cpu" else ()))
        row |= {f"{resource}_{key}": told[key] for key in keep}
    return {**row, "out_of_memory": result["out_of_memory"]}


def _settings(options: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(options) - _OPTIONS
    if unknown:
        raise TypeError(f"size has no option {', '.join(sorted(unknown))}; it has {', '.join(sorted(_OPTIONS))}")
    out = {k: v for k, v in options.items() if v is not None}
    for key in ("window", "gap"):
        if key in out:
            out[key] = _duration(key, out[key])
    for key in ("cpu_unit", "memory_unit", "requested_cpu", "requested_memory", "train_share"):
        if key in out:
            out[key] = float(out[key])
    return out


def _usage(usage: Any, by: Sequence[str] | str, settings: Mapping[str, Any]) -> Frame:
    if not isinstance(usage, (str, os.PathLike)):
        if by:
            raise ConfigError("by= is for files: give the frame its labels")
        return to_frame(usage)
    labels = [by] if isinstance(by, str) else list(by)
    columns = [settings.get("cpu", "cpu"), settings.get("memory", "memory")]
    return read_csv(usage, label_columns=labels, value_columns=columns, duplicates="refuse")


def _policies(policies: Any) -> list[Any]:
    if policies is None:
        return []  # the usual ones
    single = isinstance(policies, (str, os.PathLike, InstancePolicy))
    if single or (isinstance(policies, Mapping) and "kind" in policies):
        policies = [policies]
    if isinstance(policies, Mapping):
        policies = [{"name": name, **_mapping(p)} for name, p in policies.items()]
    out: list[Any] = []
    for policy in policies:
        if isinstance(policy, os.PathLike) or (isinstance(policy, str) and policy.endswith((".yaml", ".yml"))):
            read = _core._load_policies(os.fspath(policy))
            out += read if isinstance(read, list) else [read]
        else:
            out.append(policy if isinstance(policy, str) else _mapping(policy))
    if not out:
        raise ConfigError("no policies: give at least one")
    return out


def _mapping(policy: Any) -> dict[str, Any]:
    if isinstance(policy, InstancePolicy):
        return policy.options()
    return {"kind": policy} if isinstance(policy, str) else dict(policy)
