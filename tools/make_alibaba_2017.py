#!/usr/bin/env python3
"""Makes tables in the schema of the Alibaba cluster trace of 2017, in a folder: container_usage.csv and batch_instance.csv. Same
seed, same files. Nothing is taken from anywhere: the schema is public, the numbers are drawn here.

    make_alibaba_2017.py FOLDER [--containers 40] [--hours 12] [--seed 7]

A container idles, serves, computes or caches, in spells of some minutes; what comes next depends on what it does, as in a web
application behind a cache or a pipeline that computes in bursts. Usage is in percent of the request, a row a minute. Batch jobs
arrive at random and last some minutes to some hours.
"""

import argparse
import pathlib
import random

# cpu mean, memory mean (percent), spell in minutes
KINDS = {"idle": (4, 18, 14), "serving": (26, 44, 18), "computing": (78, 60, 9), "caching": (12, 82, 16)}
# What follows what: two sorts of application.
WEB = {
    "idle": "serving serving caching",
    "serving": "idle caching computing",
    "caching": "serving serving idle",
    "computing": "serving",
}
BATCH = {
    "idle": "computing computing serving",
    "computing": "idle idle caching",
    "caching": "computing",
    "serving": "computing idle",
}


def container(rng, follows, minutes):
    kind, left, level, cpu, memory = "idle", 0, 1.0, 4.0, 18.0
    for _ in range(minutes):
        if left == 0:
            kind = rng.choice(follows[kind].split())
            left = max(4, round(rng.gauss(KINDS[kind][2], KINDS[kind][2] / 5)))
            level = rng.uniform(0.88, 1.12)
        left -= 1
        target_cpu, target_memory, _ = KINDS[kind]
        cpu += (target_cpu * level - cpu) * 0.9
        memory += (target_memory * level - memory) * 0.75
        yield max(0.2, cpu * (1 + rng.gauss(0, 0.05))), max(1, memory * (1 + rng.gauss(0, 0.015)))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--containers", type=int, default=40)
    arguments.add_argument("--hours", type=int, default=12)
    arguments.add_argument("--seed", type=int, default=7)
    a = arguments.parse_args()
    a.folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(a.seed)
    minutes = a.hours * 60
    usage = [
        list(container(random.Random(f"{a.seed}-{c}"), (WEB, BATCH)[c % 3 == 0], minutes)) for c in range(a.containers)
    ]
    with open(a.folder / "container_usage.csv", "w", encoding="utf-8") as out:
        for m in range(minutes):
            for c, rows in enumerate(usage):
                cpu, memory = rows[m]
                out.write(f"{39600 + 60 * m},{c + 1},{cpu:.2f},{memory:.2f},,,,,,,,\n")
    with open(a.folder / "batch_instance.csv", "w", encoding="utf-8") as out:
        t, job = 0.0, 0
        while True:
            t += rng.expovariate(1 / 540)
            if t > 24 * 3600:
                break
            job += 1
            length = min(5 * 3600, max(240, rng.lognormvariate(8.0, 0.6)))
            for instance in range(rng.choice((1, 1, 2, 3))):
                end = t + length * (1 if instance == 0 else rng.uniform(0.5, 1))
                out.write(
                    f"{t:.0f},{end:.0f},{job},{job}{instance},{rng.randrange(1300)},Terminated,1,1,1.0,0.5,0.1,0.05\n"
                )
    print(f"{a.containers} containers over {a.hours} h, {job} batch jobs over 24 h, in {a.folder.name}")


if __name__ == "__main__":
    main()
