#!/usr/bin/env python3
"""10,000 jobs at 10,000 runs a second: our scheduler and APScheduler in one run, on one machine, in turns.

    timers_apscheduler.py [--bench build/release/benchmarks/bench_scheduler] [--seconds 10] [--rounds 2]

Jobs do nothing and are spread evenly over a period of one second. CPU is that of the whole process while it runs jobs.
APScheduler (BackgroundScheduler, memory store, a pool of four threads) stands in an environment of its own in the cache.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
APSCHEDULER = "3.11.3"


def with_apscheduler() -> None:
    """Runs this script again in a virtual environment of its own that has APScheduler."""
    try:
        import apscheduler  # noqa: F401
    except ImportError:
        folder = pathlib.Path(os.environ.get("LEARNINGPLANE_CACHE", "~/.cache/learningplane")).expanduser()
        python = folder / "venv-apscheduler" / "bin" / "python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", folder / "venv-apscheduler"], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", f"apscheduler=={APSCHEDULER}"], check=True)
        os.execv(python, [str(python), *sys.argv])


def theirs(jobs: int, seconds: int) -> dict[str, float]:
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    late: list[float] = []
    period = 1.0
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(4)},
        job_defaults={"misfire_grace_time": 60, "max_instances": 1, "coalesce": False},
        timezone=UTC,
    )

    # One mutable deadline per job: APScheduler does not tell a job which time it stands for.
    def run(deadline: list[float]) -> None:
        late.append(time.time() - deadline[0])
        deadline[0] += period

    before = time.process_time()
    scheduler.start(paused=True)
    start = time.time() + 20 + jobs / 1000
    for i in range(jobs):
        at = start + period * i / jobs
        first = datetime.fromtimestamp(at, UTC)
        scheduler.add_job(run, "interval", seconds=period, start_date=first, args=[[first.timestamp()]])
    adding = time.process_time() - before
    scheduler.resume()
    time.sleep(max(0.0, start - time.time()))
    used = time.process_time()
    late.clear()
    time.sleep(seconds)
    used = time.process_time() - used
    values = sorted(late)
    scheduler.shutdown(wait=False)
    return {
        "runs": len(values),
        "p50_us": values[len(values) // 2] * 1e6,
        "p99_us": values[int(0.99 * (len(values) - 1))] * 1e6,
        "cpu_percent": 100 * used / seconds,
        "cpu_us_per_run": 1e6 * used / len(values),
        "add_us": 1e6 * adding / jobs,
    }


def ours(bench: pathlib.Path, jobs: int) -> dict[str, float]:
    command = [str(bench), f"--benchmark_filter=^jobs/{jobs}/1000/", "--benchmark_format=json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)["benchmarks"][0]
    return result


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--bench", type=pathlib.Path, default=ROOT / "build/release/benchmarks/bench_scheduler")
    options.add_argument("--jobs", type=int, default=10_000)
    options.add_argument("--seconds", type=int, default=10)
    options.add_argument("--rounds", type=int, default=2)
    arguments = options.parse_args()
    keys = ["runs", "p50_us", "p99_us", "cpu_percent", "cpu_us_per_run", "add_us"]
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, {timedelta(seconds=arguments.seconds)} each")
    print(f"{'':24}" + "".join(f"{key:>16}" for key in keys))
    best: dict[str, dict[str, float]] = {}
    for _ in range(arguments.rounds):
        for name, result in (
            ("learningplane", ours(arguments.bench, arguments.jobs)),
            (f"APScheduler {APSCHEDULER}", theirs(arguments.jobs, arguments.seconds)),
        ):
            print(f"{name:24}" + "".join(f"{result[key]:>16.1f}" for key in keys), flush=True)
            best[name] = min(best.get(name, result), result, key=lambda r: r["p99_us"])
    a, b = best.values()
    print(
        f"best rounds: p99 1/{b['p99_us'] / a['p99_us']:.1f}, CPU 1/{b['cpu_percent'] / a['cpu_percent']:.1f} of theirs"
    )
    return 0


if __name__ == "__main__":
    with_apscheduler()
    sys.exit(main())
