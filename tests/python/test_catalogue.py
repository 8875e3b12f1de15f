"""Model files, the model store and walk-forward scores."""

import learningplane as lp
import numpy as np
import pandas as pd
import pytest


def test_a_model_file_goes_round(tmp_path, table: pd.DataFrame) -> None:
    model = lp.Ridge(target="qos", lags=5, horizon=3).fit(table.iloc[:600])
    path = tmp_path / "model.lpm"
    lp.save_model(model, path, trained_on="a test")
    again = lp.load_model(path)
    assert again.kind == "ridge"
    assert np.array_equal(again.forecast(3, [0.1, 0.9]).quantiles, model.predict(3, [0.1, 0.9]).quantiles)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(lp.Error) as caught:
        lp.load_model(path)
    assert caught.value.code == "malformed"


def test_versions_of_a_name(tmp_path, table: pd.DataFrame) -> None:
    store = lp.ModelStore(tmp_path)
    model = lp.Naive(target="qos").fit(table.iloc[:100])
    assert store.publish("qos", model)["version"] == 1
    assert store.publish("qos", model.fit(table.iloc[:200]))["version"] == 2
    store.set_alias("qos", "production", 1)
    assert store.names() == ["qos"]
    assert [v["version"] for v in store.versions("qos")] == [1, 2]
    assert store.load("qos", "production").forecast(1).mean[0] == table["qos"].iloc[99]
    assert store.load("qos").forecast(1).mean[0] == table["qos"].iloc[199]
    with pytest.raises(lp.Error) as caught:
        store.load("else")
    assert caught.value.code == "not_found"


def test_walk_forward_equals_a_loop(table: pd.DataFrame) -> None:
    scored = lp.evaluate(lp.Naive(target="qos"), table, first="8h", last="12h")
    truth = table["qos"].to_numpy()
    rows = np.searchsorted(table.index.as_unit("ns").asi8, scored["times_ns"])
    assert np.array_equal(scored["truth"], truth[rows])
    assert np.array_equal(scored["forecast"], truth[rows - 1])
    assert scored["n"] == len(rows) == 240
    assert scored["mse"] == pytest.approx(np.mean((truth[rows] - truth[rows - 1]) ** 2))
    assert scored["refits"] == 4
    with pytest.raises(lp.ConfigError, match="frist"):
        lp._core.walk_forward(table, "naive", {"target": "qos"}, frist="1h")
