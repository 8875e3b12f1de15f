"""Figures of simulations, with matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from learningplane._simulation import SimulationResult


def _axes(ax: Axes | None) -> Axes:
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.subplots()[1]
    return ax


def _times(table: Any) -> Any:
    return table.index.tz_localize(None).to_numpy()


def _colour(result: SimulationResult, name: str) -> str:
    return f"C{result.policies.index(name) % 10}"


def _cut(result: SimulationResult, name: str, begin: Any, end: Any) -> Any:
    return result.slots[result.policies[result._index(name)]].loc[begin:end]


def instances(
    result: SimulationResult, names: list[str], ax: Axes | None = None, begin: Any = None, end: Any = None
) -> Axes:
    """Steps of the instances asked for."""
    ax = _axes(ax)
    for name in names:
        table = _cut(result, name, begin, end)
        ax.step(_times(table), table["instances"], where="post", color=_colour(result, name), linewidth=1, label=name)
    ax.set_ylabel("instances")
    ax.set_ylim(bottom=0)
    ax.legend(loc="upper right", fontsize="small")
    return ax


def latency(
    result: SimulationResult, names: list[str], ax: Axes | None = None, begin: Any = None, end: Any = None
) -> Axes:
    """Latency at the objective's quantile with the bounds; what lies far above them is cut, and marked at the edge."""
    ax = _axes(ax)
    bounds = result.bounds
    top = 2 * max(bounds)
    for name in names:
        table = _cut(result, name, begin, end)
        served = np.where(table["load"] > 0, table["latency"], np.nan)
        colour = _colour(result, name)
        ax.plot(_times(table), np.minimum(served, top), color=colour, linewidth=0.7, label=name)
        above = served > top
        ax.plot(_times(table)[above], np.full(above.sum(), top), "^", color=colour, markersize=3)
    for bound, style in zip(bounds, (":", "-", ":"), strict=True):
        ax.axhline(bound, color="0.4", linestyle=style, linewidth=0.8)
    ax.set_yticks([0, *bounds, top], ["0", *(f"{b:g}" for b in bounds), f"> {top:g}"])
    ax.set_ylabel("latency")
    return ax


def load(result: SimulationResult, name: str, ax: Axes | None = None, begin: Any = None, end: Any = None) -> Axes:
    """The load that came, the same for every policy, and what the policy planned on."""
    ax = _axes(ax)
    table = _cut(result, name, begin, end)
    ax.step(_times(table), table["load"], where="post", color="0.3", linewidth=0.8, label="load")
    ax.set_ylabel("load")
    return ax


def events(
    result: SimulationResult, names: list[str], ax: Axes | None = None, begin: Any = None, end: Any = None
) -> Axes:
    """A row for each policy: up and down where instances came and went."""
    ax = _axes(ax)
    for row, name in enumerate(reversed(names)):
        table = _cut(result, name, begin, end)
        for up, marker in ((True, "^"), (False, "v")):
            changed = table[table["event"] > 0] if up else table[table["event"] < 0]
            ax.plot(_times(changed), np.full(len(changed), row), marker, color=_colour(result, name), markersize=4)
    ax.set_yticks(range(len(names)), list(reversed(names)))
    ax.set_ylim(-0.7, len(names) - 0.3)
    ax.set_xlabel("time (UTC)")
    return ax


def figure(result: SimulationResult, names: list[str], begin: Any, end: Any) -> Figure:
    """Load, instances, latency and events, one above the other."""
    import matplotlib.pyplot as plt

    heights = [1, 1.6, 1.6, 0.3 + 0.2 * len(names)]
    drawn: Figure = plt.figure(figsize=(10, 2 * sum(heights)), layout="constrained")
    top, second, third, last = drawn.subplots(4, 1, sharex=True, height_ratios=heights)
    load(result, names[0], top, begin, end)
    instances(result, names, second, begin, end)
    latency(result, names, third, begin, end)
    events(result, names, last, begin, end)
    top.set_title(f"protocol {result.protocol}, seed {result.seed}")
    return drawn
