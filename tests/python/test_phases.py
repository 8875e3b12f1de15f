"""Behaviour cut into phases: known answers, refusals, what crosses to pandas, files, pictures."""

import copy
import json
import os
import pathlib
import pickle

import learningplane as lp
import numpy as np
import pandas as pd
import pytest

QUICK = {"k": 3, "history": 2, "epochs": 30, "learning_rate": 0.005}
LEVELS = np.array([[5.0, 10.0], [80.0, 20.0], [25.0, 70.0]])  # idle, computing, caching


def behave(rows: int = 600, seed: int = 5) -> tuple[np.ndarray, pd.DataFrame]:
    """What was going on, and the usage it made, half a minute apart."""
    rng = np.random.default_rng(seed)
    kinds, now = [], 0
    while len(kinds) < rows:
        kinds += [now] * int(rng.integers(25, 45))
        now = (now + int(rng.integers(1, 3))) % 3
    kinds = np.array(kinds[:rows])
    usage = np.abs(LEVELS[kinds] + rng.normal(0, 2, (rows, 2)))
    index = pd.date_range("2026-01-05", periods=rows, freq="30s", tz="UTC")
    return kinds, pd.DataFrame(usage, columns=["cpu", "memory"], index=index)


@pytest.fixture(scope="module")
def fitted() -> lp.Phases:
    return lp.Phases(**QUICK).fit(behave()[1])


def names_of(kinds: np.ndarray, phases: np.ndarray) -> dict[int, int]:
    """The phase that stands for each kind of behaviour; fails where one stands for two."""
    found = {}
    for kind in range(3):
        seen = phases[(kinds == kind) & (phases >= 0)]
        values, counts = np.unique(seen, return_counts=True)
        assert counts.max() > 0.95 * counts.sum()
        found[kind] = int(values[counts.argmax()])
    assert len(set(found.values())) == 3
    return found


def test_three_behaviours_are_found_and_told_apart_on_data_never_seen(fitted: lp.Phases) -> None:
    kinds, _ = behave()
    assert fitted.report_["k"] == 3
    assert fitted.report_["rows"] == 600
    assert fitted.labels_.shape == (600,)
    assert (fitted.labels_[:2] == -1).all()  # no whole past
    assert (fitted.labels_[2:] >= 0).all()
    names = names_of(kinds, fitted.labels_)
    fresh_kinds, fresh = behave(300, seed=77)
    assert names_of(fresh_kinds, fitted.predict(fresh)) == names
    assert fitted.transform(fresh).shape == (300, 10)
    assert fitted.cluster_centers_.shape == (3, 10)


def test_as_published_is_a_row_late_and_has_a_warm_up() -> None:
    kinds, usage = behave()
    phases = lp.Phases(**{**QUICK, "k": 4}, mode="as_published").fit_predict(usage)
    assert len(set(phases[:3])) == 1  # history + 1 rows without activity
    names = names_of(kinds[2:-1], phases[3:])  # the label of a row is that of the row before
    assert int(phases[0]) not in names.values()


def test_statistics_are_those_of_the_labelled_rows(fitted: lp.Phases) -> None:
    _, usage = behave()
    phases = fitted.labels_
    told = fitted.statistics(usage)
    assert told["rows"] == 598
    assert told["unknown"] == 2
    assert told["changes"] == (np.diff(phases[2:]) != 0).sum()
    expected = np.zeros((3, 3), dtype=int)
    np.add.at(expected, (phases[2:-1], phases[3:]), 1)
    assert np.array_equal(told["transitions"], expected)
    for phase in told["phases"]:
        mine = usage[phases == phase["phase"]]
        assert phase["rows"] == len(mine)
        assert phase["share"] == pytest.approx(len(mine) / 598)
        for feature in ("cpu", "memory"):
            assert phase["usage"][feature]["p95"] == pytest.approx(np.percentile(mine[feature], 95))
            assert phase["usage"][feature]["mean"] == pytest.approx(mine[feature].mean())
        stays = np.split(phases[2:], np.flatnonzero(np.diff(phases[2:])) + 1)
        lengths = [len(s) for s in stays if s[0] == phase["phase"]]
        assert phase["spells"] == len(lengths)
        assert phase["duration_seconds"]["mean"] == pytest.approx(30 * np.mean(lengths))


def test_the_number_of_phases_is_chosen_with_the_reason() -> None:
    phases = lp.Phases(**{**QUICK, "k": 0}, k_max=6).fit(behave()[1])
    assert phases.report_["k"] == 3
    assert "k = 3" in str(phases.report_["choice"])


def test_whatever_stands_for_rows(fitted: lp.Phases) -> None:
    _, usage = behave()
    expected = fitted.labels_
    for same in (usage, lp.to_frame(usage), usage[["memory", "cpu"]], usage.assign(more=1.0), usage.to_numpy()):
        assert np.array_equal(fitted.predict(same), expected)
    array = lp.Phases(**QUICK).fit(usage.to_numpy())
    assert np.array_equal(array.labels_, expected)
    ((labels, times, phases),) = fitted.label(usage)
    assert labels == {}
    assert np.array_equal(times, usage.index.as_unit("ns").asi8)
    assert np.array_equal(phases, expected)


