#!/usr/bin/env python3
"""Our k-means (bench_kmeans) and scikit-learn's in one run, on the same rows from the same starts.

    kmeans_sklearn.py [build/release/benchmarks/bench_kmeans] [--repeats N]

Each case runs in both programs one after the other, N times in turn, and the least time of each counts. `one thread`
is processor time with scikit-learn held to one thread; `default` is time on the clock with scikit-learn's own choice of
threads. Lloyd's algorithm on both sides, each stopping as it does; the inertia of the two must be equal to 1e-9.
"""

import argparse
import json
import subprocess
import time

import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits


def mixed(i):
    """splitmix64, as bench_kmeans has it."""
    with np.errstate(over="ignore"):
        z = (i + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def clouds(rows, columns):
    cells = np.arange(rows * (columns + 1), dtype=np.uint64).reshape(rows, columns + 1)
    numbers = mixed(cells)
    centres = (numbers[:, :1] % np.uint64(5)).astype(float) * np.where(np.arange(columns) % 2 == 0, 1.0, -0.5)
    return centres + 3.0 * ((numbers[:, 1:] >> np.uint64(11)).astype(float) * 2.0**-53)


def ours(program, case):
    """Processor and clock time in ms, and the counters, of one case."""
    out = subprocess.run(
        [program, f"--benchmark_filter=^{case}$", "--benchmark_format=json", "--benchmark_min_time=0.2"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = json.loads(out)["benchmarks"][0]
    return found["cpu_time"], found["real_time"], found


def timed(work):
    """Least processor and clock time in ms of calls that follow each other for 0.3 s, and what the last returned."""
    cpu, wall = [], []
    end = time.perf_counter() + 0.3
    while not wall or time.perf_counter() < end:
        from_cpu, from_wall = time.process_time(), time.perf_counter()
        out = work()
        cpu.append((time.process_time() - from_cpu) * 1e3)
        wall.append((time.perf_counter() - from_wall) * 1e3)
    return min(cpu), min(wall), out


def compare(program, repeats, name, work):
    """Prints a row of the table. `work` returns what scikit-learn found."""
    cpu, wall, theirs, theirs_default = [], [], [], []
    work()
    for _ in range(repeats):
        c, w, counters = ours(program, name)
        cpu.append(c)
        wall.append(w)
        with threadpool_limits(1):
            c, _, found = timed(work)
        theirs.append(c)
        theirs_default.append(timed(work)[1])
    what = ""
    if "lloyd_iterations" in counters:
        off = abs(counters["inertia"] / found.inertia_ - 1)
        what = f"{counters['lloyd_iterations']:.0f} / {found.n_iter_} | {off:.1e}"
        assert off < 1e-9, f"{name}: inertia {counters['inertia']} against {found.inertia_}"
    print(
        f"| {name} | {min(cpu):.2f} | {min(theirs):.2f} | {min(theirs) / min(cpu):.1f} | {min(wall):.2f} | "
        f"{min(theirs_default):.2f} | {min(theirs_default) / min(wall):.1f} | {what} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "program", nargs="?", default="build/release/benchmarks/bench_kmeans", help="of a release build"
    )
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    print(
        "| case/rows/columns/k | ours, one thread | scikit-learn | ratio | default: ours | scikit-learn | ratio | ",
        end="",
    )
    print("iterations | inertia off |")
    for rows, columns, k in [
        (100_000, 10, 5),
        (100_000, 10, 20),
        (100_000, 3, 5),
        (100_000, 40, 5),
        (1_000_000, 10, 5),
    ]:
        x = clouds(rows, columns)
        compare(
            args.program,
            args.repeats,
            f"lloyd/{rows}/{columns}/{k}",
            lambda x=x, k=k: KMeans(k, init=x[:k], n_init=1, tol=0, algorithm="lloyd").fit(x),
        )
    x = clouds(100_000, 10)
    compare(args.program, args.repeats, "ten_starts", lambda: KMeans(5, n_init=10, random_state=0).fit(x))
    found = KMeans(5, init=x[:5], n_init=1, max_iter=1).fit(x)
    compare(args.program, args.repeats, "predict", lambda: found.predict(x))


if __name__ == "__main__":
    main()
