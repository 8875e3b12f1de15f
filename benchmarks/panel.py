#!/usr/bin/env python3
"""Registered models on the accuracy panel, refitted at each origin, beside statsforecast in the same run.

    panel.py [SPEC ...] [--history 2016] [--bench build/release/benchmarks/bench_panel] [--each]
             [--peers AutoTheta MSTL AutoARIMA/4 ...] [--python PYTHON] [--limit 10] [--keep FOLDER]

SPEC is a kind ("auto", the default) or a kind with options: 'theta:{"season": "none"}'. --history 0 takes all that is
known at an origin. --peers names statsforecast models (peers/panel_statsforecast.py, run by --python); "/4" takes every
fourth origin, and what is compared with it is then scored on those. Printed are mean MASE over the first 1, 12 and 36
steps; the ratio of mean MASE36 to AutoTheta's with a bootstrap interval over the series (AutoTheta of this run where it
took part, else that of the panel's reference scores); coverage of the 95 % quantile and of 5 to 95 %; steps above the
largest 95 % quantile of the three hours, in per cent, and the median over the series of what that leaves unused, in mean
loads; CPU seconds of a fit with its forecast, mean of the cheapest series, of all, of the dearest; and the worst ratio to
the better of naive and seasonal naive (a day) on any series. --each adds the series. --keep leaves the forecasts there.
The panel lies outside this repository: $LEARNINGPLANE_BASELINES. Needs numpy and pandas.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
H, STEPS = 36, (1, 12, 36)


def panel_module():
    folder = Path(os.environ.get("LEARNINGPLANE_BASELINES", HERE / "../../shared/baselines"))
    if not (folder / "panel.py").is_file():
        sys.exit(f"SKIPPED: the panel is not in {folder}; set LEARNINGPLANE_BASELINES")
    spec = importlib.util.spec_from_file_location("panel_series", folder / "panel.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, folder


def export(panel, path):
    """Writes the series for the programs. -> {name: (values, origins, scale, seasons)}"""
    out = {}
    with Path(path).open("w") as file:
        for name, (y, _, seasons) in panel.load().items():
            origins = panel.origins(len(y))
            known = panel.seasons(origins[0], seasons)
            out[name] = (y, origins, panel.scale(y[: origins[0]], (known or [1])[0]), known)
            head = [name, ";".join(map(str, known)), ";".join(map(str, origins))]
            file.write(",".join(head + [repr(float(v)) for v in y]) + "\n")
    return out


def simple(series):
    """-> MASE36 of naive and of the day before, as forecasts at each origin."""
    rows = []
    for name, (y, origins, _, seasons) in series.items():
        day = seasons[0] if seasons else 1
        for o in origins:
            for h in range(H):
                rows.append((name, o, h + 1, y[o - 1], y[o - day + h % day]))
    frame = pd.DataFrame(rows, columns=["series", "origin", "h", "naive", "day"])
    return {n: frame.rename(columns={n: "yhat"})[["series", "origin", "h", "yhat"]] for n in ("naive", "day")}


def score(series, forecasts, every=1):
    """-> one row a series; `every` takes every so many origins."""
    rows = {}
    for name, (y, all_origins, scale, _) in series.items():
        origins = all_origins[::every]
        mine = forecasts[forecasts.series == name]
        wide = mine.pivot(index="origin", columns="h").reindex(origins)
        truth = np.stack([y[o : o + H] for o in origins])
        said = wide["yhat"].to_numpy()
        if said.shape != truth.shape or not np.isfinite(said).all():
            sys.exit(f"{name}: forecasts for all {len(origins)} origins x {H} steps are needed")
        row = {f"MASE{h}": np.abs(said - truth)[:, :h].mean() / scale for h in STEPS}
        if "p95" in forecasts:
            upper, lower = wide["p95"].to_numpy(), wide["p05"].to_numpy()
            capacity = np.maximum(upper.max(1), 0)[:, None]
            row["cover95"] = (truth <= upper + 1e-9).mean()
            row["cover90"] = ((truth <= upper + 1e-9) & (truth >= lower - 1e-9)).mean()
            row["under"] = 100 * (truth > capacity + 1e-9).mean()
            row["excess"] = np.maximum(capacity - truth, 0).mean() / max(np.abs(truth).mean(), 1e-9)
        rows[name] = row
    return pd.DataFrame.from_dict(rows, orient="index")


def ratio(mine, peer):
    """Of the means, with the 95 % interval of 5000 resamplings of the series."""
    pick = np.random.default_rng(1).integers(0, len(peer), (5000, len(peer)))
    m, p = mine.to_numpy(), peer.to_numpy()
    low, high = np.quantile(m[pick].mean(1) / p[pick].mean(1), [0.025, 0.975])
    return m.mean() / p.mean(), low, high


def ours(bench, spec, path, out, history):
    kind, _, options = spec.partition(":")
    command = [bench, path, out, kind, options or "{}", str(history)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{spec}: {done.stderr.strip()}")
    return {line.split()[0]: float(line.split()[1]) for line in done.stdout.splitlines()}


def peer(a, name, path, out):
    model, _, every = name.partition("/")
    command = [a.python, str(HERE / "peers/panel_statsforecast.py"), path, out, model, "--history", str(a.history)]
    command += ["--limit", str(a.limit), "--every", every or "1"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout), int(every or 1)


def line(name, s, theta, best, cost, note=""):
    r = ratio(s.MASE36, theta.reindex(s.index))
    worst = (s.MASE36 / best.reindex(s.index)).sort_values()
    text = f"{name:28s} {s.MASE1.mean():.3f} {s.MASE12.mean():.3f} {s.MASE36.mean():.3f}"
    text += f" | {r[0]:.3f} [{r[1]:.3f}, {r[2]:.3f}] |"
    if "cover95" in s:
        text += f" {s.cover95.mean():.3f} {s.cover90.mean():.3f} | {s.under.mean():.2f} % / {s.excess.median():.2f} |"
    else:
        text += " - | - |"
    text += " {:.4f} / {:.4f} / {:.4f} s |".format(*cost) if cost else " - |"
    over = worst[worst > 1.05]
    text += f" {worst.iloc[-1]:.3f} ({worst.index[-1]}), {len(over)} above 1.05"
    print(text + note, flush=True)


def main():
    if len(sys.argv) == 2 and sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    p = argparse.ArgumentParser()
    p.add_argument("specs", nargs="*", default=["auto"])
    p.add_argument("--history", type=int, default=2016)
    p.add_argument("--bench", default=str(HERE / "../build/release/benchmarks/bench_panel"))
    p.add_argument("--peers", nargs="*", default=[])
    p.add_argument("--python", default=sys.executable)
    p.add_argument("--limit", type=float, default=10)
    p.add_argument("--keep", default="")
    p.add_argument("--each", action="store_true")
    a = p.parse_args()
    panel, folder = panel_module()
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(a.keep or temporary)
        place.mkdir(exist_ok=True)
        path = str(place / "series.csv")
        series = export(panel, path)
        plain = {name: score(series, f) for name, f in simple(series).items()}
        best = np.minimum(plain["naive"].MASE36, plain["day"].MASE36)
        reference = pd.read_csv(folder / "reference.csv").pivot(index="series", columns="model", values="mase36")
        theta, by = reference["theta"].reindex(best.index), "the reference scores"
        print("model | MASE1 12 36 | to AutoTheta | coverage of p95, of 5 to 95 % | 3 h: under / excess | CPU | worst")
        peers = {}
        for name in a.peers:
            out = str(place / f"{name.replace('/', '_')}.csv")
            cost, every = peer(a, name, path, out)
            peers[name] = (score(series, pd.read_csv(out), every), cost, every)
            if name == "AutoTheta":
                theta, by = peers[name][0].MASE36, "this run"
        print(f"(AutoTheta of {by}; history {a.history or 'all'})")
        for name, (s, cost, every) in peers.items():
            few = {n: score(series, f, every).MASE36 for n, f in simple(series).items()} if every > 1 else None
            floor = best if few is None else np.minimum(few["naive"], few["day"])
            note = f"; {cost['over']} fits over {a.limit:g} s"
            line(name, s, theta, floor, [cost[k] for k in ("least", "mean", "worst")], note)
        for name in plain:
            line(name, plain[name], theta, best, None)
        for spec in a.specs:
            out = str(place / f"{spec.partition(':')[0]}.csv")
            cost = ours(a.bench, spec, path, out, a.history)
            forecasts = pd.read_csv(out)
            s, c = score(series, forecasts), list(cost.values())
            line(spec, s, theta, best, [min(c), sum(c) / len(c), max(c)])
            for name, (other, spent, every) in peers.items():
                mine = s if every == 1 else score(series, forecasts, every)
                r = ratio(mine.MASE36, other.MASE36)
                text = f"  beside {name}: MASE36 x {r[0]:.3f} [{r[1]:.3f}, {r[2]:.3f}]"
                print(f"{text}, CPU 1/{spent['mean'] / (sum(c) / len(c)):.1f}")
            if a.each:
                print(s.assign(theta=theta, best_simple=best, CPU=pd.Series(cost)).round(3).to_string())


if __name__ == "__main__":
    main()
