#!/usr/bin/env python3
"""Do the provisioning scores order models as the standard ones do? Rank correlations over the accuracy panel.

ranks.py reference                       the peers' scores per series, as measured once
ranks.py backtest [--series WORD …]      our own models by the panel's protocol
"""

from __future__ import annotations

import argparse

import learningplane as lp
import numpy as np
import pandas as pd
import panel_series

STANDARD = ["mae", "rmse", "smape", "pinball_0.95"]
PROVISIONING = ["over", "under", "cost", "violation", "window_under_pct", "window_excess", "covered_recall", "f1"]
GOOD_HIGH = {"covered_recall", "f1"}
MODELS = {
    "naive": {"kind": "naive"},
    "seasonal_naive": {"kind": "seasonal_naive", "season": "1d"},
    "ridge60": {"kind": "ridge", "lags": 60},
    "nlinear": {"kind": "nlinear", "lags": 60},
    "boosting": {"kind": "boosting", "lags": 24},
    "theta": {"kind": "theta"},
    "ets": {"kind": "ets"},
    "drift": {"kind": "drift"},
}


def correlate(table: pd.DataFrame, left: list[str], right: list[str]) -> None:
    """Spearman and Kendall between the orders that scores give to the models, within each series, then averaged."""
    print(panel_series.row(["", *right], [14] + [17] * len(right)))
    for a in left:
        cells = []
        for b in right:
            pairs = []
            for _, part in table.groupby("series"):
                x, y = part[a].to_numpy(float), part[b].to_numpy(float)
                pairs.append(lp._core.rank_correlation(x, -y if b in GOOD_HIGH else y))
            rho, tau = np.nanmean(np.array(pairs, float), axis=0)
            n = int(np.isfinite(np.array(pairs, float)[:, 0]).sum())
            cells.append(f"{rho:+.2f} {tau:+.2f} ({n})")
        print(panel_series.row([a, *cells], [14] + [17] * len(right)))


def disagreements(table: pd.DataFrame, standard: str, provisioning: list[str]) -> None:
    """Models whose mean rank by a provisioning score is furthest from that by the standard one."""
    ranked = table.groupby("series")
    print(f"\nmean rank of each model (1 = best), by {standard} and by the provisioning scores")
    columns = {c: ranked[c].rank(ascending=c not in GOOD_HIGH) for c in [standard, *provisioning]}
    ranks = pd.DataFrame({"model": table.model, **columns}).groupby("model").mean().sort_values(standard)
    print(ranks.round(1).to_string())


def reference() -> None:
    """The peers' scores."""
    table = pd.read_csv(panel_series.FOLDER / "reference.csv").dropna(subset=["p95_36_u"])
    table = table.rename(columns={"p95_36_u": "under_pct", "p95_36_oA": "excess"})
    table["miscovered"] = (table.cover95 - 0.95).abs()
    # What planning costs if a step without enough is ten times as bad as an idle mean load.
    table["cost_10"] = table.excess + 10 * table.under_pct / 100
    scores = ["under_pct", "excess", "miscovered", "cost_10"]
    print(f"{table.model.nunique()} peers on {table.series.nunique()} series: Spearman Kendall (series)")
    correlate(table, ["mase1", "mase12", "mase36"], scores)
    disagreements(table, "mase36", scores)


def backtest(words: list[str]) -> None:
    """Our models: 24 origins, 36 steps, refitted daily; the plan is the 95 % quantile."""
    rows = []
    models = {name: spec for name, spec in MODELS.items() if spec["kind"] in lp.list_models()}
    for name, frame in panel_series.frames(words).items():
        found = lp.evaluate(
            models, frame, horizon=36, horizons=[36], levels=(0.05, 0.95), under_cost=10, refit="1d", threads=2
        )
        scores = found.to_pandas().reset_index()
        rows.append(scores.assign(series=name))
    table = pd.concat(rows, ignore_index=True)
    print(f"{table.model.nunique()} models on {table.series.nunique()} series: Spearman Kendall (series)")
    correlate(table, STANDARD, PROVISIONING)
    disagreements(table, "mae", PROVISIONING)


def main() -> None:
    """Prints the correlations."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["reference", "backtest"])
    parser.add_argument("--series", nargs="*", default=[])
    args = parser.parse_args()
    if args.what == "reference":
        reference()
    else:
        backtest(args.series)


if __name__ == "__main__":
    main()
