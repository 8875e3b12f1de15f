"""Which phase comes next, and which known application an unknown one behaves like."""

import learningplane as lp
import numpy as np
import pandas as pd
import pytest

LEVELS = np.array([[5.0, 10.0], [80.0, 20.0], [25.0, 70.0]])


def cycle(rows: int, order: tuple[int, ...], length: int = 10, seed: int = 1) -> pd.DataFrame:
    """Behaviours that follow each other in this order, each for so many rows."""
    kinds = np.array([order[(t // length) % len(order)] for t in range(rows)])
    usage = np.abs(LEVELS[kinds] + np.random.default_rng(seed).normal(0, 2, (rows, 2)))
    index = pd.date_range("2026-01-05", periods=rows, freq="min", tz="UTC")
    return pd.DataFrame(usage, columns=["cpu", "memory"], index=index)


@pytest.fixture(scope="module")
def phases() -> lp.Phases:
    return lp.Phases(k=3, history=1, epochs=20, learning_rate=0.005).fit(cycle(900, (0, 1, 2)))


def test_markov_is_the_share_of_what_followed(phases: lp.Phases) -> None:
    usage = cycle(900, (0, 1, 2))
    chances = lp.NextPhase(phases, method="markov").fit(usage).predict_proba(usage)
    told = np.array(phases.statistics(usage)["transitions"], dtype=float)
    share = told / told.sum(axis=1, keepdims=True)
    seen = phases.predict(usage)
    for phase in range(3):
        row = chances[(seen == phase) & np.isfinite(chances[:, 0])][0]
        assert row == pytest.approx(share[phase], abs=0.02)
    assert np.nansum(chances, axis=1)[5:] == pytest.approx(1)


def test_a_network_foresees_changes_that_follow_a_rule(phases: lp.Phases) -> None:
    fitted = lp.NextPhase(phases, recent=12, seed=1).fit(cycle(900, (0, 1, 2)))
    fresh = cycle(300, (0, 1, 2), seed=9)
    told = fitted.evaluate(fresh)
    markov = lp.NextPhase(phases, method="markov").fit(cycle(900, (0, 1, 2))).evaluate(fresh)
    assert told["f1"] > 0.9
    assert markov["f1"] != markov["f1"] or markov["f1"] < 0.5  # which cannot know when
    assert fitted.score(fresh) == told["accuracy"] > 0.95
    foreseen, came = fitted.predict(fresh)[:-1], phases.predict(fresh)[1:]
    known = foreseen >= 0
    assert (foreseen[known] == came[known]).mean() == pytest.approx(told["accuracy"], abs=0.02)
    assert (foreseen[:2] == -1).all()


def test_the_future_is_not_looked_at(phases: lp.Phases) -> None:
    usage = cycle(300, (0, 1, 2))
    fitted = lp.NextPhase(phases, seed=1).fit(usage)
    whole, cut = fitted.predict_proba(usage)[:200], fitted.predict_proba(usage.head(200))
    assert np.array_equal(whole, cut, equal_nan=True)


def test_parameters_and_refusals(phases: lp.Phases) -> None:
    usage = cycle(100, (0, 1))
    assert lp.NextPhase(phases, method="markov").get_params()["method"] == "markov"
    assert lp.NextPhase(phases).set_params(ahead=3).ahead == 3
    for options, match in (({"method": "guess"}, "guess"), ({"recent": 0}, "recent"), ({"ahead": 0}, "ahead")):
        with pytest.raises(lp.ConfigError, match=match):
            lp.NextPhase(phases, **options).fit(usage)
    with pytest.raises(lp.LogicError, match="not fitted"):
        lp.NextPhase(phases).predict(usage)
    with pytest.raises(lp.LogicError, match="not fitted"):
        lp.NextPhase(lp.Phases()).fit(usage)
    with pytest.raises(lp.Error, match="memory"):
        lp.NextPhase(phases).fit(usage[["cpu"]])
    with pytest.raises(TypeError, match="horizon"):
        lp.NextPhase(phases).set_params(horizon=3)


def test_an_unknown_application_is_told_by_its_first_minutes(phases: lp.Phases) -> None:
    known = [
        phases.profile(cycle(600, (0, 1)), "batch", model="ridge"),
        phases.profile(cycle(600, (2, 2, 0)), "cache", model="ets"),
    ]
    told = phases.classify(cycle(300, (0, 1), seed=4), known, minutes=60)
    assert (told["name"], told["model"]) == ("batch", "ridge")
    assert 55 <= told["rows"] <= 60
    assert [r["name"] for r in told["ranking"]] == ["batch", "cache"]
    assert told["ranking"][0]["distance"] < 0.2
    stranger = phases.classify(cycle(300, (1, 1, 1), seed=4), known, farthest=0.3)
    assert (stranger["name"], stranger["model"]) == ("", "auto")
    with pytest.raises(lp.ConfigError, match="farthest"):
        phases.classify(cycle(300, (0, 1)), known, farthest=2)
