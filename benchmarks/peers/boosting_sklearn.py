#!/usr/bin/env python3
"""scikit-learn's HistGradientBoostingRegressor, and LightGBM and XGBoost where installed, on the tables of
boosting_bench.cpp, one thread: training of 100 trees of 31 leaves, prediction of one row and of 10,000.

    boosting_sklearn.py [--repeats N] [--bench build/release/benchmarks/bench_boosting]

Prints one line a case: name, least CPU time. With --bench it runs ours before each case, so that both see the same
load, and prints the ratio.
"""

import argparse
import json
import os
import subprocess
import time

os.environ["OMP_NUM_THREADS"] = "1"  # before the import: the pools are made then

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

try:
    import lightgbm
except ImportError:
    lightgbm = None
try:
    import xgboost
except ImportError:
    xgboost = None

TREES = 100


def table(rows, columns):
    """The numbers of boosting_bench.cpp."""
    count = rows * columns + rows
    state, out = 1, np.empty(count)
    for i in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out[i] = (state >> 11) * 2.0**-53
    x, e = out[: rows * columns].reshape(rows, columns), out[rows * columns :]
    y = np.sin(6 * x[:, 0]) + 2 * x[:, 1] * x[:, 2] + np.where(x[:, 3] > 0.5, x[:, 4], x[:, 5]) + 0.2 * (e - 0.5)
    return x, y


def least(repeats, work):
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def ours(bench, name, repeats):
    """Least CPU time of our benchmark in seconds, or None."""
    if bench is None:
        return None
    command = [bench, f"--benchmark_filter=^{name}$", "--benchmark_format=json", f"--benchmark_repetitions={repeats}"]
    runs = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["benchmarks"]
    unit = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}
    return min(r["cpu_time"] * unit[r["time_unit"]] for r in runs if r["run_type"] == "iteration")


def line(name, own, peers):
    text = f"{name:22s}" + ("" if own is None else f" ours {own * 1e3:9.4f} ms")
    for peer, seconds in peers.items():
        text += f" | {peer} {seconds * 1e3:9.3f} ms" + ("" if own is None else f" ({seconds / own:.2f}x)")
    print(text, flush=True)


def sklearn_model(loss):
    return HistGradientBoostingRegressor(loss=loss, max_iter=TREES, early_stopping=False)


def fit_peers(x, y, loss, repeats):
    name = {"squared": ("squared_error", "l2", "reg:squarederror"), "absolute": ("absolute_error", "l1", None)}[loss]
    out = {"scikit-learn": least(repeats, lambda: sklearn_model(name[0]).fit(x, y))}
    if lightgbm:
        options = {"objective": name[1], "num_leaves": 31, "num_threads": 1, "verbose": -1, "force_col_wise": True}
        out["LightGBM"] = least(repeats, lambda: lightgbm.train(options, lightgbm.Dataset(x, y), TREES))
    if xgboost and name[2]:
        options = {"objective": name[2], "max_leaves": 31, "max_depth": 0, "grow_policy": "lossguide", "nthread": 1}
        options |= {"tree_method": "hist", "eta": 0.1, "min_child_weight": 20}
        out["XGBoost"] = least(repeats, lambda: xgboost.train(options, xgboost.DMatrix(x, y, nthread=1), TREES))
    return out


def predictions(data, bench, repeats):
    x, y = data
    model = sklearn_model("squared_error").fit(x, y)
    one = least(repeats, lambda: [model.predict(x[:1]) for _ in range(20)]) / 20
    line("predict 1 row", ours(bench, "predict_one/31", repeats), {"scikit-learn": one})
    many = least(repeats, lambda: model.predict(x))
    line("predict 10000 rows", ours(bench, "predict_many", repeats), {"scikit-learn": many})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--bench")
    a = parser.parse_args()
    for rows in (2000, 100000):
        x, y = table(rows, 60)
        for code, loss in enumerate(("squared", "absolute")):
            own = ours(a.bench, f"fit/{rows}/60/{code}", a.repeats)
            line(f"fit {rows} x 60 {loss}", own, fit_peers(x, y, loss, a.repeats))
    predictions(table(10000, 60), a.bench, a.repeats)


if __name__ == "__main__":
    main()
