"""What notebooks show."""

import subprocess
import sys
from xml.etree import ElementTree

import learningplane as lp
import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")


def forecast() -> lp.Forecast:
    minute = 60_000_000_000
    return lp.Forecast("qos <&>", "test", [minute, 2 * minute], [0.5, 0.6]).with_quantiles(
        [0.1, 0.9], np.array([[0.4, 0.6], [0.5, 0.7]])
    )


def test_everything_has_a_table(frame: lp.Frame) -> None:
    decision = lp.Decision(lp.Place("b"), rule="r", reason="a < b", considered=[lp.Considered("b", lp.Quantity(0.8))])
    for thing in (frame, frame["qos"], forecast(), decision, lp._core.build_model("lstm", {"target": "y"}), lp.LSTM()):
        html = thing._repr_html_()
        ElementTree.fromstring(f"<div>{html.replace('<br>', '<br/>')}</div>")  # well formed, all escaped
    assert "0.8" in decision._repr_html_()
    assert "unknown" in lp.to_frame((np.arange(1), np.array([np.nan])))._repr_html_()


def test_plots_give_axes(frame: lp.Frame) -> None:
    import matplotlib.pyplot as plt

    ax = frame.plot()
    assert len(ax.lines) == 2
    assert forecast().plot(ax=ax) is ax
    assert len(ax.lines) == 3
    assert len(ax.collections) == 1
    assert frame["qos"].plot(color="red").lines[0].get_color() == "red"
    plt.close("all")


def test_forecast_as_a_table() -> None:
    table = forecast().to_pandas()
    assert list(table.columns) == ["mean", "q0.1", "q0.9"]
    assert str(table.index.tz) == "UTC"


@pytest.mark.parametrize("module", ["pandas", "matplotlib", "sklearn", "numpy"])
def test_import_brings_only_what_is_needed(module: str) -> None:
    code = f"import sys, learningplane; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_everything_promised_is_there_without_scikit_learn() -> None:
    code = "import sys; sys.modules['sklearn'] = None; from learningplane import *; print(evaluate, ModelStore)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
