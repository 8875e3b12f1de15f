#!/usr/bin/env python3
"""statsforecast's automatic models on the accuracy panel, each fit under a limit of CPU time; benchmarks/panel.py runs it.

    panel_statsforecast.py SERIES.csv FORECASTS.csv MODEL [--history 2016] [--limit 10] [--every 1]

SERIES.csv is what panel.py writes: a line a series, name, season lengths separated by ';', origins separated by ';',
values. MODEL is AutoTheta, MSTL, AutoARIMA, AutoETS or AutoCES. Theta and MSTL are told the day (MSTL all seasons that the
history shows twice), the others none: AutoETS refuses seasons above 24 steps, AutoCES and AutoARIMA grow without bounds or
take minutes. Each fit runs in a child that is stopped after `limit` CPU seconds; the forecast is then the last value, and
the line at the end says how often. `--every 3` takes every third origin. One thread. Needs statsforecast and numpy.
"""

import argparse
import json
import os
import signal
import sys
import time
import warnings
from pathlib import Path

for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
warnings.filterwarnings("ignore")

STEPS = 36
NAMES = ("AutoTheta", "MSTL", "AutoARIMA", "AutoETS", "AutoCES")


def model(name, seasons):
    from statsforecast import models as sf

    day = seasons[0] if seasons else 1
    if name == "AutoTheta":
        return sf.AutoTheta(season_length=day)
    if name == "MSTL":
        return sf.MSTL(season_length=seasons) if seasons else sf.AutoETS(season_length=1)
    return getattr(sf, name)(season_length=1)


def answer(name, seasons, y):
    start = time.process_time()
    said = model(name, seasons).forecast(y=y, h=STEPS)["mean"]
    return {"said": [float(v) for v in said], "seconds": time.process_time() - start}


def limited(name, seasons, y, limit):
    """-> (forecast or None where the limit was reached, CPU seconds)."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        signal.setitimer(signal.ITIMER_PROF, limit)  # what it does by itself is to end the process
        try:
            text = json.dumps(answer(name, seasons, y))
        except Exception as error:
            text = json.dumps({"error": repr(error)})
        with os.fdopen(write, "w") as out:
            out.write(text)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    _, _, used = os.wait4(child, 0)
    if not text:
        return None, used.ru_utime + used.ru_stime
    out = json.loads(text)
    if "error" in out:
        print(f"{name}: {out['error']}", file=sys.stderr)
        return None, used.ru_utime + used.ru_stime
    return out["said"], out["seconds"]


def main():
    if len(sys.argv) == 1:  # tools/nightly starts every peer without files
        print(__doc__.strip().splitlines()[0])
        return
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("series")
    p.add_argument("forecasts")
    p.add_argument("model", choices=NAMES)
    p.add_argument("--history", type=int, default=2016, help="last values that are used; 0: all")
    p.add_argument("--limit", type=float, default=10, help="CPU seconds a fit")
    p.add_argument("--every", type=int, default=1, help="takes every so many origins")
    a = p.parse_args()
    import numpy as np

    warm = True
    over, costs = 0, []
    with Path(a.series).open() as lines, Path(a.forecasts).open("w") as out:
        out.write("series,origin,h,yhat\n")
        for line in lines:
            name, lengths, origins, *values = line.strip().split(",")
            y = np.array(values, dtype=float)
            mine = []
            for origin in [int(o) for o in origins.split(";")][:: a.every]:
                past = y[max(0, origin - a.history) if a.history else 0 : origin]
                seasons = [int(m) for m in lengths.split(";") if m and len(past) > 2 * int(m)]
                if warm:  # compiles what the children inherit
                    answer(a.model, seasons, past)
                    warm = False
                said, seconds = limited(a.model, seasons, past, a.limit)
                if said is None or not np.isfinite(said).all():
                    said, over = [past[-1]] * STEPS, over + 1
                mine.append(seconds)
                for h, v in enumerate(said, 1):
                    out.write(f"{name},{origin},{h},{float(v)!r}\n")
            out.flush()
            costs.append(sum(mine) / len(mine))
            print(f"{name} {costs[-1]:.3f} s", file=sys.stderr, flush=True)
    print(json.dumps({"least": min(costs), "mean": sum(costs) / len(costs), "worst": max(costs), "over": over}))


if __name__ == "__main__":
    main()