def test_each_set_of_labels_is_a_sequence_of_its_own(fitted: lp.Phases) -> None:
    both = pd.concat({"a": behave(200, 1)[1], "b": behave(200, 2)[1]}, axis=1).swaplevel(axis=1)
    both.columns.names = ["name", "pod"]
    told = fitted.label(both)
    assert [labels for labels, _, _ in told] == [{"pod": "a"}, {"pod": "b"}]
    for (_, _, phases), seed in zip(told, (1, 2), strict=True):
        assert np.array_equal(phases, fitted.predict(behave(200, seed)[1]))
    assert fitted.statistics(both)["sequences"] == 2
    assert len(fitted.predict(both)) == 400


def test_phases_become_inputs_of_a_forecaster(fitted: lp.Phases) -> None:
    _, usage = behave()
    one_hot = fitted.with_phases(usage).to_pandas()
    assert list(one_hot.columns) == ["cpu", "memory", "phase_0", "phase_1", "phase_2"]
    assert one_hot.iloc[:2, 2:].isna().all(axis=None)  # unknown is not zero
    assert (one_hot.iloc[2:, 2:].sum(axis=1) == 1).all()
    number = fitted.with_phases(usage, one_hot=False).to_pandas()["phase"]
    assert np.array_equal(number[2:], fitted.labels_[2:])
    known = lp.to_frame(one_hot.iloc[2:])
    forecast = lp.Ridge(target="cpu", lags=4).fit(known).predict(3)
    assert np.isfinite(forecast.mean).all()


def test_the_same_seed_gives_the_same_phases() -> None:
    usage = behave()[1]
    a, b = (lp.Phases(**QUICK, seed=3).fit(usage) for _ in range(2))
    assert np.array_equal(a.labels_, b.labels_)
    assert np.array_equal(a.cluster_centers_, b.cluster_centers_)
    assert a.report_ == b.report_


def test_parameters() -> None:
    clone = pytest.importorskip("sklearn.base").clone
    phases = lp.Phases(k=4, history=1)
    assert phases.get_params()["k"] == 4
    assert clone(phases).get_params() == phases.get_params()
    assert clone(phases.fit(behave()[1])).get_params() == phases.get_params()
    with pytest.raises(lp._core.LogicError, match="not fitted"):
        clone(phases).predict(behave()[1])
    assert phases.set_params(k=5).k == 5
    with pytest.raises(TypeError, match="clusters"):
        lp.Phases(clusters=3)


