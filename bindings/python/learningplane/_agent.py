"""The agent as Python holds it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from learningplane._core import (
    Actuator,
    AgentHost,
    ConfigError,
    Decision,
    Forecaster,
    Policy,
    Sensor,
)

if TYPE_CHECKING:
    import pandas as pd

_EVERY_5_MINUTES = {"decide": {"trigger": {"kind": "interval", "every": "5m"}, "run": "decide"}}


class Agent:
    """Sensors, model, policy and actuators on schedules, with a journal.

    Takes the keys of an agent file (`agent_schema()` lists them). Where the file says
    {"kind": …}, an object does too: a Sensor, a Policy, an Actuator; for a model, a function
    that makes a Forecaster (then `target` names the column).

    >>> agent = Agent("planner", sensors={"telemetry": FrameSensor(frame)},
    ...               models={"qos": {"kind": "naive", "target": "qos"}},
    ...               sites={"edge-1": {"labels": {"cluster": "a"}}, "edge-2": {"labels": {"cluster": "b"}}},
    ...               policy={"kind": "placement"}, applications=["web"])      # doctest: +SKIP

    Without `state` the journal stands in memory; with it, in a folder that is locked meanwhile.
    """

    _host: AgentHost

    def __init__(
        self,
        name: str = "agent",
        *,
        state: str | os.PathLike[str] | None = None,
        dry_run: bool = False,
        base_dir: str | os.PathLike[str] = "",
        **sections: Any,
    ) -> None:
        parts: dict[str, Any] = {}
        tree: dict[str, Any] = {"agent": name, "schedules": _EVERY_5_MINUTES}
        for key, section in sections.items():
            tree[key] = _named(key, section, parts)
        if "policy" in tree and "actuators" not in tree:
            tree["actuators"] = {"recording": {"kind": "recording"}}
        self._start(AgentHost(tree, parts, os.fspath(base_dir)), state, dry_run)

    @classmethod
    def from_yaml(
        cls,
        path: str | os.PathLike[str],
        *,
        parts: Mapping[str, Any] | None = None,
        state: str | os.PathLike[str] | None = None,
        dry_run: bool = False,
    ) -> Agent:
        """An agent from its file. `parts` are Python's own kinds by the names the file calls them.

        Without `state` the journal stands in memory; "" means the folder that the file names.
        """
        agent = cls.__new__(cls)
        agent._start(AgentHost.from_file(os.fspath(path), dict(parts or {})), state, dry_run)
        return agent

    def _start(self, host: AgentHost, state: str | os.PathLike[str] | None, dry_run: bool) -> None:
        self._host = host
        if dry_run:
            host.set_dry_run()
        if state is not None:
            host.keep_in(os.fspath(state))

    @property
    def name(self) -> str:
        """As it stands in the journal."""
        return self._host.name

    def run_once(self, at: datetime | None = None) -> Agent:
        """Does each scheduled task once, as if it were `at` (default: now). Models are kept."""
        self._host.run_once(at)
        return self

    def replay(self, data: Any) -> Agent:
        """Runs the schedules over recorded telemetry (a frame, a DataFrame, a CSV's path).

        A path is read with the options of the agent's csv sensor. Records instead of acting. Ends with the last row.
        """
        self._host.replay(data)
        return self

    def run(self, duration: timedelta | str | float | None = None) -> Agent:
        """Runs the schedules live for so long, or until Ctrl-C."""
        self._host.run(duration)
        return self

    def journal(self, kind: str = "", *, decision_id: str = "", limit: int = 100_000) -> list[dict[str, Any]]:
        """The newest entries, oldest first; `kind`: run, forecast, decision, intent, outcome, note."""
        return self._host.journal(kind, decision_id, limit)

    def journal_frame(self, kind: str = "") -> pd.DataFrame:
        """The journal as a DataFrame, the body's members as columns "body.…"."""
        import pandas as pd

        return pd.json_normalize(self.journal(kind), max_level=1)

    def decisions(self) -> list[Decision]:
        """What was decided and why, oldest first."""
        return [Decision.from_dict(entry["body"]) for entry in self.journal("decision")]

    def report(self) -> dict[str, Any]:
        """Figures and series of the report, from the journal."""
        result: dict[str, Any] = self._host.report()
        return result

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """The page of `learningplane report`, written to `path` where that is given."""
        page: str = self._host.report_html()
        if path is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(page)
        return page

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(str(e['at']))}</td><td>{escape(e['body'].get('rule', ''))}</td>"
            f"<td>{escape(e['body'].get('reason', ''))}</td></tr>"
            for e in self.journal("decision", limit=8)
        )
        return f"<table><caption>{escape(repr(self))}: last decisions</caption>{rows}</table>"

    def __repr__(self) -> str:
        return f"<Agent {self.name}>"


def _named(key: str, section: Any, parts: dict[str, Any]) -> Any:
    """The section as an agent file would hold it; objects go to `parts` under a name of their own."""

    def put(name: str, part: Any) -> dict[str, Any]:
        kind = f"python.{key}.{name}"
        parts[kind] = part
        return {"kind": kind}

    if key == "policy":
        if hasattr(section, "options"):  # an InstancePolicy, whose name and forecasts are a simulation's
            return {k: v for k, v in section.options().items() if k not in ("name", "forecasts")}
        return put("policy", section) if isinstance(section, Policy) else section
    if key in ("sensors", "actuators"):
        wanted: type[Sensor] | type[Actuator] = Sensor if key == "sensors" else Actuator
        if isinstance(section, (list, tuple)):
            section = {part.describe(): part for part in section}
        if isinstance(section, wanted):
            section = {section.describe(): section}
        return {n: put(n, p) if isinstance(p, wanted) else p for n, p in section.items()}
    if key == "models":
        return {n: _model(put, n, p) for n, p in section.items()}
    return section


def _model(put: Callable[[str, Any], dict[str, Any]], name: str, part: Any) -> Any:
    from learningplane._estimators import ForecastEstimator

    if isinstance(part, ForecastEstimator):
        return {"kind": part.kind, **part.options()}
    if isinstance(part, tuple) and len(part) == 2 and callable(part[0]):
        return {**put(name, part[0]), "target": part[1]}
    if isinstance(part, Forecaster):
        raise ConfigError("give a function that makes the model and its target: (Make, 'qos')")
    return part
