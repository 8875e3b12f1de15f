"""What a simulation found: a row for each policy, what happened slot by slot, and why."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from learningplane._core import ConfigError, Decision, _Simulations

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class SimulationResult:
    """What simulate() found. `results`: one mapping for each policy, as the command's JSON has them."""

    def __init__(self, found: _Simulations) -> None:
        self._found = found
        tree: dict[str, Any] = found.to_dict()
        self.protocol: str = tree["protocol"]
        self.seed: int = tree["seed"]
        self.results: list[dict[str, Any]] = tree["policies"]
        self.policies: list[str] = [r["name"] for r in self.results]

    def to_dict(self) -> dict[str, Any]:
        """What `learningplane simulate --json` prints."""
        tree: dict[str, Any] = self._found.to_dict()
        return tree

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each policy: events, % of slots above each bound, instance-minutes …."""
        import pandas as pd

        table: pd.DataFrame = pd.DataFrame([_row(r) for r in self.results])
        return table.set_index("policy")

    @cached_property
    def slots(self) -> dict[str, pd.DataFrame]:
        """For each policy a table, a row for each slot: load, instances, ready, latency (at the objective's quantile),
        highest, forecast, percentiles, and event (the change decided at the slot's end)."""
        return {name: self._slots(i) for i, name in enumerate(self.policies)}

    def events(self, policy: str | None = None) -> pd.DataFrame:
        """The decisions that changed something: time, slot, current, wish, replicas, rule."""
        import pandas as pd

        changes = self._found.changes(self._index(policy))
        times = self._found.time_ns(0) + self._found.slot_ns * (changes["slot"] + 1)
        table: pd.DataFrame = pd.DataFrame({**changes, "time": pd.DatetimeIndex(times, tz="UTC")})
        return table.set_index("time")

    def decision(self, policy: str | None, slot: Any) -> Decision:
        """What the policy decided at the end of a slot (its number, or a time within it)."""
        i, number = self._index(policy), self._slot(slot)
        decision = self._found.decision(i, number)
        if decision is None:
            raise ConfigError(
                f"slot {number}: of so long a run only decisions that change something are kept, see events()"
            )
        return decision

    def explain(self, policy: str | None, slot: Any) -> str:
        """Why so many instances: the decision at the end of a slot in a few sentences."""
        i, number = self._index(policy), self._slot(slot)
        time = np.datetime64(self._found.time_ns(number + 1), "ns").astype("datetime64[s]")
        return f"{self.policies[i]}, end of slot {number} ({time}Z): {self.decision(policy, number).explain()}"

    def plot(self, policies: Sequence[str] | str | None = None, begin: Any = None, end: Any = None) -> Figure:
        """Load, instances and latency over time with the bounds, and the events of each policy. Needs matplotlib."""
        from learningplane._simulation_plot import figure

        names = [policies] if isinstance(policies, str) else list(policies or self.policies)
        return figure(self, names, begin, end)

    def plot_instances(self, ax: Axes | None = None, policies: Sequence[str] | None = None) -> Axes:
        """Instances asked for over time."""
        from learningplane._simulation_plot import instances

        return instances(self, list(policies or self.policies), ax)

    def plot_latency(self, ax: Axes | None = None, policies: Sequence[str] | None = None) -> Axes:
        """Latency at the objective's quantile over time, and the bounds."""
        from learningplane._simulation_plot import latency

        return latency(self, list(policies or self.policies), ax)

    @property
    def bounds(self) -> list[float]:
        """The latencies that violations are counted above."""
        return list(self._found.bounds())

    def _slots(self, i: int) -> pd.DataFrame:
        import pandas as pd

        columns = self._found.columns(i)
        first, count = self._found.first_slot, len(columns["load"])
        numbers = np.arange(first, first + count)
        changes = self._found.changes(i)
        event = np.zeros(count, dtype=np.int64)
        event[changes["slot"] - first] = changes["replicas"] - changes["current"]
        times = self._found.time_ns(0) + self._found.slot_ns * numbers
        index = pd.DatetimeIndex(times, tz="UTC", name="time")
        table: pd.DataFrame = pd.DataFrame({"slot": numbers, **columns, "event": event}, index=index)
        return table

    def _slot(self, slot: Any) -> int:
        if isinstance(slot, (int, np.integer)):
            return int(slot)
        from learningplane._core import time_ns

        return int((time_ns(slot) - self._found.time_ns(0)) // self._found.slot_ns)

    def _index(self, policy: str | None) -> int:
        if policy is None and len(self.policies) == 1:
            return 0
        if policy not in self.policies:
            raise ConfigError(f"there is no policy {policy!r} here; there are {', '.join(self.policies)}")
        return self.policies.index(policy)

    def _repr_html_(self) -> str:
        from learningplane._display import _number, _table

        rows = [_row(r) for r in self.results]
        shown = [k for k in rows[0] if k not in ("policy", "slots", "samples") and any(r[k] for r in rows)]
        cells = [[r["policy"], *(_number(float(r[k])) for k in shown)] for r in rows]
        first = self._found.first_slot
        caption = f"Simulation, protocol {self.protocol}, seed {self.seed}: {rows[0]['slots']} slots from slot {first}"
        return _table(["policy", *shown], cells, caption)

    def __repr__(self) -> str:
        return f"<SimulationResult, protocol {self.protocol}: {', '.join(self.policies)}>"


def _row(result: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"policy": result["name"]}
    for key, value in result.items():
        if key == "violations":
            row |= {f"above_{bound}": v for bound, v in value.items()}
        elif key != "name":
            row[key] = value
    return row
