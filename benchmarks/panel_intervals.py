#!/usr/bin/env python3
"""Coverage and provisioning of the upper 95 % on the accuracy panel, for every kind of model.

    panel_intervals.py PANEL.py BENCH [KIND[:NAME=VALUE[:NAME=VALUE ...]] ...]

PANEL.py is the panel of the traces (series, origins, scale; not part of this repository), BENCH the program
bench_intervals_panel. A kind is run as it is and inside `conformal`, split and adaptive; options such as refit=1 follow
it after colons. Printed are means over the series: coverage over all steps and at steps 1, 12 and 36, the share of
steps above the capacity that the window's largest upper 95 % is, the median of its excess over the mean load, and the
pinball loss as a geometric mean of ratios to the first line. Needs numpy and pandas.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
from panel_boosting import export, panel_module

KINDS = [
    "naive",
    "drift",
    "seasonal_naive",
    "seasonal_profile",
    "theta",
    "ets",
    "ridge",
    "nlinear",
    "dlinear",
    "trend_fourier",
    "boosting",
    "auto:refit=1",
]


def score(panel, forecasts):
    """-> (dict of the means over the series, pinball loss of each series)."""
    rows, pinball = [], []
    for name, (y, _, _) in panel.load().items():
        at = panel.origins(len(y))
        truth = np.stack([y[o : o + panel.H] for o in at])
        own = forecasts[forecasts.series == name]
        said = own.pivot(index="origin", columns="h", values="p95").reindex(at).to_numpy()
        capacity = np.maximum(said.max(1), 0)[:, None]
        covered = truth <= said + 1e-9
        rows.append(
            {
                "cover": covered.mean(),
                **{f"step {h}": covered[:, h - 1].mean() for h in (1, 12, 36)},
                "under %": 100 * (truth > capacity + 1e-9).mean(),
                "excess": np.maximum(capacity - truth, 0).mean() / max(np.abs(truth).mean(), 1e-9),
            }
        )
        miss = truth - said
        pinball.append(np.maximum(0.95 * miss, -0.05 * miss).mean())
    table = pd.DataFrame(rows)
    return {**table.drop(columns="excess").mean(), "excess": table.excess.median()}, np.array(pinball)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    panel, bench, first = panel_module(sys.argv[1]), sys.argv[2], None
    with tempfile.TemporaryDirectory() as folder:
        series, said = pathlib.Path(folder) / "series.csv", pathlib.Path(folder) / "said.csv"
        export(panel, series)
        for kind in sys.argv[3:] or KINDS:
            name, *options = kind.split(":")
            wraps = [[]] if name == "auto" else [[], ["wrap=split"], ["wrap=adaptive"]]
            for wrap in wraps:
                run = subprocess.run([bench, series, said, name, *options, *wrap], capture_output=True, text=True)
                label = " ".join([kind, *wrap])
                if run.returncode:
                    print(f"{label:40} {run.stderr.strip()}", flush=True)
                    continue
                means, pinball = score(panel, pd.read_csv(said))
                first = pinball if first is None else first
                ratio = np.exp(np.mean(np.log(np.maximum(pinball, 1e-12) / np.maximum(first, 1e-12))))
                cells = " ".join(f"{k} {v:.3f}" for k, v in means.items())
                print(f"{label:40} {cells} pinball {ratio:.3f}  {run.stdout.strip()}", flush=True)


if __name__ == "__main__":
    main()
