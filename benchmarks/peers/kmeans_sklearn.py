#!/usr/bin/env python3
"""scikit-learn's k-means on rows like those of kmeans_bench.cpp, one thread: least CPU time of each case.

    kmeans_sklearn.py [--repeats N]

The rows are drawn from the same distribution, not the same numbers; `ms/iteration` is what to compare, beside
the time to the end.
"""

import argparse
import time

import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits


def clouds(rows, columns):
    rng = np.random.default_rng(1)
    centres = rng.integers(0, 5, rows)[:, None] * np.where(np.arange(columns) % 2 == 0, 1.0, -0.5)
    return centres + 3.0 * rng.random((rows, columns))


def least(repeats, work):
    times = []
    for _ in range(repeats):
        start = time.process_time()
        out = work()
        times.append(time.process_time() - start)
    return min(times), out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with threadpool_limits(1):
        for rows, columns, k in [
            (100_000, 10, 5),
            (100_000, 10, 20),
            (100_000, 3, 5),
            (100_000, 40, 5),
            (1_000_000, 10, 5),
        ]:
            x = clouds(rows, columns)
            for algorithm in ("lloyd", "elkan"):
                seconds, found = least(
                    repeats if rows <= 100_000 else 2,
                    lambda x=x, k=k, a=algorithm: KMeans(k, init=x[:k], n_init=1, tol=0, algorithm=a).fit(x),
                )
                print(
                    f"{algorithm}/{rows}/{columns}/{k} {seconds * 1e3:.1f} ms, {found.n_iter_} iterations, "
                    f"{seconds * 1e3 / found.n_iter_:.2f} ms/iteration"
                )
        x = clouds(100_000, 10)
        seconds, found = least(repeats, lambda: KMeans(5, n_init=10, random_state=0).fit(x))
        print(f"ten_starts {seconds * 1e3:.1f} ms, {found.n_iter_} iterations of the best")
        seconds, _ = least(repeats, lambda: found.predict(x))
        print(f"predict {seconds * 1e3:.2f} ms")


if __name__ == "__main__":
    main()
