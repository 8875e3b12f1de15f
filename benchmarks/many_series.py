#!/usr/bin/env python3
"""Many series at once: time and memory of ours and of statsforecast, in one run.

    many_series.py compare [--count N --length N --threads 1 2 --only NAME ...]
    many_series.py growth [--most N]

Every measurement is a process of its own, so that peak memory is its own. CPU is user and system time
of the process and its children round the one call; wall time counts only on a machine that has nothing
else to do. Needs learningplane on the path, pandas, and for the peers statsforecast.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd

OURS = {"auto": "auto", "theta": "theta", "ets": "ets"}
THEIRS = {"statsforecast AutoTheta": "AutoTheta", "statsforecast AutoETS": "AutoETS"}


def table(count: int, length: int, season: int, freq: str) -> pd.DataFrame:
    """Daily waves with noise and a shift of level, each series another; the same in every process."""
    random = np.random.default_rng(1)
    t = np.arange(length)
    wave = np.sin(2 * np.pi * t / season)
    y = np.empty((count, length))
    for s in range(count):
        noise = random.normal(0, 1, length)
        noise[1:] += 0.6 * noise[:-1]
        y[s] = 50 + 10 * wave * random.uniform(0.5, 1.5) + noise + 5 * (t > random.integers(1, length))
    ds = pd.date_range("2026-01-05", periods=length, freq=freq)
    ids = np.repeat(np.arange(count), length)
    return pd.DataFrame({"unique_id": ids, "ds": np.tile(ds.to_numpy(), count), "y": y.reshape(-1)})


def cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def peak() -> float:
    return max(resource.getrusage(w).ru_maxrss for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


def one(case: dict) -> dict:
    """One measurement, in this process."""
    season, freq = case["season"], case["freq"]
    data = table(case["count"], case["length"], season, freq)
    if case["name"] in THEIRS:
        sys.path.insert(0, str(pathlib.Path(__file__).parent / "peers"))
        from many_statsforecast import forecast

        small = data[data["unique_id"] < 1].head(3 * season)
        forecast(small, THEIRS[case["name"]], 2, season, 1, freq)  # what is compiled or loaded once

        def call() -> int:
            said = forecast(data, THEIRS[case["name"]], case["horizon"], season, case["threads"], freq)
            return said["unique_id"].nunique()
    else:
        import learningplane as lp

        model = {"kind": OURS.get(case["name"], case["name"])}
        if model["kind"] != "naive":
            model |= {"seasons": [season]} if model["kind"] == "auto" else {"season": season}

        def call() -> int:
            said = lp.forecast_many(
                data, model=model, horizon=case["horizon"], threads=case["threads"], zone="UTC", progress=False
            )
            return said["unique_id"].nunique()

    before, began = cpu(), time.perf_counter()
    held = peak()
    good = call()
    return {"cpu": cpu() - before, "wall": time.perf_counter() - began, "held": held, "peak": peak(), "series": good}


def measure(**case: object) -> dict:
    out = subprocess.run(
        [sys.executable, __file__, "one", json.dumps(case)], check=True, capture_output=True, text=True
    )
    return json.loads(out.stdout.splitlines()[-1])


def compare(given: argparse.Namespace) -> None:
    long = given.length >= 1000
    season, freq = (288, "5min") if long else (24, "h")
    print(f"{given.count} series of {given.length} points, season {season}, horizon 36")
    print("| what | threads | CPU s | CPU ms a series | wall s | peak MB (before) | series |")
    print("|---|---|---|---|---|---|---|")
    for name in given.only or [*OURS, *THEIRS]:
        for threads in given.threads:
            m = measure(
                name=name, count=given.count, length=given.length, season=season, freq=freq, horizon=36,
                threads=threads,
            )  # fmt: skip
            print(
                f"| {name} | {threads} | {m['cpu']:.2f} | {1000 * m['cpu'] / given.count:.2f} | {m['wall']:.1f} | "
                f"{m['peak']:.0f} ({m['held']:.0f}) | {m['series']} |",
                flush=True,
            )


def growth(given: argparse.Namespace) -> None:
    print("| model | series | length | horizon | CPU s | CPU us a series | peak MB (before) |")
    print("|---|---|---|---|---|---|---|")
    counts = [n for n in (100, 1_000, 10_000, 100_000) if n <= given.most]
    cases = [("naive", n, 50, 12) for n in counts]
    cases += [("theta", n, 50, 12) for n in counts if n <= 10_000]
    cases += [("theta", 50, length, 12) for length in (100, 1_000, 10_000)]
    cases += [("theta", 500, 200, h) for h in (1, 12, 144)]
    for name, count, length, horizon in cases:
        m = measure(name=name, count=count, length=length, season=24, freq="h", horizon=horizon, threads=1)
        print(
            f"| {name} | {count} | {length} | {horizon} | {m['cpu']:.3f} | {1e6 * m['cpu'] / count:.0f} | "
            f"{m['peak']:.0f} ({m['held']:.0f}) |",
            flush=True,
        )


def main() -> None:
    if sys.argv[1:2] == ["one"]:
        print(json.dumps(one(json.loads(sys.argv[2]))))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    comparing = commands.add_parser("compare")
    comparing.add_argument("--count", type=int, default=200)
    comparing.add_argument("--length", type=int, default=2016)
    comparing.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    comparing.add_argument("--only", nargs="+", help="names of the first column")
    comparing.set_defaults(run=compare)
    growing = commands.add_parser("growth")
    growing.add_argument("--most", type=int, default=100_000)
    growing.set_defaults(run=growth)
    given = parser.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
