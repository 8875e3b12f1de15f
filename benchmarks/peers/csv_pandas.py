#!/usr/bin/env python3
"""The file of benchmarks/csv_bench.cpp read by pandas, in MB/s of CPU time.

csv_pandas.py FILE: writes FILE where it is not there (200,000 rows of a time, a quoted text and eight numbers; every 20th
cell empty, every 50th quoted), then reads it. Then: LEARNINGPLANE_BENCH_CSV=FILE bench_csv
"""

import random
import sys
import time
from pathlib import Path

import pandas as pd

ROWS = 200_000


def write(path: Path) -> None:
    chance = random.Random(7)
    cell = 0
    with path.open("w") as out:
        out.write("timestamp,site," + ",".join(f"v{i}" for i in range(8)) + "\n")
        for row in range(ROWS):
            fields = [str(1_700_000_000 + row), f'"edge, {row % 4}"']
            for _ in range(8):
                value = f"{chance.uniform(0, 1000):.6f}"
                fields.append("" if cell % 20 == 0 else f'"{value}"' if cell % 50 == 1 else value)
                cell += 1
            out.write(",".join(fields) + "\n")


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    path = Path(sys.argv[1])
    if not path.exists():
        write(path)
    megabytes = path.stat().st_size / 1e6
    numbers = ["timestamp", *(f"v{i}" for i in range(8))]
    print(f"pandas {pd.__version__}, {megabytes:.1f} MB")
    for name, options in {
        "read_csv, all columns": {},
        "read_csv, numbers only": {"usecols": numbers},
        "read_csv, numbers only, exact": {"usecols": numbers, "float_precision": "round_trip"},
    }.items():
        best = float("inf")
        for _ in range(5):
            start = time.process_time()
            pd.read_csv(path, **options)
            best = min(best, time.process_time() - start)
        print(f"{name:32s} {megabytes / best:7.0f} MB/s")


if __name__ == "__main__":
    main()
