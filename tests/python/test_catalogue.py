"""Model files, the model store and walk-forward scores."""

import pickle

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


def test_a_card_tells_data_scores_and_date(tmp_path, table: pd.DataFrame) -> None:
    model = lp.Auto(target="qos", horizon=6).fit(table)
    found = lp.evaluate(["auto", "naive"], table, target="qos", horizon=6, origins=3)
    path = tmp_path / "qos.lpm"
    lp.save_model(model, path, scores=found, notes={"asked by": "a test"})
    card = lp.read_card(path)
    assert (card.kind, card.rows) == ("auto", model.report_.rows)
    assert card.trained_on == "qos: 1440 rows from 2026-01-05T00:00:00Z to 2026-01-05T23:59:00Z"
    assert card.notes == {"fit": model.report_.note, "asked by": "a test"}
    assert card.scores["validation_loss"] == model.report_.validation_loss
    rolling = card.scores["rolling"]
    assert (rolling["horizon"], rolling["origins"], set(rolling["models"])) == (6, 3, {"auto", "naive"})
    row = found.to_pandas().loc[("all", "auto", 6)]
    assert rolling["models"]["auto"]["mae"] == row["mae"]
    assert card.trained_at.tzinfo is not None
    assert card.to_dict()["kind"] == "auto"
    assert "score rolling.models.naive.mae: " in str(card)
    assert "Model card" in card._repr_html_()
    assert "a test" in card._repr_html_()
    with pytest.raises(lp.ConfigError, match="scores"):
        lp.save_model(model, path, scores=[1])


def test_the_card_of_a_version(tmp_path, table: pd.DataFrame) -> None:
    store = lp.ModelStore(tmp_path)
    store.publish("qos", lp.Naive(target="qos").fit(table.iloc[:100]), trained_on="a morning", scores={"mae": 0.5})
    store.publish("qos", lp.Naive(target="qos").fit(table.iloc[:200]))
    assert store.card("qos", "1").trained_on == "a morning"
    assert store.card("qos", "1").scores["mae"] == 0.5
    assert "200 rows" in store.card("qos").trained_on
    assert "rolling" not in store.card("qos").scores
    with pytest.raises(lp.Error) as caught:
        store.card("else")
    assert caught.value.code == "not_found"


def test_losses_that_are_not_known_stay_out_of_the_card(tmp_path, table: pd.DataFrame) -> None:
    model = lp.Ridge(target="qos", lags=5).fit(table)
    lp.save_model(model.model_, tmp_path / "bare.lpm")  # a forecaster without its report
    assert lp.read_card(tmp_path / "bare.lpm").scores == {}
    again = pickle.loads(pickle.dumps(model))
    assert again.report_.validation_loss == model.report_.validation_loss
    assert again.trained_on_ == model.trained_on_


def test_what_is_not_fitted_is_not_saved(tmp_path) -> None:
    with pytest.raises(lp.NotFittedError):
        lp.save_model(lp.Naive(target="qos"), tmp_path / "x.lpm")
    with pytest.raises(lp.ConfigError, match="estimator"):
        lp.save_model("naive", tmp_path / "x.lpm")
    assert not list(tmp_path.iterdir())


def test_walk_forward_of_a_kind_says_what_is_missing(table: pd.DataFrame) -> None:
    with pytest.raises(lp.ConfigError, match="horizon"):
        lp.evaluate("naive", table)


def test_one_quantile_needs_no_list(table: pd.DataFrame) -> None:
    model = lp.Naive(target="qos").fit(table)
    assert np.array_equal(model.predict(2, 0.9).quantiles, model.predict(2, [0.9]).quantiles)
