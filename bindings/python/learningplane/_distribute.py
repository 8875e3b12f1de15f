"""Work on many series in chunks: on threads of this process, or as tasks of a Ray cluster."""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from learningplane import _core
from learningplane._core import ConfigError
from learningplane._many_input import LongSeries

Report = Callable[[int, int], Any]
_LARGEST_CHUNK = 1000
_SECONDS_TO_ANSWER = 5


def work(name: str, part: tuple[Any, Any, Any], settings: dict[str, Any], report: Report | None = None) -> Any:
    """One chunk: what a task does, and what threads do with everything at once."""
    return getattr(_core, name)(*part, settings, report)


def run(
    name: str,
    series: LongSeries,
    settings: Sequence[dict[str, Any]],
    *,
    threads: int | None,
    cluster: str | None,
    report: Report | None = None,
) -> list[dict[str, Any]]:
    """Calls the compiled function `name` on all series, once for each of `settings`."""
    if cluster is not None:
        return _on_ray(name, series, settings, cluster, report)
    out: list[dict[str, Any]] = []
    for i, each in enumerate(settings):
        done = i * len(series)

        def told(n: int, failed: int, before: int = done) -> None:
            if report is not None:
                report(before + n, failed)

        each = {**each, "threads": 0 if threads is None else int(threads)}
        out.append(work(name, series.part(0, len(series)), each, told))
    return out


def chunks(count: int, workers: int) -> list[tuple[int, int]]:
    """Ranges of series: some four a worker, so that a slow one does not keep the others waiting."""
    size = max(1, min(_LARGEST_CHUNK, -(-count // (4 * workers))))
    return [(first, min(first + size, count)) for first in range(0, count, size)] or [(0, 0)]


def merge(parts: Sequence[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    """Results of chunks, each with the number of its first series, as one result."""
    out: dict[str, Any] = {}
    for key, sample in parts[0][1].items():
        if key in ("failures", "notes"):
            out[key] = [(first + row[0], *row[1:]) for first, part in parts for row in part[key]]
        elif key == "index":
            out[key] = np.concatenate([part[key] + first for first, part in parts])
        elif isinstance(sample, list):
            out[key] = [item for _, part in parts for item in part[key]]
        else:
            out[key] = np.concatenate([part[key] for _, part in parts])
    return out


@contextlib.contextmanager
def connected(cluster: str) -> Iterator[Any]:
    """Ray, connected to the cluster; a connection that was there before is used and stays."""
    if not isinstance(cluster, str) or not cluster:
        raise ConfigError(f"cluster {cluster!r}; allowed: 'local', 'auto', 'ray://HOST:PORT' or HOST:PORT")
    try:
        import ray
    except ImportError:
        raise ConfigError(
            f"cluster={cluster!r} needs Ray, which is not installed: pip install 'learningplane[ray]'; "
            "without cluster=… the work runs on threads, with the same results"
        ) from None
    if ray.is_initialized():
        yield ray
        return
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    try:
        if cluster == "local":
            ray.init(num_cpus=os.cpu_count(), include_dashboard=False, **quiet)
        else:
            _knock(cluster)
            ray.init(address=cluster, **quiet)
    except (ConnectionError, OSError, RuntimeError, ValueError) as problem:
        reason = (str(problem) or type(problem).__name__).splitlines()[0]
        raise ConfigError(
            f"no Ray cluster at {cluster!r} ({reason}); start one with `ray start --head`, or say cluster='local'; "
            "if it checks tokens, set RAY_AUTH_MODE=token and its token as Ray's documentation says"
        ) from problem
    try:
        yield ray
    finally:
        ray.shutdown()


def _knock(cluster: str) -> None:
    """Ray tries a dead address for many minutes; whether anybody listens there is known at once."""
    address = re.fullmatch(r"(?:ray://)?\[?([^/\[\]]+?)\]?:(\d+)", cluster)
    if address:
        socket.create_connection((address[1], int(address[2])), _SECONDS_TO_ANSWER).close()


def _task(name: str, part: tuple[Any, Any, Any], settings: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = work(name, part, {**settings, "threads": 1})
    if "models" in result:  # compiled objects travel as what they learned
        result["models"] = [(m.kind, m.save()) for m in result["models"]]
    return result


def _on_ray(
    name: str, series: LongSeries, settings: Sequence[dict[str, Any]], cluster: str, report: Report | None
) -> list[dict[str, Any]]:
    with connected(cluster) as ray:
        workers = max(1, int(ray.cluster_resources().get("CPU", 1)))
        ranges = chunks(len(series), workers)
        task = ray.remote(num_cpus=1)(_task)
        todo = deque((s, c) for s in range(len(settings)) for c in range(len(ranges)))
        under_way: dict[Any, tuple[int, int]] = {}
        results: dict[tuple[int, int], dict[str, Any]] = {}
        done = failed = 0
        while todo or under_way:
            while todo and len(under_way) < 2 * workers:
                s, c = todo.popleft()
                under_way[task.remote(name, series.part(*ranges[c]), settings[s])] = (s, c)
            ready, _ = ray.wait(list(under_way), num_returns=1)
            for reference in ready:
                at = under_way.pop(reference)
                results[at] = ray.get(reference)
                done += ranges[at[1]][1] - ranges[at[1]][0]
                failed += len(results[at]["failures"])
                if report is not None:
                    report(done, failed)
    return [merge([(ranges[c][0], _revived(results[s, c])) for c in range(len(ranges))]) for s in range(len(settings))]


def _revived(result: dict[str, Any]) -> dict[str, Any]:
    if "models" in result:
        result["models"] = [revive(kind, state) for kind, state in result["models"]]
    return result


def revive(kind: str, state: dict[str, Any]) -> Any:
    """A model from what it had learned."""
    model = _core.build_model(kind, state["attributes"]["options"])
    model.load(state)
    return model
