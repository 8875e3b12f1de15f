"""The peer of benchmarks/simulation_bench.cpp: a week of one-minute slots with NumPy, the p95 of each slot exact.

    simulation_numpy.py [REPEATS]

The load is a bell of up to eight rooms on working days; the latencies are drawn through the same piecewise linear quantile
functions as the C++ benchmark's. Prints slots and samples a second of CPU time, best of the repeats.
"""

import sys
import time

import numpy as np


def week() -> np.ndarray:
    minutes = np.arange(10_080)
    hour = minutes % 1440 / 60
    busy = np.clip(8.5 - np.abs(hour - 12) ** 2 / 3.5, 0, None)
    return np.where(minutes // 1440 < 5, np.round(busy), 0).astype(int)


def distributions() -> dict[int, np.ndarray]:
    q = (np.arange(16_384) + 0.5) / 16_384
    return {
        load: np.interp(q, [0, 0.5, 0.95, 1], [8, 8 + 1.2 * load, 8 + 2.6 * load + 0.1 * load * load, 20 + 6 * load])
        for load in range(1, 11)
    }


def simulate(load: np.ndarray, points: dict[int, np.ndarray], frames: int, seed: int) -> tuple[int, int]:
    rng = np.random.default_rng(seed)
    over = samples = 0
    for x in load:
        if x == 0:
            continue
        n = frames * int(x)
        drawn = points[int(x)][rng.integers(0, 16_384, n)]
        samples += n
        over += np.percentile(drawn, 95) > 22
    return over, samples


def main() -> None:
    load, points = week(), distributions()
    for frames in (10, 60, 1800):
        best, samples = float("inf"), 0
        for repeat in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
            begin = time.process_time()
            _, samples = simulate(load, points, frames, repeat)
            best = min(best, time.process_time() - begin)
        rates = f"{len(load) / best:12.0f} slots/s {samples / best / 1e6:8.1f} Msamples/s"
        print(f"{frames:5d} frames a stream and slot: {rates} ({samples / 1e6:.2f} M samples)")


if __name__ == "__main__":
    main()