def test_the_page(fitted: lp.Phases, tmp_path) -> None:
    usage = behave()[1]
    page = lp.Phases(**{**QUICK, "k": 0}, k_max=4).fit(usage).to_html(usage, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page
    data = json.loads(page.split('type="application/json">')[1].split("</script>")[0])
    assert "k = 3" in data["why"]["choice"]["reason"]
    assert len(data["training"]["errors"]) == QUICK["epochs"]
    (series,) = data["series"]
    assert series["features"][0]["v"] == pytest.approx(usage["cpu"].tolist(), rel=1e-4)
    told = fitted.to_html(usage)
    assert json.loads(told.split('type="application/json">')[1].split("</script>")[0])[
        "statistics"
    ] == fitted.statistics(usage)


def test_files_and_copies(fitted: lp.Phases, tmp_path) -> None:
    usage = behave(200, 9)[1]
    expected = fitted.predict(usage)
    path = tmp_path / "phases.json"
    fitted.save(path)
    again = lp.Phases.load(path)
    assert again.k == 3
    assert again.features == ["cpu", "memory"]
    for same in (again, pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        assert np.array_equal(same.predict(usage), expected)
        assert np.array_equal(same.transform(usage)[2:], fitted.transform(usage)[2:])
    text = path.read_text()
    for damaged, match in ((text[: len(text) // 2], "phases.json"), (text.replace('"k"', '"q"', 1), "checksum|k")):
        path.write_text(damaged)
        with pytest.raises(lp.Error, match=match):
            lp.Phases.load(path)
    with pytest.raises(lp.Error, match="nowhere"):
        lp.Phases.load(tmp_path / "nowhere.json")


def test_new_rows_are_taken_in_and_a_new_workload_gets_phases_of_its_own() -> None:
    usage = behave()[1]
    phases = lp.Phases(**QUICK).fit(usage)
    before = phases.cluster_centers_.copy()
    told = phases.update(behave(300, 8)[1])
    assert told["rows"] == 300
    assert sum(told["counts"]) == 298
    moved = np.linalg.norm(phases.cluster_centers_ - before, axis=1)
    assert moved == pytest.approx(told["moved"])
    other = behave(400, 6)[1] * [1.0, 1.6]  # caches more
    extended = phases.extend(other, k=2)
    assert extended["first"] == 3
    assert phases.cluster_centers_.shape[0] == 5
    assert set(phases.predict(other)) & {3, 4}
    assert len(phases.statistics(other)["phases"]) == 5


def test_what_is_wrong_is_named(fitted: lp.Phases) -> None:
    usage = behave(60)[1]
    late = usage.copy()
    late.loc[late.index[7], "cpu"] = np.nan
    bad = [
        (usage.head(2), {}, "history of 2 needs"),
        (usage, {"k": 700}, "k = 58 or less"),
        (usage - 100, {}, "cannot be negative"),
        (late, {}, "row 7 .*not known"),
        (usage * 0, {}, "no feature ever changes"),
        (usage, {"features": ["disk"]}, "disk"),
        (usage.iloc[::-1], {}, "must increase"),
        (usage.iloc[[0, 0, 1, 2]], {}, "must increase"),
        (usage.assign(cpu="high"), {}, "holds no numbers"),
        (usage.tz_localize(None), {}, "no zone"),
        (np.zeros((2, 3, 4)), {}, "two dimensions"),
        (usage, {"mode": "guessed"}, "guessed"),
        (usage, {"k": -1}, "k"),
        ([1, 2], {}, "no telemetry"),
    ]
    for data, options, match in bad:
        with pytest.raises(lp.Error, match=match):
            lp.Phases(**{**QUICK, **options}).fit(data)
    for data, match in (
        (usage[["cpu"]], "memory"),
        (usage.to_numpy()[:, :1], "features are cpu, memory"),
        (late, "not known"),
    ):
        with pytest.raises(lp.Error, match=match):
            fitted.predict(data)
    with pytest.raises(lp._core.LogicError, match="not fitted"):
        lp.Phases().statistics(usage)


def test_a_failed_fit_leaves_nothing_behind(fitted: lp.Phases) -> None:
    phases = copy.deepcopy(fitted)
    before = phases.cluster_centers_
    with pytest.raises(lp.Error):
        phases.fit(behave()[1] - 100)
    assert np.array_equal(phases.cluster_centers_, before)


def test_pictures(fitted: lp.Phases) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    usage = behave()[1]
    ax = fitted.plot(usage, feature="memory")
    assert ax.get_ylabel() == "memory"
    assert np.array_equal(ax.lines[0].get_ydata(), usage["memory"])
    dots = {c.get_label(): len(c.get_offsets()) for c in ax.collections}
    counts = np.bincount(fitted.labels_[2:])
    assert dots == {"not known": 2, **{f"phase {p}": n for p, n in enumerate(counts)}}
    assert len(ax.patches) == 1 + 1 + (np.diff(fitted.labels_[2:]) != 0).sum()  # unknown, and a stretch a stay
    boxes = fitted.plot_distributions(usage)
    assert [a.get_ylabel() for a in boxes.axes] == ["cpu", "memory"]
    medians = [line.get_ydata()[0] for line in boxes.axes[0].lines if line.get_color() == "0.1"]
    assert medians == pytest.approx([usage["cpu"][fitted.labels_ == p].median() for p in range(3)])
    told = fitted.statistics(usage)
    graph = fitted.plot_transitions(usage, ax=plt.subplots()[1])
    circles = [p for p in graph.patches if isinstance(p, matplotlib.patches.Circle)]
    assert len(circles) == 3
    shown = sorted(float(t.get_text()) for t in graph.texts if "\n" not in t.get_text() and t.get_text())
    left = np.array(told["transitions"], dtype=float)
    np.fill_diagonal(left, 0)
    share = left / left.sum(axis=1, keepdims=True)
    assert shown == pytest.approx(sorted(share[share > 0]), abs=0.005)
    assert "centroids" in fitted._repr_html_()
    assert "not fitted" in lp.Phases()._repr_html_()
    with pytest.raises(lp.ConfigError, match="disk"):
        fitted.plot(usage, feature="disk")
    with pytest.raises(lp.ConfigError, match="0 to 0"):
        fitted.plot(usage, sequence=1)
    plt.close("all")


def test_the_published_model_labels_the_published_traces_to_the_row() -> None:
    root = pathlib.Path(os.environ.get("LEARNINGPLANE_DATA", pathlib.Path(__file__).parents[2] / "../shared/data"))
    if not (root / "ai4dl/trained_model.json").exists():
        pytest.skip(f"no {root / 'ai4dl'}")
    phases = lp.Phases.load(root / "ai4dl/trained_model.json")
    assert phases.mode == "as_published"
    table = pd.read_csv(root / "ai4dl/sample.csv")
    counts = []
    for _, pod in table.groupby("pod.id", sort=True):
        labels = phases.predict(np.ascontiguousarray(pod[phases.features].to_numpy(dtype=float)))
        counts.append(np.bincount(labels, minlength=5).tolist())
    assert counts == [[48, 4, 11, 0, 2], [1, 4, 36, 0, 11], [43, 4, 11, 0, 1], [10, 4, 12, 0, 2]]
