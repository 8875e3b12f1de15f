"""Many series on a Ray cluster that somebody else started: `ray start --head`, with tokens, by address and as a Ray client."""

import importlib.util
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed")

COMPARE = """
import sys
import learningplane as lp
import pandas as pd
from test_many import bad, long

data = pd.concat([long(5), bad("short", [1.0])])
for model in ("auto", "theta"):
    threads, cluster = (
        lp.forecast_many(data, model=model, horizon=4, levels=(0.1, 0.9), progress=False, **where)
        for where in ({"threads": 2}, {"cluster": sys.argv[1]})
    )
    pd.testing.assert_frame_equal(threads, cluster, check_exact=True)
    pd.testing.assert_frame_equal(threads.failures, cluster.failures)

threads, cluster = (
    lp.search_many(
        data, model="seasonal_naive", grid={"season": [12, 24]}, horizon=4, origins=3, progress=False, **where
    ).scores
    for where in ({"threads": 2}, {"cluster": sys.argv[1]})
)
pd.testing.assert_frame_equal(threads, cluster, check_exact=True)
print("the same")
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def head():
    """A head node of two workers: its address, that of its client server, and the environment of who may use it."""
    client = free_port()
    folder = tempfile.mkdtemp(prefix="ray")  # short: Ray keeps sockets in it
    # Its workers import the module from where this process does.
    allowed = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)]),
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
    }
    process = subprocess.Popen(
        [Path(sys.executable).with_name("ray"), "start", "--head", "--block", "--port=0", "--num-cpus=2"]
        + ["--node-ip-address=127.0.0.1", f"--ray-client-server-port={client}", "--include-dashboard=false"]
        + ["--disable-usage-stats", f"--temp-dir={folder}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=allowed,
    )
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.search(r"--address='?([^'\s]+:\d+)", line):
            break
    else:
        pytest.fail("ray start --head ended: " + "".join(said))
    yield {"address": found[1], "client": f"ray://127.0.0.1:{client}", "auto": "auto"}, allowed
    process.terminate()
    process.communicate(timeout=60)
    shutil.rmtree(folder, ignore_errors=True)


def compare(cluster, env):
    return subprocess.run(
        [sys.executable, "-c", COMPARE, cluster], env=env, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("way", ["address", "client", "auto"])
def test_the_results_are_those_of_threads(head, way):
    ways, allowed = head
    done = compare(ways[way], {**allowed, "RAY_ADDRESS": ways["address"]})
    assert done.stdout.endswith("the same\n"), done.stderr


def test_without_the_token_the_way_out_is_told(head):
    ways, allowed = head
    done = compare(ways["address"], {**allowed, "RAY_AUTH_MODE": "disabled"})
    assert done.returncode == 1
    assert "set RAY_AUTH_MODE=token" in done.stderr
