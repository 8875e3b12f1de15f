#!/usr/bin/env python3
"""Makes the sample telemetry that the project ships: examples/data/edge_sites.csv. Same seed, same file.

    make_sample.py [OUT.csv]

Two days of a video-analytics service that could run on any of three sites, one row a site every 30 seconds. Nothing is taken
from anywhere: other tenants' jobs arrive at random, ramp up, load the site's CPU and leave; a daily wave lies under them.
The queue that the load builds up follows it with a delay of some minutes, so that the CPU announces what latency and frame
rate do next. QoS is computed from both by the formula of docs/concepts.md. Site cloud-1 is far: it is never quick, but steady.
Some rows are missing and site edge-2 restarts once, as telemetry does.
"""

import math
import pathlib
import random
import sys

STEP, DAYS, START = 30, 2, 1767571200  # seconds; two days from Monday 2026-01-05 00:00 UTC
SITES = {  # base load, daily wave, jobs an hour, their mean length in minutes, their mean share of the CPU, distance in s
    "edge-1": (0.30, 0.16, 0.55, 36, 0.34, 0.030),
    "edge-2": (0.34, 0.12, 0.65, 28, 0.32, 0.034),
    "cloud-1": (0.45, 0.05, 0.20, 60, 0.10, 0.086),
}
HEADER = "timestamp,site,node_cpu_share,node_memory_bytes,server_cpu_cores,server_memory_bytes,latency_seconds,frames_per_second,qos"


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def jobs_of(rng, per_hour, minutes, share):
    """-> [(start, ramp, end, share)] in seconds: other tenants' work."""
    out, t = [], 0.0
    while True:
        t += rng.expovariate(per_hour) * 3600
        if t > DAYS * 86400:
            return out
        length = max(240.0, rng.expovariate(1 / (minutes * 60)))
        out.append((t, rng.uniform(120, 600), t + length, max(0.05, rng.gauss(share, share / 4))))


def rows_of(site, rng):
    base, wave, per_hour, minutes, share, distance = SITES[site]
    jobs = jobs_of(rng, per_hour, minutes, share)
    noise, queue, memory = 0.0, 0.0, 3.2e9
    for i in range(DAYS * 86400 // STEP):
        t = i * STEP
        noise = 0.85 * noise + rng.gauss(0, 0.012)
        work = sum(s * min(1.0, (t - a) / ramp) for a, ramp, b, s in jobs if a <= t < b)
        cpu = base + wave * math.sin(2 * math.pi * (t / 86400 - 0.32)) + work + noise
        cpu = min(0.995, max(0.02, cpu))
        # The queue follows the load above 70 % with a time constant of four minutes.
        queue += (max(0.0, cpu - 0.70) * 3 - queue) * STEP / 240
        memory += (2.6e9 + 2.4e9 * cpu - memory) * STEP / 900
        latency = distance + 0.16 * (1 - math.exp(-2.2 * queue)) + abs(rng.gauss(0, 0.003))
        fps = 30 - 0.6 * abs(rng.gauss(0, 1)) - 7.5 * sigmoid(9 * (queue - 0.45))
        restart = site == "edge-2" and 122400 <= t < 122700
        if restart:
            latency, fps = 0.8, 2.0
        quality = 0.5 * min(1, max(0, (fps - 20) / 10)) + 0.5 * (1 - min(1, max(0, (latency - 0.001) / 0.199)))
        if not (20 <= fps <= 30 and 0.001 <= latency <= 0.2):
            quality = 0.0
        if rng.random() < 0.004:
            continue
        yield t, (
            f"{START + t},{site},{cpu:.4f},{memory:.0f},{1.2 + 0.5 * cpu + rng.gauss(0, 0.02):.3f},"
            f"{7.6e8 + 6e7 * queue:.0f},{latency:.4f},{fps:.2f},{quality:.4f}"
        )


def main():
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent / "examples/data/edge_sites.csv")
    rows = []
    for n, site in enumerate(SITES):
        rows += [(t, n, line) for t, line in rows_of(site, random.Random(f"learningplane-{site}"))]
    out.write_text("\n".join([HEADER, *(line for _, _, line in sorted(rows))]) + "\n", encoding="utf-8")
    print(f"{out.name}: {len(rows)} rows, {out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
