"""Pages as a browser shows them: every figure is drawn, from odd data too, and nothing that was read becomes markup."""

import re
import shutil
import subprocess

import learningplane as lp
import numpy as np
import pandas as pd
import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")

HOSTILE = "</script><img src=x onerror=alert(1)>"
QUICK = {"history": 1, "epochs": 3}


def usage(rows: int = 400, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    busy = np.arange(rows) % 30 < 10
    cpu = np.where(busy, 2.0, 0.2) * rng.uniform(0.9, 1.1, rows)
    memory = np.where(busy, 9e8, 3e8) * rng.uniform(0.9, 1.1, rows)
    index = pd.date_range("2026-01-05", periods=rows, freq="min", tz="UTC", name="time")
    return pd.DataFrame({"cpu": cpu, "memory": memory}, index=index)


def named(frame: pd.DataFrame, pod: str) -> pd.DataFrame:
    out = pd.concat({pod: frame}, axis=1).swaplevel(axis=1)
    out.columns.names = ["name", "pod"]
    return out


def shown(page: str, tmp_path) -> str:
    """What the browser makes of a page, without its scripts. Fails where a figure was drawn from what is no number."""
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    assert BROWSER is not None
    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
         "--virtual-time-budget=5000", "--dump-dom", (tmp_path / "page.html").as_uri()],
        capture_output=True, text=True, timeout=180, check=True,
    )  # fmt: skip
    seen = re.sub(r"<script.*?</script>", "", done.stdout, flags=re.DOTALL)
    assert "NaN" not in seen
    assert "undefined" not in seen
    assert "Infinity" not in seen
    assert "<img" not in seen
    return seen


def filled(seen: str, *ids: str) -> None:
    for one in ids:
        found = re.search(rf'id="{one}"[^>]*>(.{{40}})', seen, flags=re.DOTALL)
        assert found, f"{one} is empty"
        assert not found[1].lstrip().startswith("</"), f"{one} is empty"


def test_phases(tmp_path) -> None:
    data = named(usage(), HOSTILE)
    phases = lp.Phases(**QUICK, k=0, k_max=4).fit(data)
    seen = shown(phases.to_html(data), tmp_path)
    filled(seen, "series", "boxes", "durations", "graph", "matrix", "choice", "all")
    assert seen.count("<svg") == 2 + 2 + 1 + 1 + 3
    assert phases.report_["choice"]["reason"] in seen
    # A single phase, five rows, a gap: odd, but no reason to fail.
    few = usage(5).drop(index=usage(5).index[2])
    filled(shown(lp.Phases(history=0, epochs=2, k=1).fit(few).to_html(few), tmp_path), "series", "graph", "matrix")
    # A phase in which nothing is.
    early = usage(9)
    filled(shown(phases.to_html(named(early, "web")), tmp_path), "series", "durations", "matrix")


def test_sizes(tmp_path) -> None:
    data = named(usage(), HOSTILE)
    seen = shown(lp.size(data, policies=["request", "static_p95", "window_max"], requested_cpu=3).to_html(), tmp_path)
    filled(seen, "total", "cpucost", "memorycost", "scores", "times", "settings")
    blind = usage().assign(memory=np.nan)
    seen = shown(lp.size(blind, policies=["static_p95", "window_max"]).to_html(), tmp_path)
    assert "memory: samples above the limit by mean limit in MiB: not known" in seen


def test_stress(tmp_path) -> None:
    starts = 300.0 * np.arange(40)
    jobs = np.column_stack([starts, starts + 600])
    profile = lp.stress.StressProfile(lp.Phases(**QUICK, k=2)).fit(usage(), jobs=jobs)
    schedule = profile.generate("2h", speed=60, grid=1)
    rows, columns = int(schedule.length), []
    for job, mine in schedule.to_pandas().groupby("job"):
        cells = {n: np.full(rows, np.nan) for n in ("active", "cpu_cores", "memory_bytes", "phase")}
        for step in mine.itertuples():
            at = slice(round(step.start), round(step.start + step.seconds))
            for n, v in (("active", 1), ("cpu_cores", step.cpu_cores), ("memory_bytes", step.memory_bytes)):
                cells[n][at] = v
            cells["phase"][at] = step.phase
        cells |= {f"plan_{n}": cells[n].copy() for n in ("cpu_cores", "memory_bytes")}
        columns += [lp.Column(n, v, labels={"job": job}) for n, v in cells.items()]
    frame = lp.Frame(np.arange(rows, dtype=np.int64) * 1_000_000_000, columns)
    seen = shown(profile.check(schedule, frame).to_html(), tmp_path)
    filled(seen, "load", "shares", "durations", "arrivals", "fits", "distances")
    assert seen.count("<svg") == 6


def test_an_agent_that_sizes(tmp_path) -> None:
    table = tmp_path / "shop.csv"
    usage().to_csv(table, date_format="%Y-%m-%dT%H:%M:%SZ")
    (tmp_path / "agent.yaml").write_text(
        "agent: sizes\napplications: ['<img src=x>']\nsensors: {table: {kind: csv, path: shop.csv}}\n"
        "policy: {kind: sizing_window, cpu_window: 30m, memory_window: 30m}\nsizing: {step: 1m}\n"
        "actuators: {pods: {kind: recording}}\nschedules: {size: {trigger: {kind: interval, every: 5m}, run: decide}}\n"
    )
    agent = lp.Agent.from_yaml(tmp_path / "agent.yaml")
    agent.replay(str(table))
    seen = shown(agent.to_html(), tmp_path)
    filled(seen, "sizes", "rows", "tiles")
    assert seen.count("memory, MiB") >= 1
