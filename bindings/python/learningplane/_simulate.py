"""What scaling policies would have meant: whatever stands for a workload, handed to the compiled part."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from learningplane import _core
from learningplane._core import Capacity, ConfigError, LogicError
from learningplane._frames import to_frame
from learningplane._policies import ScalingPolicy
from learningplane._progress import bar
from learningplane._simulation import SimulationResult

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("vanilla", "memory", "predictive", "oracle", "hybrid", "hpa")
_GENERATED = "generate:operating_rooms"
_MONDAY = 1_704_067_200_000_000_000  # 2024-01-01T00:00:00Z, where traces without times start


def simulate(
    trace: Any,
    *,
    latency: Any = None,
    throughput: float | None = None,
    policies: Any = NAMES,
    column: str = "",
    slot: timedelta | str = "1m",
    progress: bool | None = None,
    **options: Any,
) -> SimulationResult:
    """Replays a workload through scaling policies side by side, as `learningplane simulate` does.

    trace: a load for each slot: a Series (pandas or ours), a table and its `column`, an array (slots of `slot`), the path of
    a CSV, operating_rooms(…), or "generate:operating_rooms[:WEEKS]". NaN is not known. latency: what one instance
    carries: the path of a CSV, a table (load, min, p<percent> …, max), {load: [latency, …]} or a Capacity; or
    throughput: streams that it carries. policies: names (vanilla, memory, predictive, oracle, hybrid, hpa, or a kind),
    mappings as in a policy file, paths of such files (.yaml), objects (lp.Hybrid(…)), or a mapping of these by name.

    More keywords, as the command has them: window and reactive_window (minutes, or a duration), train_slots (10080),
    start_slot (10080), slots (10081), seed, startup_slots, protocol ("honest" or "published"), model (the honest protocol's
    forecaster: a kind or an estimator), model_options, forecast_slots, refit_slots, streams, frames_per_second, exact, sample_share,
    bounds, first_instances, failure_probability, arrivals, price, watts, threads.

    Ctrl-C ends it; a bar shows how far it is where tqdm is installed and the standard error is a terminal.
    """
    settings = _settings(options)
    with _capacity(latency, throughput) as (capacity, path):
        settings["latency"] = path
        entries = _entries(policies, throughput)
        with bar("simulate", progress) as tell:
            workload = _workload(trace, column, slot, settings.get("seed", 0))
            found = _core._simulate(workload, capacity, [(settings, entries)], True, tell)
    return SimulationResult(found[0])


def what_if(
    trace: Any,
    vary: Mapping[str, Iterable[Any]],
    *,
    latency: Any = None,
    throughput: float | None = None,
    policies: Any = NAMES,
    column: str = "",
    slot: timedelta | str = "1m",
    progress: bool | None = None,
    **options: Any,
) -> pd.DataFrame:
    """simulate() for every combination of the values in `vary`: a row for each combination and policy.

    `vary` maps an option of the simulation (seed, startup_slots, window …) to the values that are tried. Results of different
    protocols are not compared.
    """
    import pandas as pd

    if "protocol" in vary:
        raise LogicError("results of the published and the honest protocol are not compared")
    points = [dict(zip(vary, values, strict=True)) for values in product(*(list(v) for v in vary.values()))]
    if not points:
        raise ConfigError("vary holds an option without values")
    with _capacity(latency, throughput) as (capacity, path):
        entries = _entries(policies, throughput)
        jobs = [({**_settings({**options, **point}), "latency": path}, entries) for point in points]
        if str(trace).startswith("generate:") and "seed" in vary:
            raise ConfigError("seed would vary the trace too: make it with operating_rooms(seed=…)")
        with bar("what if", progress) as tell:
            workload = _workload(trace, column, slot, int(options.get("seed", 0)))
            found = _core._simulate(workload, capacity, jobs, False, tell)
    rows = [
        {**point, **row}
        for point, one in zip(points, found, strict=True)
        for row in SimulationResult(one).table.reset_index().to_dict("records")
    ]
    table: pd.DataFrame = pd.DataFrame(rows)
    return table.set_index([*vary, "policy"])


_OPTIONS = {
    "window", "reactive_window", "train_slots", "start_slot", "slots", "seed", "startup_slots", "protocol", "model",
    "model_options", "forecast_slots", "refit_slots", "streams", "frames_per_second", "exact", "sample_share", "bounds",
    "first_instances", "failure_probability", "arrivals", "price", "watts", "watts_per_stream", "threads", "objective_quantile",
    "penalty_mean", "penalty_deviation",
}  # fmt: skip


def _settings(options: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(options) - _OPTIONS
    if unknown:
        raise TypeError(f"simulate has no option {', '.join(sorted(unknown))}; it has {', '.join(sorted(_OPTIONS))}")
    out = {k: v for k, v in options.items() if v is not None}
    for key in ("window", "reactive_window"):
        if key in out:
            out[key] = _duration(key, out[key])
    model = out.get("model")
    if model is not None and not isinstance(model, str):
        out["model"] = model.kind
        out["model_options"] = {**model.options("load"), **out.get("model_options", {})}
    if "bounds" in out:
        out["bounds"] = [float(b) for b in out["bounds"]]
    for key in (
        "seed",
        "start_slot",
        "slots",
        "startup_slots",
        "train_slots",
        "refit_slots",
        "forecast_slots",
        "threads",
    ):
        if key in out:
            out[key] = int(out[key])
    return out


def _duration(key: str, value: Any) -> str:
    """Minutes as a number, a timedelta, or a text such as "90s"."""
    if isinstance(value, str):
        return value
    seconds = value.total_seconds() if isinstance(value, timedelta) else 60 * float(value)
    if not seconds > 0:
        raise ConfigError(f"{key} is {value!r}; allowed: above 0")
    return f"{seconds:.6f}s"


def _entries(policies: Any, throughput: float | None) -> list[Any]:
    if isinstance(policies, (str, os.PathLike, ScalingPolicy)) or (
        isinstance(policies, Mapping) and "kind" in policies
    ):
        policies = [policies]
    named: Iterable[tuple[Any, Any]] = (
        policies.items() if isinstance(policies, Mapping) else [(None, p) for p in policies]
    )
    out = [entry for name, policy in named for entry in _entry(name, policy, throughput)]
    if not out:
        raise ConfigError("no policies: give at least one")
    return out


def _entry(name: str | None, policy: Any, throughput: float | None) -> Iterator[Any]:
    if isinstance(policy, ScalingPolicy):
        own = policy.get_params()  # an object's window is its own, whatever the simulation's is
        policy = {**policy.options(), **({"window": own["window"]} if own.get("window") is not None else {})}
    elif isinstance(policy, os.PathLike) or (isinstance(policy, str) and policy.endswith((".yaml", ".yml"))):
        read = _core._load_policies(os.fspath(policy))
        for one in read if isinstance(read, list) else [read]:
            yield from _entry(name, one, throughput)
        return
    if isinstance(policy, str):
        if not (throughput and policy in ("predictive", "oracle", "hybrid")):
            yield {"usual": policy, "name": name or policy}
            return
        oracle = policy == "oracle"
        policy = {
            "kind": "predictive" if oracle else policy,
            "name": policy,
            **({"forecasts": "trace"} if oracle else {}),
        }
    if not isinstance(policy, Mapping):
        raise ConfigError(
            f"{policy!r} is no scaling policy; allowed: a name, a mapping, a .yaml file, an object such as lp.Hybrid()"
        )
    entry = dict(policy)
    if name is not None:
        entry["name"] = name
    manifest = _core.list_policies().get(entry.get("kind", ""), {"parameters": []})
    takes = any(p["name"] == "throughput" for p in manifest["parameters"])
    if throughput and takes and "throughput" not in entry and "capacity" not in entry:
        entry["throughput"] = float(throughput)
    yield entry


@contextmanager
def _capacity(latency: Any, throughput: float | None) -> Iterator[tuple[Capacity, str]]:
    """The capacity and the file that policies read it from; a table in memory is written for them meanwhile."""
    if (latency is None) == (throughput is None):
        raise ConfigError("say what one instance carries: either latency=… or throughput=…")
    if throughput is not None:
        if not float(throughput) > 0:
            raise ConfigError(f"throughput is {throughput!r}; allowed: above 0")
        yield Capacity.from_throughput(float(throughput)), ""
        return
    if isinstance(latency, (str, os.PathLike)):
        yield Capacity.read(os.fspath(latency)), os.fspath(latency)
        return
    capacity = to_capacity(latency)
    with tempfile.TemporaryDirectory(prefix="learningplane-") as folder:
        path = os.path.join(folder, "latency.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write(capacity.to_csv())
        yield Capacity.read(path), path


def to_capacity(latency: Any) -> Capacity:
    """A Capacity from a table with a row for each load, or from {load: [latency, …]}."""
    if isinstance(latency, Capacity):
        return latency
    if hasattr(latency, "to_csv"):
        named = [n for n in getattr(latency.index, "names", []) if n is not None]
        return Capacity.parse(latency.to_csv(index=bool(named), lineterminator="\n"))
    if isinstance(latency, Mapping):
        return Capacity.from_samples({float(k): [float(x) for x in v] for k, v in latency.items()})
    raise ConfigError(
        f"a {type(latency).__name__} is no latency table; allowed: a path, a DataFrame, {{load: [latency, …]}}, a Capacity"
    )


def _workload(trace: Any, column: str, slot: timedelta | str, seed: int) -> tuple[Any, int, int]:
    """Loads, when the first slot begins and how long a slot is, in nanoseconds."""
    if isinstance(trace, str) and trace.startswith("generate:"):
        trace = _generated(trace, seed)
    elif isinstance(trace, (str, os.PathLike)):
        trace = _core._read_trace(os.fspath(trace), column)
        column = ""
    if isinstance(trace, (list, tuple, np.ndarray)) and not _is_pair(trace):
        load = np.asarray(trace, dtype=np.float64)
        step = int(_core._duration_ns(slot))
        return _checked(load), _MONDAY, step
    frame = to_frame(trace, name="load")
    names = frame.names
    if not column and len(names) != 1:
        raise ConfigError(f"say which column is the load: column=…, one of {', '.join(names)}")
    load = np.asarray(frame.values(column or frame.columns[0].name), dtype=np.float64)
    times = np.asarray(frame.times_ns)
    if len(times) < 2:
        raise ConfigError("a trace needs at least two slots")
    steps = np.diff(times)
    if (steps != steps[0]).any():
        odd = int(np.flatnonzero(steps != steps[0])[0]) + 1
        raise ConfigError(f"row {odd + 1} is not as long after the one before as the others: resample first")
    return _checked(load), int(times[0]), int(steps[0])


def _is_pair(trace: Any) -> bool:
    return isinstance(trace, tuple) and len(trace) == 2 and np.ndim(trace[0]) == 1


def _checked(load: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if load.ndim != 1 or len(load) < 2:
        raise ConfigError("a trace is one load a slot, at least two of them")
    if (load < 0).any():
        raise ConfigError(f"a load below 0 in slot {int(np.flatnonzero(load < 0)[0])}")
    return np.ascontiguousarray(load)


def _generated(text: str, seed: int) -> Any:
    weeks = text[len(_GENERATED) + 1 :] if text.startswith(f"{_GENERATED}:") else "8"
    if not (text == _GENERATED or text.startswith(f"{_GENERATED}:")) or not weeks.isdecimal():
        raise ConfigError(f"trace is {text!r}; allowed: {_GENERATED} or {_GENERATED}:<weeks>")
    return _core.operating_rooms(seed=seed, weeks=int(weeks))
