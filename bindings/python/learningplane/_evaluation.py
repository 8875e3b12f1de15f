"""What an evaluation at rolling origins found: scores by model, group and horizon, and the forecasts themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from learningplane._core import BacktestResults, ConfigError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_SHOWN = ["mae", "rmse", "smape", "mase", "interval_coverage", "interval_width", "over", "under",
          "violation", "slack", "precision", "recall", "covered_recall", "f1"]  # fmt: skip


class Evaluation:
    """What evaluate() found at rolling origins.

    `results`: one mapping for each model and group, with the scores by horizon.
    """

    def __init__(self, found: BacktestResults, target: str) -> None:
        self._found = found
        self.target = target
        self.results: list[dict[str, Any]] = [found.scores(i) for i in range(len(found))]

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        rows = []
        for result in self.results:
            for h in result["horizons"]:
                rows.append({"group": result["group"], "model": result["model"], **_flat(h, result["levels"])})
        return rows

    def to_pandas(self) -> pd.DataFrame:
        """Scores: one row for each group, model and horizon."""
        import pandas as pd

        table: pd.DataFrame = pd.DataFrame(self._rows).set_index(["group", "model", "horizon"])
        return table

    def forecasts(self) -> pd.DataFrame:
        """Every forecast step beside its truth: group, model, origin, step, time, mean, truth, quantiles."""
        import pandas as pd

        parts = []
        for i, result in enumerate(self.results):
            f = self._found.forecasts(i)
            part = {
                "group": result["group"],
                "model": result["model"],
                "origin": pd.DatetimeIndex(f["origin_ns"], tz="UTC"),
                "step": f["step"],
                "time": pd.DatetimeIndex(f["times_ns"], tz="UTC"),
                "mean": f["mean"],
                "truth": f["truth"],
            }
            for k, level in enumerate(result["levels"]):
                part[f"q{level:g}"] = f["quantiles"][:, k]
            parts.append(pd.DataFrame(part))
        table: pd.DataFrame = pd.concat(parts, ignore_index=True)
        return table

    def card_scores(self) -> dict[str, Any]:
        """What save_model(…, scores=this) keeps: errors and coverage of each model over all steps."""
        kept: dict[str, Any] = self._found.card_scores()
        return kept

    def to_html(self) -> str:
        """A page of its own: forecasts over the truth, error by step, coverage, scores."""
        page: str = self._found.to_html()
        return page

    def plot(self, model: str | None = None, group: str | None = None, ax: Axes | None = None) -> Axes:
        """Draws the truth and one model's forecast from each origin (the first where not named)."""
        i = self._index(model, group)
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        result, f = self.results[i], self._found.forecasts(i)
        steps = len(result["mae_by_step"])
        times = f["times_ns"].view("datetime64[ns]").reshape(-1, steps)
        order = np.unique(f["times_ns"], return_index=True)[1]
        seen, truth = _broken(f["times_ns"][order], f["truth"][order])
        ax.plot(seen.view("datetime64[ns]"), truth, color="0.3", linewidth=1, label="truth")
        for k, mean in enumerate(f["mean"].reshape(-1, steps)):
            ax.plot(times[k], mean, color="C0", linewidth=1, label=result["model"] if k == 0 else None)
            if len(result["levels"]) > 1:
                q = f["quantiles"].reshape(-1, steps, len(result["levels"]))[k]
                ax.fill_between(times[k], q[:, 0], q[:, -1], color="C0", alpha=0.15, linewidth=0)
        ax.set_xlabel("time (UTC)")
        ax.set_ylabel(self.target)
        ax.legend()
        return ax

    def _index(self, model: str | None, group: str | None) -> int:
        for i, result in enumerate(self.results):
            if model in (None, result["model"]) and group in (None, result["group"]):
                return i
        raise ConfigError(f"nothing was evaluated for model {model!r} and group {group!r}")

    def _repr_html_(self) -> str:
        from learningplane._display import _number, _table

        header = ["group", "model", "horizon", "n", *_SHOWN]
        cells = [
            [r["group"], r["model"], str(r["horizon"]), str(r["n"])]
            + [_number(np.nan if r[k] is None else r[k]) for k in _SHOWN]
            for r in self._rows
        ]
        first = self.results[0]
        caption = f"{self.target}: {first['origins']} rolling origins, steps 1 to h"
        return _table(header, cells, caption)

    def __repr__(self) -> str:
        models = sorted({r["model"] for r in self.results})
        return f"<Evaluation of {self.target}: {', '.join(models)}>"


def _broken(times_ns: Any, values: Any) -> tuple[Any, Any]:
    """With an unknown value in every hole of the times: no line is drawn over what was not looked at."""
    if len(times_ns) < 3:
        return times_ns, values
    steps = np.diff(times_ns)
    holes = np.flatnonzero(steps > 1.5 * steps.min()) + 1
    return np.insert(times_ns, holes, times_ns[holes] - 1), np.insert(values, holes, np.nan)


def _flat(h: Mapping[str, Any], levels: Sequence[float]) -> dict[str, Any]:
    """One horizon's scores side by side; the plan's shares of the usage win over those of the trace."""
    row: dict[str, Any] = {}
    for key, value in h.items():
        if key in ("pinball", "coverage"):
            row |= {f"{key}_{level:g}": v for level, v in zip(levels, value, strict=True)}
        elif key == "capacity":
            row |= {f"window_{k}": v for k, v in value.items()}
        elif key == "provisioning":
            row |= {k: v for k, v in value.items() if k not in ("n", "passed_over", "over", "under")}
            row |= {f"trace_{k}": value[k] for k in ("over", "under")}
        elif key == "plan":
            row |= {k: v for k, v in value.items() if k not in ("n", "passed_over")}
        else:
            row[key] = value
    return row
