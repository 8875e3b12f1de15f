"""The accuracy panel's series as frames; shared by the benchmarks that score on them.

The panel (its series, origins and peers' scores) lies outside the checkout: $LEARNINGPLANE_BASELINES, else
../shared/baselines beside it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import learningplane as lp
import numpy as np

FOLDER = Path(os.environ.get("LEARNINGPLANE_BASELINES", Path(__file__).parents[1] / "../shared/baselines"))


def panel() -> ModuleType:
    """The panel's own module."""
    if not (FOLDER / "panel.py").is_file():
        sys.exit(f"the panel is not in {FOLDER}: set LEARNINGPLANE_BASELINES")
    spec = importlib.util.spec_from_file_location("panel", FOLDER / "panel.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def frames(words: list[str], rows: int = 0) -> dict[str, lp.Frame]:
    """Series whose name contains one of the words (all where none is given), the last `rows` of each."""
    out = {}
    for name, (y, step, _) in panel().load().items():
        if words and not any(word in name for word in words):
            continue
        y = np.ascontiguousarray(y[-rows:] if rows else y)
        times = np.arange(len(y), dtype=np.int64) * step * 60_000_000_000
        out[name] = lp.Frame(times, [lp.Column("value", y)])
    return out


def row(cells: list[object], widths: list[int]) -> str:
    """One line of a table; numbers with three digits, NaN as a dash."""
    text = [("-" if x != x else f"{x:.3f}") if isinstance(x, float) else str(x) for x in cells]
    return " ".join(t.ljust(w) if i == 0 else t.rjust(w) for i, (t, w) in enumerate(zip(text, widths, strict=True)))
