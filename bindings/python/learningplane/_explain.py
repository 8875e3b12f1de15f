"""Which inputs and lags a forecast rests on, and a spike detector reduced to what they name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from learningplane._core import ConfigError, Forecaster
from learningplane._core import explain as _explain
from learningplane._core import reduce_detector as _reduce_detector
from learningplane._display import _number, _table
from learningplane._frames import to_frame

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from learningplane._estimators import ForecastEstimator

_SHOWN = 12


@dataclass(frozen=True)
class Explanation:
    """What the blocks of a window do to a forecast.

    `effects` holds one dictionary a block: block, column (None: all), first_lag, last_lag (1 is the
    newest row), mean, strength (what it is ranked by), deviation. `reference` is the loss with nothing
    permuted, or the forecast that the effects start from. `gap` (gradients) is the largest distance of a
    window's summed parts from the difference of its forecasts.
    """

    method: str
    model: str
    target: str
    columns: list[str]
    lags: int
    step: int
    windows: int
    spikes: bool
    reference: float
    forecast: float
    gap: float
    effects: list[dict[str, Any]]

    def ranking(self) -> list[str]:
        """The blocks by name, the strongest first."""
        return [e["block"] for e in sorted(self.effects, key=lambda e: -e["strength"])]

    def to_pandas(self) -> pd.DataFrame:
        """One row a block, the strongest first."""
        import pandas as pd

        table: pd.DataFrame = pd.DataFrame(self.effects).set_index("block")
        return table.sort_values("strength", ascending=False, kind="stable")

    def plot(self, ax: Axes | None = None, **style: Any) -> Axes:
        """A heat map, column by lag, of blocks of single columns; bars for blocks of all columns or all
        lags. Shows `mean`, red above zero. Returns the Axes. Needs matplotlib.
        """
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        ax.set_title(f"{self.method}: {self.target}, step {self.step}" + (" before spikes" if self.spikes else ""))
        flat = any(e["column"] is None or e["last_lag"] - e["first_lag"] + 1 == self.lags for e in self.effects)
        if flat:
            names = [e["block"] for e in self.effects]
            ax.barh(names, [e["mean"] for e in self.effects], xerr=[e["deviation"] for e in self.effects], **style)
            ax.invert_yaxis()
            return ax
        grid = np.full((len(self.columns), self.lags), np.nan)
        for e in self.effects:
            # The oldest lag stands left, as on a time axis.
            grid[self.columns.index(e["column"]), self.lags - e["last_lag"] : self.lags - e["first_lag"] + 1] = e[
                "mean"
            ]
        limit = float(np.nanmax(np.abs(grid))) or 1.0
        image = ax.imshow(grid, **{"aspect": "auto", "cmap": "RdBu_r", "vmin": -limit, "vmax": limit, **style})
        ax.figure.colorbar(image, ax=ax)
        ax.set_yticks(range(len(self.columns)), self.columns)
        ax.set_xticks(range(self.lags), [str(self.lags - i) for i in range(self.lags)])
        ax.set_xlabel("lag")
        return ax

    def _repr_html_(self) -> str:
        rows = sorted(self.effects, key=lambda e: -e["strength"])[:_SHOWN]
        cells = [[e["block"], *(_number(e[k]) for k in ("mean", "strength", "deviation"))] for e in rows]
        where = " before spikes" if self.spikes else ""
        more = "" if len(self.effects) <= _SHOWN else f", the strongest {_SHOWN} of {len(self.effects)} blocks"
        caption = (
            f"{self.method} of {self.model} for {self.target}, step {self.step}: {self.windows} windows{where}{more}"
        )
        return _table(["block", "mean", "strength", "deviation"], cells, caption)

    def __repr__(self) -> str:
        strongest = ", ".join(self.ranking()[:3])
        return f"<Explanation of {self.model} by {self.method}: {len(self.effects)} blocks, strongest {strongest}>"


def explain(
    model: ForecastEstimator | Forecaster,
    data: Any,
    *,
    method: str = "permutation",
    step: int = 1,
    spikes: bool = False,
    grouping: str = "blocks",
    block_lags: int = 1,
    windows: int = 200,
    repeats: int = 5,
    loss: str = "mae",
    fill: str = "window_mean",
    zero_baseline: bool = False,
    background: int = 32,
    pairs: int = 64,
    seed: int = 0,
) -> Explanation:
    """Explains a fitted model on windows on at most `windows` windows of `data`, evenly spaced.

    A block is a run of `block_lags` lags of one column (`grouping="blocks"`), a column over all lags
    ("columns") or a run of lags over all columns ("lags"). With `spikes` only windows are looked at that
    end before a spike of the target: what announces it. The same seed gives the same numbers.

    method, and what it costs in forecasts for n windows, B blocks and C cells (lags x columns):
        "permutation": growth of the `loss` ("mae", "mse") with a block shuffled; n (B repeats + 1).
        "occlusion": forecast - forecast with the block at its window's mean (`fill="usual"`: at the mean
            of all windows); n (B + 1).
        "gradients": integrated gradients from the mean window (`zero_baseline`: from zeros), 65 slopes a
            window; by differences 130 n C.
        "shapley": against `background` windows; up to 10 blocks exact, n 2^B background; above sampled,
            2 n B pairs, with standard errors.
        "components": of models that are sums (ridge, linear ones); n B.

    >>> lp.explain(model, frame, method="occlusion", spikes=True).plot()      # doctest: +SKIP
    """
    options = {
        "method": method,
        "grouping": grouping,
        "block_lags": block_lags,
        "spikes": spikes,
        "windows": windows,
        "repeats": repeats,
        "loss": loss,
        "fill": fill,
        "zero_baseline": zero_baseline,
        "background": background,
        "pairs": pairs,
        "seed": seed,
    }
    if step < 1:
        raise ConfigError(f"step is {step}; allowed: 1 or more")
    if not isinstance(model, Forecaster):
        model = model._fitted()
    found = _explain(model, to_frame(data), step=step, options=options)
    return Explanation(**found)


def reduce_detector(
    model: ForecastEstimator,
    data: Any,
    *,
    keep: int = 4,
    step: int = 1,
    block_lags: int = 3,
    train_share: float = 0.7,
    margin: float = 0.0,
    filter: str = "none",
    filter_window: int = 5,
    fill: str = "window_mean",
) -> dict[str, Any]:
    """Compares a spike detector on all columns and lags with one on the `keep` strongest blocks.

    `model` is an estimator that takes `inputs` and `lags` (its own fit is not used); without `inputs` all
    columns are. The full model learns from the first `train_share` of the rows, occlusion before their
    spikes ranks its blocks, the reduced one learns from these cells and the target's newest value alone.
    Both learn the target, or what `filter` makes of it (with `filter_window` steps), and forecast it plus
    the quantile `margin` of their training errors (0: nothing). Costs two fits and one forecast for each
    block and spike.

    Gives {"ranking", "kept", "spikes", "full", "reduced", "naive"}; each of the last three holds "cells",
    "mae" and the scores "provision" (over, under, spikes, precision, recall, covered_recall, ...) on the
    later rows.
    """
    frame = to_frame(data)
    target = model._target(frame, None)
    options = model.options(target)
    if not options.get("inputs"):
        options["inputs"] = [c.name for c in frame.columns if c.name != target]
    study = {
        "keep": keep,
        "step": step,
        "block_lags": block_lags,
        "train_share": train_share,
        "margin": margin,
        "filter": filter,
        "filter_window": filter_window,
        "fill": fill,
    }
    result: dict[str, Any] = _reduce_detector(frame, model.kind, options, study=study)
    return result
