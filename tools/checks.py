#!/usr/bin/env python3
"""Runs the project's checks one after another and adds up what passed, failed and was skipped. Called by tools/test.

Each step is a function; a step without test cases of its own counts as one. Skipped tests are named at the end.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = pathlib.Path(PYTHON).parent
JOBS = str(os.cpu_count() or 2)
TOOLS = ["clang-format==23.1.5", "ruff==0.17.6", "mypy==2.4.1"]
DOCTEST = re.compile(r"test cases:\s*(\d+) \|\s*(\d+) passed \|\s*(\d+) failed")
PYTEST = re.compile(r"(\d+) (passed|failed|skipped|errors?|xfailed|xpassed)")
LAUNCHER = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []


class Tally:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, 0, []
        self.failures, self.times = [], []

    def one(self, ok, name):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            self.failures.append(name)


T = Tally()


def run(*command, env=None, quiet=True, timeout=3600):
    """-> (exit code, output). Quiet: shown only where the command fails."""
    full = [str(c) for c in command]
    try:
        p = subprocess.run(
            full, cwd=ROOT, env={**os.environ, **(env or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", timeout=timeout, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        code, text = p.returncode, p.stdout
    except subprocess.TimeoutExpired as e:
        text = (e.stdout or b"").decode(errors="replace") if isinstance(e.stdout, bytes) else (e.stdout or "")
        code, text = 124, text + f"\nstopped after {timeout} s"
    if code != 0 or not quiet:
        print(text[-8000:], flush=True)
    return code, text


def must(name, *command, **options):
    """One command that counts as one check."""
    code, text = run(*command, **options)
    T.one(code == 0, name)
    return code == 0, text


def step_format():
    listed = ["git", "ls-files", "*.hpp", "*.cpp"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    must("format: clang-format", BIN / "clang-format", "--dry-run", "-Werror", *files)
    folders = ["bindings/python/learningplane", "tests/python", "tools", "benchmarks", "examples"]
    must("format: ruff", BIN / "ruff", "check", *[f for f in folders if (ROOT / f).exists()])


def step_layers():
    must("layers: include graph", PYTHON, "tools/check_layers.py", quiet=False)
    for folder, limit in [("include", 300), ("src", 500), ("bindings/python/src", 300), ("tests", 600)]:
        for path in sorted((ROOT / folder).rglob("*.[ch]pp")):
            count = sum(1 for _ in path.open(encoding="utf-8"))
            if count > limit:
                print(f"  long: {path.relative_to(ROOT)} has {count} lines (a sign to look again from {limit} on)")
    pattern = r"/(work|root)/[a-z]|BEGIN (RSA |EC )?PRIVATE KEY"
    found = subprocess.run(["git", "grep", "-nE", pattern, "--", ".", ":!tools/checks.py"], cwd=ROOT,
                           capture_output=True, text=True, check=False)  # fmt: skip
    print(found.stdout, end="")
    T.one(found.returncode == 1, "layers: no machine paths and no keys in the tree")


def configure(preset):
    return must(f"{preset}: configure", "cmake", "--preset", preset, *LAUNCHER)[0]


def step_build():
    started = time.monotonic()
    if configure("dev"):
        must("build: dev, warnings are errors", "cmake", "--build", "build/dev", "-j", JOBS)
        print(f"  {time.monotonic() - started:.0f} s")


def run_program(name):
    code, text = run(ROOT / "build" / "dev" / "tests" / f"test_{name}", timeout=1500)
    found = DOCTEST.findall(text)
    skips = re.findall(r"^SKIPPED (.+)$", text, re.M)
    T.skipped += skips
    passed, failed = (int(found[-1][1]) - len(skips), int(found[-1][2])) if found else (0, 0)
    T.passed += passed
    T.failed += failed
    print(f"  {name}: {passed} passed, {failed} failed, {len(skips)} skipped", flush=True)
    if failed:
        T.failures.append(f"{name}: {failed} cases")
    elif code != 0 or not found:
        T.one(False, f"{name}: exit code {code}")


def run_label(label):
    _, text = run("ctest", "--test-dir", "build/dev", "-N", "-L", f"^{label}$")
    for name in re.findall(r"Test\s+#\d+: (\S+)", text):
        run_program(name)


def step_unit():
    for label in ("unit", "contract", "scenario", "kill"):
        run_label(label)


def step_integration():
    script = ROOT / "tests" / "components" / "build"
    if script.exists() and shutil.which("go"):
        must("integration: servers from cache or built", script)
    run_label("integration")


def step_headers():
    configure("dev")
    must("headers: each compiles alone", "cmake", "--build", "build/dev", "-j", JOBS, "--target",
         "all_verify_interface_header_sets")  # fmt: skip


def step_core():
    if configure("core") and must("core: builds without OpenSSL, SQLite and sockets", "cmake", "--build", "build/core",
                                  "-j", JOBS, "--target", "core")[0]:  # fmt: skip
        code, text = run("nm", "-uC", "build/core/src/liblearningplane_core.a")
        alien = re.search(r"\b(SSL_\w+|sqlite3_\w+|httplib::\w+|socket)$", text, re.M)
        T.one(code == 0 and not alien, f"core: asks for no symbol of theirs ({alien and alien.group()})")


def step_install():
    # Inside the checkout, where the compiler cache knows the paths.
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as tmp:
        found, added = f"{tmp}/find_package", f"{tmp}/add_subdirectory"
        if must("install", "cmake", "--install", "build/dev", "--prefix", f"{tmp}/prefix")[0] and must(
            "consumer: find_package", "cmake", "-G", "Ninja", "-S", "tests/consumer/find_package", "-B", found,
            f"-DCMAKE_PREFIX_PATH={tmp}/prefix", *LAUNCHER,
        )[0] and must("consumer: builds", "cmake", "--build", found)[0]:  # fmt: skip
            must("consumer: uses core", f"{found}/uses_core")
            must("consumer: uses net", f"{found}/uses_net")
        if must("consumer: add_subdirectory", "cmake", "-G", "Ninja", "-S", "tests/consumer/add_subdirectory", "-B", added,
                f"-DLEARNINGPLANE_SOURCE={ROOT}", "-DCMAKE_CXX_FLAGS=-O1", *LAUNCHER)[0]:  # fmt: skip
            must("consumer: add_subdirectory builds", "cmake", "--build", added, "-j", JOBS)
        folders = sorted({str(p.parent) for p in pathlib.Path(tmp).glob("prefix/**/learningplane.pc")})
        must("pkg-config: finds the library", "pkg-config", "--cflags", "--libs", "learningplane",
             env={"PKG_CONFIG_PATH": ":".join(folders)})  # fmt: skip


def step_wheel():
    started = time.monotonic()
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    env = {"CMAKE_CXX_COMPILER_LAUNCHER": "ccache"} if LAUNCHER else {}
    if must("wheel: builds", PYTHON, "-m", "pip", "wheel", "--no-deps", "-q", "-w", dist, ".", env=env)[0]:
        wheel = next(dist.glob("*.whl"))
        print(f"  {wheel.name}: {wheel.stat().st_size / 1e6:.2f} MB in {time.monotonic() - started:.0f} s")
        must("wheel: installs", PYTHON, "-m", "pip", "install", "-q", "--force-reinstall", "--no-deps", wheel)


def count_pytest(name, *arguments):
    code, text = run(PYTHON, "-m", "pytest", "-q", "-rs", *arguments)
    last = text.strip().splitlines()[-1] if text.strip() else ""
    counts = {k.rstrip("s") if k.startswith("error") else k: int(n) for n, k in PYTEST.findall(last)}
    failed = counts.get("failed", 0) + counts.get("error", 0)
    T.passed += counts.get("passed", 0)
    T.failed += failed
    for n, where in re.findall(r"^SKIPPED \[(\d+)\] (.+)$", text, re.M):
        T.skipped += [where] * int(n)
    print(f"  {name}: {counts}")
    if failed:
        T.failures.append(f"{name}: {failed} tests")
    elif code != 0:
        T.one(False, f"{name}: exit code {code}")


def step_python():
    if must("python: test packages", PYTHON, "-m", "pip", "install", "-q", "-r", "tests/python/requirements.txt")[0]:
        count_pytest("pytest", "tests/python")
        must("python: mypy --strict", BIN / "mypy", "bindings/python/learningplane")
        notebooks = sorted((ROOT / "examples").rglob("*.ipynb"))
        if notebooks:
            count_pytest("notebooks", "--nbmake", *notebooks)


def step_examples():
    """Each example's output is compared with the block headed 'Expected output' in its README."""
    code, text = run(PYTHON, "examples/run_all.py", quiet=False)
    results = re.findall(r"^(ok|FAILED|SKIPPED) (.+)$", text, re.M)
    for state, name in results:
        if state == "SKIPPED":
            T.skipped.append(name)
        else:
            T.one(state == "ok", f"examples: {name}")
    if not results:
        T.one(False, f"examples: exit code {code}")


