"""What tests share."""

import os

os.environ.setdefault("SCIPY_ARRAY_API", "1")  # before SciPy: else a check of scikit-learn is skipped

import learningplane as lp  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

settings.register_profile("shared-machine", deadline=None)  # how long an example takes is not ours to say
settings.load_profile("shared-machine")


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
