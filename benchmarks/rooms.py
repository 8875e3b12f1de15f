#!/usr/bin/env python3
"""Occupied places, learned anew every midnight: bench_rooms on the workplace chargers and the operating rooms.

    rooms.py [KIND [OPTIONS as JSON]] [--bench build/release/benchmarks/bench_rooms] [--only ev rooms] [--every 1]

`ev`: occupied charging points in steps of 5 minutes (the largest of each), weeks 2 to 8. `rooms`: operating rooms in use
at 1 minute, weeks 2 to 4, every `--rooms-every` minutes. The traces lie outside this repository: $LEARNINGPLANE_DATA.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def ev(folder):
    """-> the largest count of each five minutes; the trace has every minute."""
    lines = (folder / "ev_workplace/occupied_1min.csv").read_text().split()[1:]
    counts = [float(line.rsplit(",", 1)[1]) for line in lines if "," in line]
    return [max(counts[i : i + 5]) for i in range(0, len(counts), 5)]


def rooms(folder):
    return [float(v) for v in (folder / "nct/rooms_weeks_1-4_1min.csv").read_text().split()]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("kind", nargs="?", default="auto")
    p.add_argument("options", nargs="?", default="{}")
    p.add_argument("--bench", default=str(HERE / "../build/release/benchmarks/bench_rooms"))
    p.add_argument("--only", nargs="*", default=["ev", "rooms"])
    p.add_argument("--every", default="1")
    p.add_argument("--rooms-every", default="1")
    a = p.parse_args()
    data = Path(os.environ.get("LEARNINGPLANE_DATA", HERE / "../../shared/data"))
    traces = {"ev": (ev, "5", a.every), "rooms": (rooms, "1", a.rooms_every)}
    for name in a.only:
        read, step, every = traces[name]
        try:
            values = read(data)
        except FileNotFoundError as error:
            print(f"SKIPPED {name}: {error.filename} is not there; set LEARNINGPLANE_DATA")
            continue
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("\n".join(map(str, values)) + "\n")
            file.flush()
            print(f"{name}: {len(values)} values", flush=True)
            done = subprocess.run([a.bench, file.name, a.kind, a.options, step, "7", every], check=False)
        if done.returncode:
            sys.exit(done.returncode)


if __name__ == "__main__":
    main()
