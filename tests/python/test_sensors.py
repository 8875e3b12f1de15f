"""Sensors, ours and Python's."""

from datetime import datetime, timedelta, timezone

import learningplane as lp
import numpy as np
import pandas as pd
import pytest

BEGIN = datetime(2026, 1, 5, tzinfo=timezone.utc)
WINDOW = lp.Window(BEGIN, BEGIN + timedelta(hours=1))


def test_a_function_as_a_sensor() -> None:
    @lp.sensor("load")
    def load(window: lp.Window) -> dict:
        return {"time": [window.begin, window.begin + timedelta(minutes=1)], "load": [0.5, np.nan]}

    frame = load.read(WINDOW)
    assert frame.names == ["load"]
    assert len(frame) == 2
    assert frame.flags("load")[1] == int(lp.CellFlag.absent)
    assert load.describe() == "load"


def test_rows_outside_the_window_are_cut() -> None:
    @lp.sensor("early")
    def early(window: lp.Window) -> pd.Series:
        index = pd.date_range(window.begin - timedelta(hours=1), periods=120, freq="min")
        return pd.Series(np.arange(120.0), index=index, name="x")

    assert len(early.read(WINDOW)) == 60


def test_what_a_sensor_raises_is_a_failure_and_keeps_its_code() -> None:
    @lp.sensor("broken")
    def broken(window: lp.Window) -> None:
        raise ZeroDivisionError("oh")

    with pytest.raises(lp.Error, match="ZeroDivisionError: oh"):
        broken.read(WINDOW)

    @lp.sensor("late")
    def late(window: lp.Window) -> None:
        error = lp.Error("no answer")
        error.code = "timeout"
        raise error

    with pytest.raises(lp.Error, match="no answer") as caught:
        late.read(WINDOW)
    assert caught.value.code == "timeout"


def test_subclasses_without_do_read_are_told() -> None:
    class Nothing(lp.Sensor):
        def describe(self) -> str:
            return "nothing"

    with pytest.raises(lp.Error, match="do_read"):
        Nothing().read(WINDOW)


def test_a_frame_as_a_sensor(frame: lp.Frame) -> None:
    assert len(lp.FrameSensor(frame).read(WINDOW)) == 60


def test_built_by_name(tmp_path, frame: lp.Frame) -> None:
    path = tmp_path / "x.csv"
    lp.write_csv(frame, path)
    sensor = lp.build_sensor("csv", {"path": path})
    assert len(sensor.read(WINDOW)) == 60
    with pytest.raises(lp.ConfigError, match="csv"):
        lp.build_sensor("cvs", {"path": path})


def test_everything_is_listed_with_typed_parameters() -> None:
    for listing in (lp.list_sensors, lp.list_models, lp.list_policies, lp.list_actuators, lp.list_triggers):
        entries = listing()
        assert entries
        for name, manifest in entries.items():
            assert manifest["name"] == name
            assert manifest["summary"]
            assert all(p["type"] for p in manifest["parameters"])
