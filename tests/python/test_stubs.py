"""The committed type stubs are those of the compiled module."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tools" / "make_stubs.sh"


def test_stubs_are_current(tmp_path) -> None:
    pytest.importorskip("pybind11_stubgen", reason="pybind11-stubgen is not installed")
    subprocess.run([SCRIPT, tmp_path], check=True, timeout=300, env={**os.environ, "PYTHON": sys.executable})
    made = (tmp_path / "_core.pyi").read_text(encoding="utf-8")
    kept = (ROOT / "bindings/python/learningplane/_core.pyi").read_text(encoding="utf-8")
    assert made == kept, "run tools/make_stubs.sh and commit what it writes"
