#!/usr/bin/env python3
"""Boosted trees on the accuracy panel: MASE at 1, 12 and 36 steps of each variant, and what a fit costs.

    panel_boosting.py PANEL.py BENCH [NAME=VALUE,NAME=VALUE ...]

PANEL.py is the panel of the traces (series, origins, scale; not part of this repository), BENCH the program
bench_boosting_panel. Each further argument is a variant: options of the program separated by commas; without any, the
defaults are scored. Needs numpy and pandas.
"""

import importlib.util
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd

STEPS = (1, 12, 36)


def panel_module(path):
    spec = importlib.util.spec_from_file_location("panel", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def export(panel, path):
    """Writes the series for the program. -> {name: (values, origins, scale)}"""
    out = {}
    with pathlib.Path(path).open("w") as file:
        for name, (y, _, seasons) in panel.load().items():
            origins = panel.origins(len(y))
            known = panel.seasons(origins[0], seasons)
            out[name] = (y, origins, panel.scale(y[: origins[0]], (known or [1])[0]))
            head = [name, ";".join(map(str, known)), ";".join(map(str, origins))]
            file.write(",".join(head + [repr(float(v)) for v in y]) + "\n")
    return out


def score(series, forecasts):
    """-> one row a series: mean absolute error over the first steps, scaled."""
    rows = {}
    for name, (y, origins, scale) in series.items():
        said = forecasts[forecasts.series == name].pivot(index="origin", columns="h", values="yhat")
        error = np.abs(said.loc[origins].to_numpy() - np.stack([y[o : o + 36] for o in origins]))
        rows[name] = [error[:, :h].mean() / scale for h in STEPS]
    return pd.DataFrame.from_dict(rows, orient="index", columns=[f"MASE{h}" for h in STEPS])


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        series = export(panel_module(sys.argv[1]), f"{folder}/series.csv")
        for variant in sys.argv[3:] or [""]:
            options = [o for o in variant.split(",") if o]
            command = [sys.argv[2], f"{folder}/series.csv", f"{folder}/out.csv", *options]
            cost = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
            scores = score(series, pd.read_csv(f"{folder}/out.csv"))
            means = " ".join(f"{k} {v:.3f}" for k, v in scores.mean().items())
            print(f"{variant or 'defaults'}: {means}; {cost}", flush=True)
            if len(sys.argv) <= 4:
                print(scores.round(3).to_string())


if __name__ == "__main__":
    main()
