"""The interpreter's lock is free in long calls, and Ctrl-C ends them."""

import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import learningplane as lp
import numpy as np
import pandas as pd
import pytest

LONG = """
import signal, sys
import numpy as np, learningplane as lp
# A shell that starts this in the background has Ctrl-C ignored, and that is inherited.
signal.signal(signal.SIGINT, signal.default_int_handler)
rng = np.random.default_rng(0)
times = np.arange(4000, dtype=np.int64) * 60_000_000_000
frame = lp.Frame.from_numpy(times, {"y": rng.normal(size=4000)})
model = lp.LSTM(target="y", epochs=100_000, patience=0, layers=[16])
print("training", flush=True)
try:
    model.fit(frame)
except KeyboardInterrupt:
    print("interrupted", bool(model.model_.fitted), flush=True)
    sys.exit(7)
"""


def noise(n: int) -> lp.Frame:
    values = np.random.default_rng(0).normal(size=n)
    return lp.Frame.from_numpy(np.arange(n, dtype=np.int64) * 60_000_000_000, {"y": values})


def test_other_threads_run_while_a_model_trains() -> None:
    model = lp.LSTM(target="y", epochs=20, patience=0, layers=[32], lags=20)
    frame = noise(2000)
    done = threading.Event()
    thread = threading.Thread(target=lambda: (model.fit(frame), done.set()), daemon=True)
    thread.start()
    turns = 0
    deadline = time.monotonic() + 120
    while not done.is_set():
        assert time.monotonic() < deadline, "the training holds the lock or hangs"
        turns += 1
        time.sleep(0.001)
    assert turns > 5
    assert model.model_.fitted


def test_python_sensors_may_be_read_from_many_threads() -> None:
    @lp.sensor("load")
    def load(window: lp.Window) -> dict:
        return {"time": [window.begin], "load": [1.0]}

    begin = pd.Timestamp("2026-01-05", tz="UTC")
    window = lp.Window(begin, begin + pd.Timedelta(hours=1))
    rows: list[int] = []

    def read() -> None:
        rows.extend(len(load.read(window)) for _ in range(50))

    threads = [threading.Thread(target=read, daemon=True) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(timeout=60)
        assert not t.is_alive(), "a reader hangs: the lock is held the wrong way round"
    assert rows == [1] * 400


def test_memory_may_be_let_go_from_any_thread() -> None:
    frames = [noise(100) for _ in range(50)]
    threads = [threading.Thread(target=frames.clear, daemon=True) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(timeout=60)
        assert not t.is_alive()
    assert frames == []


def cpu_seconds(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the child is watched through /proc")
def test_ctrl_c_ends_a_training() -> None:
    with subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "training\n"
            # Once it has computed for a second from here on it is well into its epochs.
            before, deadline = cpu_seconds(child.pid), time.monotonic() + 120
            while cpu_seconds(child.pid) < before + 1:
                assert time.monotonic() < deadline, "the training does not compute"
                time.sleep(0.02)
            child.send_signal(signal.SIGINT)
            out, _ = child.communicate(timeout=60)
        finally:
            child.kill()
    assert child.returncode == 7
    assert out == "interrupted True\n"
