"""Settings of a scaling policy, searched over the simulator."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from learningplane import _core
from learningplane._core import ConfigError
from learningplane._policies import ScalingPolicy, make_policy
from learningplane._progress import bar
from learningplane._simulate import _capacity, _entries, _settings, _workload, to_capacity

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

AIMS = ("events", "violations", "instance_minutes")


def tune(
    trace: Any,
    *,
    latency: Any = None,
    throughput: float | None = None,
    policy: Any = "hybrid",
    search: Mapping[str, Iterable[Any]] | None = None,
    train: tuple[int, int] = (10_080, 30_240),
    score: tuple[int, int] | None = (30_240, 40_320),
    trials: int = 400,
    aims: Sequence[str] = AIMS,
    bound: float = 22,
    most_violations: float = 0.1,
    most_events: int | None = None,
    choice: str = "flat",
    column: str = "",
    slot: timedelta | str = "1m",
    progress: bool | None = None,
    **options: Any,
) -> Tuning:
    """Searches the settings of a policy over the simulator, as `learningplane tune` does.

    policy: a kind, a mapping, a .yaml file or an object such as lp.Hybrid(maximum=6); what it sets stays. search: the
    values that are tried, by option (`margin` too: the share by which the policy plans below what is promised); None:
    window, quantile, margin, cool-down, and the hybrid's own. train: the slots that the policy is chosen by, score: others,
    that say what the choice is worth (None: none). aims: what should be small, of events, violations, instance_minutes, cost,
    energy. Chosen is what keeps `most_violations` (% of slots above `bound`) and `most_events`; choice "flat": near the best, with
    neighbours that are as good in the first aim; "knee": of the front, nearest to the least of each aim.
    More keywords are those of simulate(); latencies are exact where `exact=False` does not say otherwise.
    """
    settings = _settings({"exact": True, **options})
    with _capacity(latency, throughput) as (capacity, path):
        settings["latency"] = path
        (given,) = _one(policy, throughput)
        what = {
            "policy": given, "search": {k: list(v) for k, v in (search or {}).items()}, "train": list(train),
            "score": None if score is None else list(score), "trials": int(trials), "aims": list(aims),
            "bound": float(bound), "most_violations": float(most_violations), "choice": choice,
            **({} if most_events is None else {"most_events": int(most_events)}),
        }  # fmt: skip
        with bar("tune", progress) as tell:
            workload = _workload(trace, column, slot, settings.get("seed", 0))
            tree, text = _core._tune(workload, capacity, settings, what, tell)
    return Tuning(tree, text, latency)


def _one(policy: Any, throughput: float | None) -> list[Any]:
    if isinstance(policy, ScalingPolicy):
        policy = policy.options()
    elif isinstance(policy, str) and not policy.endswith((".yaml", ".yml")):
        policy = {"kind": policy}
    entries = _entries(policy, throughput)
    if len(entries) != 1:
        raise ConfigError(f"one policy is tuned at a time, here are {len(entries)}")
    return entries


class Tuning:
    """What tune() found. `policy`: the chosen one, for simulate() and an agent; `within`: it keeps what was asked."""

    def __init__(self, tree: dict[str, Any], text: str, latency: Any) -> None:
        self._tree, self._text, self._latency = tree, text, latency
        self.within: bool = tree["within"]
        self.policy = _object(tree["chosen"]["policy"])

    def to_dict(self) -> dict[str, Any]:
        """What `learningplane tune --json` prints."""
        return self._tree

    @property
    def front(self) -> pd.DataFrame:
        """No other policy that was tried is as good in every aim and better in one: a row each, with its settings, its
        figures on the slots that it was chosen by, and (`score_…`) on those that played no part."""
        import pandas as pd

        table: pd.DataFrame = pd.DataFrame([self._row(t) for t in self._tree["front"]])
        return table

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes the chosen policy's file: for `learningplane simulate --policy-file` and an agent's `policy` section.

        A table's path that is not absolute is made to start from the file's folder; a table in memory is written beside it.
        """
        path, text = os.fspath(path), self._text
        chosen = self._tree["chosen"]["policy"]
        if self._latency is not None and "throughput" not in chosen and "capacity" not in chosen:
            folder = os.path.dirname(os.path.abspath(path))
            if isinstance(self._latency, (str, os.PathLike)):
                table = os.fspath(self._latency)
                table = table if os.path.isabs(table) else os.path.relpath(table, folder)
            else:
                table = f"{os.path.splitext(os.path.basename(path))[0]}-latency.csv"
                with open(os.path.join(folder, table), "w", encoding="utf-8") as file:
                    file.write(to_capacity(self._latency).to_csv())
            text += f"capacity: {json.dumps(table)}\n"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The front: events against violations, coloured by instance-minutes. Needs matplotlib."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots(layout="constrained")[1]
        front, bound = self.front, self._tree["bound"]
        dots = ax.scatter(front["events"], front["violations"], c=front["instance_minutes"], cmap="viridis")
        ax.figure.colorbar(dots, label="instance-minutes")
        for trial, marker, label in ((self._tree["given"], "x", "as given"), (self._tree["chosen"], "*", "chosen")):
            told = trial["train"]
            ax.plot(
                told["events"], told["violations"], marker, color="C3", markersize=12, fillstyle="none", label=label
            )
        ax.set_xlabel("events")
        ax.set_ylabel(f"% of slots above {bound:g}")
        ax.legend()
        return ax

    def _row(self, trial: dict[str, Any]) -> dict[str, Any]:
        given = self._tree["given"]["policy"]
        moved = {k for t in self._tree["front"] for k, v in t["policy"].items() if given.get(k) != v}
        settings = {k: trial["policy"].get(k) for k in sorted(moved)}
        score = {f"score_{k}": v for k, v in trial.get("score", {}).items()}
        return {
            "chosen": trial["policy"] == self._tree["chosen"]["policy"], **settings, "margin": trial["margin"],
            **trial["train"], **score,
        }  # fmt: skip

    def _repr_html_(self) -> str:
        from learningplane._display import _table

        rows = [self._row(t) for t in self._tree["front"]]
        cells = [[f"{v:.6g}" if isinstance(v, float) else str(v) for v in r.values()] for r in rows]
        caption = f"{self._tree['trials']} policies tried, protocol {self._tree['protocol']}; chosen: {self.policy!r}"
        return _table(list(rows[0]), cells, caption)

    def __repr__(self) -> str:
        return f"<Tuning: {len(self._tree['front'])} of {self._tree['trials']} on the front, chosen {self.policy!r}>"


def _object(mapping: Mapping[str, Any]) -> ScalingPolicy:
    options = {k: v for k, v in mapping.items() if k != "kind"}
    policy: ScalingPolicy = make_policy(mapping["kind"])(**options)
    return policy
