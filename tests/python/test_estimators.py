"""Models in the manner of scikit-learn, each that is registered."""

import copy
import io
import pickle
from inspect import signature

import joblib
import learningplane as lp
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

# What makes a quick fit of each kind; kinds that need nothing special are not named.
QUICK = {
    "gru": {"lags": 5, "layers": [4], "epochs": 2, "horizon": 3},
    "informer": {"lags": 16, "epochs": 1, "horizon": 10},
    "load_regression": {"loads": ["load"]},
    "lstm": {"lags": 5, "layers": [4], "epochs": 2, "horizon": 3},
    "seasonal_naive": {"season": "4h"},
    "yformer": {"lags": 16, "encoder_layers": 2, "epochs": 1, "horizon": 10},
}
KINDS = sorted(lp.list_models())
# A profile of days learns from days that have ended; the table holds one.
ON_A_DAY = [kind for kind in KINDS if kind != "day_profile"]


def make(kind: str) -> lp._estimators.ForecastEstimator:
    known = {p["name"] for p in lp.list_models()[kind]["parameters"]}
    quick = {k: v for k, v in QUICK.get(kind, {}).items() if k in known}
    return lp.make_estimator(kind)(target="qos", **quick)


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_are_those_of_the_manifest(kind: str) -> None:
    cls = lp.make_estimator(kind)
    manifest = lp.list_models()[kind]
    names = [p["name"] for p in manifest["parameters"]]
    assert list(signature(cls).parameters) == names
    assert list(cls().get_params()) == names
    assert manifest["summary"] in cls.__doc__
    assert getattr(lp, cls.__name__) is cls


@pytest.mark.parametrize("kind", ON_A_DAY)
def test_fit_predict_update_score(kind: str, table: pd.DataFrame) -> None:
    model = make(kind)
    assert model.fit(table.iloc[:1200]) is model
    forecast = model.predict(3, quantiles=[0.9, 0.1])
    assert forecast.target == "qos"
    assert forecast.times_ns[0] == table.index[1200].value
    assert np.isfinite(forecast.mean).all()
    assert forecast.levels == [0.1, 0.9]
    assert (forecast.quantiles[:, 0] <= forecast.quantiles[:, 1]).all()
    assert np.array_equal(model.forecast(3).mean, forecast.mean)
    model.update(table.iloc[1200:1210])
    assert model.predict(1).times_ns[0] == table.index[1210].value
    assert np.isfinite(model.score(table.iloc[1210:1220]))


@pytest.mark.parametrize("kind", ON_A_DAY)
@pytest.mark.parametrize("way", ["pickle", "deepcopy", "joblib"])
def test_a_copy_forecasts_the_same(kind: str, way: str, table: pd.DataFrame) -> None:
    model = make(kind).fit(table.iloc[:600])
    if way == "pickle":
        twin = pickle.loads(pickle.dumps(model))
    elif way == "deepcopy":
        twin = copy.deepcopy(model)
    else:
        buffer = io.BytesIO()
        joblib.dump(model, buffer)
        buffer.seek(0)
        twin = joblib.load(buffer)
    assert twin.get_params() == model.get_params()
    want = model.predict(4, quantiles=[0.25, 0.75])
    got = twin.predict(4, quantiles=[0.25, 0.75])
    assert np.array_equal(got.mean, want.mean)
    assert np.array_equal(got.quantiles, want.quantiles)


@pytest.mark.parametrize("kind", ON_A_DAY)
def test_clone_has_parameters_but_no_fit(kind: str, table: pd.DataFrame) -> None:
    model = make(kind).fit(table.iloc[:600])
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    with pytest.raises(lp.NotFittedError):
        twin.predict(1)


def test_a_profile_of_days() -> None:
    index = pd.date_range("2026-01-05", periods=72, freq="h", tz="UTC")
    days = pd.Series(np.tile(np.arange(24.0), 3), index=index, name="load")
    model = lp.DayProfile(target="load", spread="0s").fit(days)
    assert model.predict(24, quantiles=[0.5]).mean == pytest.approx(np.arange(24.0))
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict(24).mean, model.predict(24).mean)


def test_parameters_are_checked_when_they_count() -> None:
    with pytest.raises(TypeError, match="epochz"):
        lp.LSTM(epochz=3)
    with pytest.raises(ValueError, match="epochz"):
        lp.LSTM().set_params(epochz=3)
    model = lp.LSTM(target="qos", epochs=-1)  # stored, as scikit-learn asks
    assert model.get_params()["epochs"] == -1
    with pytest.raises(lp.ConfigError, match="epochs"):
        model.fit({"time": np.arange(3), "qos": np.arange(3.0)})


def test_the_only_column_is_the_target(table: pd.DataFrame) -> None:
    model = lp.LSTM(**QUICK["lstm"]).fit(table["qos"])
    assert model.target_ == "qos"
    with pytest.raises(lp.ConfigError, match="target"):
        lp.LSTM().fit(table)


def test_y_is_taken_as_the_target(table: pd.DataFrame) -> None:
    both = lp.LSTM(inputs=["load"], **QUICK["lstm"]).fit(table[["load"]].iloc[:300], table["qos"].iloc[:300])
    one = lp.LSTM(target="qos", inputs=["load"], **QUICK["lstm"]).fit(table.iloc[:300])
    assert np.array_equal(both.predict(2).mean, one.predict(2).mean)


def test_same_seed_same_model(table: pd.DataFrame) -> None:
    a, b = (make("lstm").set_params(seed=3).fit(table.iloc[:300]).predict(3).mean for _ in range(2))
    assert np.array_equal(a, b)
    c = make("lstm").set_params(seed=4).fit(table.iloc[:300]).predict(3).mean
    assert not np.array_equal(a, c)


def test_a_model_in_python(table: pd.DataFrame) -> None:
    class Last(lp.Forecaster):
        def fit(self, data: lp.Frame) -> None:
            self.last, self.at, self.step = data.values("qos")[-1], data.times_ns[-1], 60_000_000_000

        def is_fitted(self) -> bool:
            return hasattr(self, "last")

        def forecast(self, horizon: int, levels: list) -> lp.Forecast:
            times = [int(self.at) + (i + 1) * self.step for i in range(horizon)]
            return lp.Forecast("qos", "last", times, [self.last] * horizon)

    model = Last()
    model.fit(lp.to_frame(table))
    assert model.forecast(2, []).mean.tolist() == [table["qos"].iloc[-1]] * 2


@parametrize_with_checks([lp.LSTMRegressor(layers=(8,), epochs=60)])
def test_scikit_learn_agrees(estimator, check) -> None:
    check(estimator)
