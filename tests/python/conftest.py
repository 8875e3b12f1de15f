"""What tests share."""

import learningplane as lp
import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def table() -> pd.DataFrame:
    """A day of QoS and load, a minute apart."""
    index = pd.date_range("2026-01-05", periods=1440, freq="min", tz="UTC")
    t = np.arange(len(index))
    noise = np.random.default_rng(7).normal(0, 0.01, len(index))
    qos = 0.6 + 0.3 * np.sin(2 * np.pi * t / 240) + noise
    return pd.DataFrame({"qos": qos, "load": np.cos(t / 60)}, index=index)


@pytest.fixture
def frame(table: pd.DataFrame) -> lp.Frame:
    return lp.to_frame(table)