def step_docs():
    must("docs: links, snippets and tables are true", PYTHON, "tools/check_docs.py", quiet=False)
    must("docs: API reference builds from the headers", PYTHON, "tools/make_reference.py")


STEPS = {n.removeprefix("step_"): f for n, f in list(globals().items()) if n.startswith("step_")}
ORDER = ["format", "layers", "build", "unit", "headers", "core", "install", "wheel", "python", "examples", "docs", "integration"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="+", choices=ORDER)
    parser.add_argument("--require-all", action="store_true")
    a = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    # One compiler cache serves every checkout of this project.
    os.environ.update(CCACHE_BASEDIR=str(ROOT), CCACHE_NOHASHDIR="1")
    run(PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", *TOOLS)
    for name in ORDER:
        if a.only and name not in a.only:
            continue
        print(f"== {name}")
        started = time.monotonic()
        try:
            STEPS[name]()
        except Exception as e:  # a broken step is a failed check, and the others still run
            T.one(False, f"{name}: {e!r}")
        T.times.append((name, time.monotonic() - started))
    print("== summary")
    print("  " + ", ".join(f"{n} {s:.0f} s" for n, s in T.times))
    for s in T.skipped:
        print(f"  skipped: {s}")
    for f in T.failures:
        print(f"  FAILED: {f}")
    failed = T.failed + (len(T.skipped) if a.require_all else 0)
    skipped = 0 if a.require_all else len(T.skipped)
    print(f"{T.passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
