#!/usr/bin/env python3
"""Spike anticipation: what each target filter and post-step finds, and at what over-provision.

spikes.py [--inner KIND …] [--series WORD …] [--rows N] [--windows W …]

Every series' last 30 % is forecast from every row, one and four steps ahead, by a model fitted once before it
(update in between). A plan is the forecast's mean, or one of its quantiles; each is scored by the provisioning
scores (docs/design/038-evaluation.md), means over the series. The second table reads each method's curve over its
quantiles at the same over-provision.
"""

from __future__ import annotations

import argparse

import learningplane as lp
import numpy as np
import panel_series

LAG, LEADS = 5, (1, 4)
LEVELS = (0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
OVERS = (0.1, 0.2, 0.3, 0.4, 0.6)
FILTERS = ("past_max", "past_max_future_mean", "last_max_mean", "past_max_last_max_mean")
INNER = {"ridge": {"lags": 60}, "lstm": {"lags": 24, "epochs": 5}, "boosting": {"lags": 24}}


def variants(inner: str, windows: list[int]) -> dict[str, dict[str, object]]:
    """Options by name; the first is the unfiltered model."""
    base = {"kind": "anticipating", "model": {"kind": inner, **INNER.get(inner, {})}, "filter": "none"}
    out = {"unfiltered": base}
    for w in windows:
        out[f"running_max {w}"] = {**base, "post": "running_max", "window": w}
    for name in FILTERS:
        for w in windows:
            out[f"{name} {w}"] = {**base, "filter": name, "window": w}
    return out


def score(found: object, y: np.ndarray, first: int) -> dict[tuple[str, int, str], dict[str, float]]:
    """Scores by variant, lead and plan."""
    out = {}
    table = found.forecasts()
    for name, part in table.groupby("model", sort=False):
        for lead in LEADS:
            steps = part[part.step == lead]
            start = first + lead - 1
            truth = y[start - LAG : start + len(steps)]
            for plan in ("mean", *(f"q{level:g}" for level in LEVELS)):
                forecast = np.r_[np.full(LAG, np.nan), steps[plan].to_numpy()]
                out[name, lead, plan] = lp._core.provisioning(forecast, truth, LAG)
    return out


def mean(scores: list[dict[str, float]]) -> list[float]:
    """Over, under, precision, recall, covered recall and F1 of their means; traces without are skipped."""
    values = [
        [np.nan if s[k] is None else s[k] for s in scores]
        for k in ("over", "under", "precision", "recall", "covered_recall")
    ]
    with np.errstate(all="ignore"):
        over, under, precision, recall, covered = (
            float(np.nanmean(v)) if np.isfinite(v).any() else np.nan for v in values
        )
    f1 = 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
    return [over, under, precision, recall, covered, f1]


def main() -> None:
    """Prints both tables for each inner model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inner", nargs="+", default=["ridge"])
    parser.add_argument("--series", nargs="*", default=[])
    parser.add_argument("--rows", type=int, default=0, help="the last so many rows of each series; 0: all")
    parser.add_argument("--windows", type=int, nargs="+", default=[5, 10, 20])
    args = parser.parse_args()
    series = panel_series.frames(args.series, args.rows)
    for inner in args.inner:
        if inner not in lp.list_models():
            print(f"{inner}: no such model in this build")
            continue
        found: dict[tuple[str, int, str], list[dict[str, float]]] = {}
        spikes = 0
        for frame in series.values():
            y = np.asarray(frame.values("value"))
            result = lp.evaluate(
                variants(inner, args.windows), frame, horizon=max(LEADS), every=1, refit="never", levels=LEVELS, threads=2
            )  # fmt: skip
            scored = score(result, y, max(int(len(y) * 0.7), 1))
            spikes += scored["unfiltered", 1, "mean"]["spikes"]
            for key, s in scored.items():
                found.setdefault(key, []).append(s)
        names = list(variants(inner, args.windows))
        print(f"\n{inner}: {len(series)} series, {spikes} spikes at one step")
        for lead in LEADS:
            widths = [30, 7, 7, 9, 7, 7, 7]
            print(f"\nplan = forecast {lead} step(s) ahead")
            print(panel_series.row(["method", "over", "under", "precision", "recall", "covered", "F1"], widths))
            for name in names:
                print(panel_series.row([name, *mean(found[name, lead, "mean"])], widths))
            for level in (0.8, 0.9, 0.95):
                for name in ("unfiltered", f"running_max {args.windows[0]}", f"past_max {args.windows[0]}"):
                    label = f"{name} + quantile {level:g}"
                    print(panel_series.row([label, *mean(found[name, lead, f"q{level:g}"])], widths))
            print(f"\ncovered recall / F1 at the same over-provision, {lead} step(s) ahead")
            print(panel_series.row(["method", *(f"over {o:g}" for o in OVERS)], [30] + [14] * len(OVERS)))
            for name in names:
                curve = np.array([mean(found[name, lead, p]) for p in ("mean", *(f"q{level:g}" for level in LEVELS))])
                curve = curve[np.argsort(curve[:, 0])]
                at = [
                    f"{np.interp(o, curve[:, 0], curve[:, 4]):.3f} / {np.interp(o, curve[:, 0], curve[:, 5]):.3f}"
                    if curve[0, 0] <= o <= curve[-1, 0]
                    else "-"
                    for o in OVERS
                ]
                print(panel_series.row([name, *at], [30] + [14] * len(OVERS)))


if __name__ == "__main__":
    main()
