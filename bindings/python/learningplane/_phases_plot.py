"""Figures of phases, with matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from learningplane._core import ConfigError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def colour(phase: int) -> str:
    """The same in every figure; a row whose phase is not known is grey."""
    return "0.75" if phase < 0 else f"C{phase % 10}"


def over_time(features: list[str], sequence: Any, phases: Any, feature: str | None, ax: Axes | None) -> Axes:
    """One feature of one sequence over time, dots and background coloured by phase."""
    if feature is not None and feature not in features:
        raise ConfigError(f"there is no feature {feature!r}; there are {', '.join(features)}")
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.subplots(figsize=(10, 3), layout="constrained")[1]
    labels, times, rows = sequence
    at = np.asarray(times).view("datetime64[ns]")
    values = rows[:, features.index(feature) if feature else 0]
    ax.plot(at, values, color="0.5", linewidth=0.8, zorder=2)
    ends = np.flatnonzero(np.diff(phases)) + 1
    edges = [0, *ends.tolist(), len(phases)]
    step = np.median(np.diff(times)).astype("timedelta64[ns]") if len(times) > 1 else np.timedelta64(1, "s")
    for first, last in zip(edges[:-1], edges[1:], strict=True):
        until = at[last] if last < len(at) else at[-1] + step
        ax.axvspan(at[first], until, color=colour(int(phases[first])), alpha=0.25, linewidth=0, zorder=0)
    for phase in np.unique(phases):
        mine = phases == phase
        label = "not known" if phase < 0 else f"phase {phase}"
        ax.scatter(at[mine], values[mine], s=9, color=colour(int(phase)), label=label, zorder=3)
    ax.set_xlabel("time (UTC)")
    ax.set_ylabel(feature or features[0])
    ax.set_title(", ".join(f"{k}={v}" for k, v in labels.items()), fontsize="medium", loc="left")
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), fontsize="small", ncols=6, frameon=False)
    return ax


def distributions(features: list[str], rows: Any, phases: Any, count: int) -> Figure:
    """How each feature lies in each phase: boxes from the first to the third quartile, whiskers from 5 % to 95 %."""
    import matplotlib.pyplot as plt

    drawn: Figure = plt.figure(figsize=(3.2 * len(features), 3), layout="constrained")
    for j, (ax, feature) in enumerate(zip(drawn.subplots(1, len(features), squeeze=False)[0], features, strict=True)):
        for phase in range(count):
            mine = rows[phases == phase, j]
            if len(mine) == 0:
                continue
            box = ax.boxplot(mine, positions=[phase], widths=0.6, whis=(5, 95), showfliers=False, patch_artist=True)
            box["boxes"][0].set(facecolor=colour(phase), alpha=0.6)
            box["medians"][0].set(color="0.1")
        ax.set_xticks(range(count), [str(p) for p in range(count)])
        ax.set_xlim(-0.6, count - 0.4)
        ax.set_xlabel("phase")
        ax.set_ylabel(feature)
    return drawn


def transitions(statistics: dict[str, Any], ax: Axes | None) -> Axes:
    """Phases as circles, as large as their share of the rows; an arrow says how often one follows another when it is left."""
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.subplots(figsize=(5, 5), layout="constrained")[1]
    counts = np.asarray(statistics["transitions"], dtype=float)
    k = len(counts)
    left = counts - np.diag(np.diag(counts))
    share = np.divide(
        left, left.sum(axis=1, keepdims=True), out=np.zeros_like(left), where=left.sum(axis=1, keepdims=True) > 0
    )
    angle = np.pi / 2 - 2 * np.pi * np.arange(k) / max(k, 1)
    place = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    radius = [0.1 + 0.25 * np.sqrt(p["share"]) for p in statistics["phases"]]
    for a in range(k):
        for b in range(k):
            if share[a, b] > 0:
                _arrow(ax, place[a], place[b], radius[a], radius[b], share[a, b])
    for phase, (x, y) in enumerate(place):
        import matplotlib.patches as patches

        ax.add_patch(patches.Circle((x, y), radius[phase], facecolor=colour(phase), edgecolor="0.2", alpha=0.9))
        told = statistics["phases"][phase]
        ax.text(x, y, f"{phase}\n{told['share']:.0%}", ha="center", va="center", fontsize="small")
    ax.set_xlim(-1.5, 1.5)
    ax.set_ylim(-1.5, 1.5)
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_title(f"{statistics['changes']} changes in {statistics['rows']} rows", fontsize="medium", loc="left")
    return ax


def _arrow(ax: Axes, begin: Any, end: Any, from_: float, to: float, share: float) -> None:
    way = (end - begin) / np.linalg.norm(end - begin)
    side = np.array([way[1], -way[0]])  # there and back lie side by side
    start, tip = begin + way * from_ + 0.05 * side, end - way * to + 0.05 * side
    arrow = {"arrowstyle": "-|>", "linewidth": 0.5 + 3 * share, "color": "0.45", "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=tip, xytext=start, arrowprops=arrow, zorder=1)
    x, y = start + 0.4 * (tip - start) + 0.07 * side
    ax.text(x, y, f"{share:.2f}", fontsize="x-small", ha="center", va="center")
