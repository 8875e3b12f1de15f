"""Figures of stress, with matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from learningplane._stress import StressProfile
    from learningplane._stress_check import StressCheck
    from learningplane._stress_schedule import StressSchedule

_SPANS = ((2 * 86400, 86400, "days"), (2 * 3600, 3600, "hours"), (300, 60, "minutes"), (0, 1, "seconds"))
_COLOURS = {"source": "C2", "planned": "C0", "measured": "C1"}


def check(found: StressCheck) -> Figure:
    """Planned against measured load over time, phase shares, and cumulative curves of durations and arrivals."""
    import matplotlib.pyplot as plt

    drawn: Figure = plt.figure(figsize=(11, 8), layout="constrained")
    grid = drawn.add_gridspec(3, 3, height_ratios=[1, 1, 1.1])
    totals = found.totals
    cpu = drawn.add_subplot(grid[0, :])
    memory = drawn.add_subplot(grid[1, :], sharex=cpu)
    for ax, resource, unit, label in ((cpu, "cpu_cores", 1, "cores"), (memory, "memory_bytes", 1e6, "MB")):
        _over_time(ax, totals, f"plan_{resource}", resource, unit)
        ax.set_ylabel(label)
    told = found.table["correlation"]
    cpu.set_title(
        f"correlation {told['cpu_cores']:.3f} for CPU, {told['memory_bytes']:.3f} for memory",
        fontsize="medium",
        loc="left",
    )
    cpu.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, fontsize="small", frameon=False)
    memory.set_xlabel("time (UTC)")
    shares(found.phases, drawn.add_subplot(grid[2, 0]))
    curves(found.durations, drawn.add_subplot(grid[2, 1]), "duration of a job")
    curves(found.interarrivals, drawn.add_subplot(grid[2, 2]), "from one arrival to the next")
    return drawn


def profile(found: StressProfile) -> Figure:
    """Phase shares of the source, and cumulative curves of its durations and arrivals."""
    import matplotlib.pyplot as plt
    import pandas as pd

    drawn: Figure = plt.figure(figsize=(11, 3), layout="constrained")
    first, second, third = drawn.subplots(1, 3)
    shares(pd.DataFrame({"source": found.shares_}), first)
    curves({"source": found.durations_}, second, "duration of a job")
    curves({"source": found.interarrivals_}, third, "from one arrival to the next")
    return drawn


def schedule(plan: StressSchedule, step: Any) -> Figure:
    """CPU, memory and jobs of all together."""
    import matplotlib.pyplot as plt
    import pandas as pd

    frame = plan.planned_load(step)
    seconds = (frame.times_ns - frame.times_ns[0]) / 1e9
    table = pd.DataFrame({name: frame.values(name) for name in frame.names}, index=seconds)
    drawn: Figure = plt.figure(figsize=(10, 5), layout="constrained")
    axes = drawn.subplots(3, 1, sharex=True, height_ratios=[2, 2, 1])
    for ax, name, unit, label in zip(
        axes, ("cpu_cores", "memory_bytes", "jobs"), (1, 1e6, 1), ("cores", "MB", "jobs"), strict=True
    ):
        ax.step(seconds, table[name] / unit, where="post", color="C0", linewidth=1)
        ax.set_ylabel(label)
        ax.set_ylim(bottom=0)
    axes[2].set_xlabel("seconds of the replay")
    return drawn


def shares(table: Any, ax: Axes) -> None:
    """Bars side by side for each phase."""
    width = 0.8 / len(table.columns)
    for j, name in enumerate(table.columns):
        at = np.arange(len(table)) - 0.4 + (j + 0.5) * width
        ax.bar(at, table[name], width=0.9 * width, color=_COLOURS[name], label=name)
    ax.set_xticks(range(len(table)), [str(p) for p in range(len(table))])
    ax.set_xlabel("phase")
    ax.set_ylabel("share of the time")
    ax.legend(fontsize="small", frameon=False)


def curves(times: dict[str, Any], ax: Axes, label: str) -> None:
    """Share at or below each time."""
    top = max((float(v[-1]) for v in times.values() if len(v)), default=1.0)
    unit, name = next((u, n) for least, u, n in _SPANS if top >= least)
    for which, values in times.items():
        if len(values):
            share = np.arange(1, len(values) + 1) / len(values)
            ax.step(
                [0, *values / unit], [0, *share], where="post", color=_COLOURS[which], label=f"{which}: {len(values)}"
            )
    ax.set_xlabel(f"{label}, {name}")
    ax.set_ylabel("share at or below")
    ax.set_ylim(0, 1.02)
    ax.legend(fontsize="small", frameon=False, loc="lower right")


def _over_time(ax: Axes, table: Any, planned: str, measured: str, unit: float) -> None:
    times = table.index.tz_localize(None).to_numpy()
    ax.plot(times, table[planned] / unit, color=_COLOURS["planned"], linewidth=1.2, label="planned")
    ax.plot(times, table[measured] / unit, color=_COLOURS["measured"], linewidth=1, label="measured")
    ax.set_ylim(bottom=0)
