#!/usr/bin/env python3
"""Runs every example as its README says and compares what it prints.

    run_all.py [FOLDER…]

A README's ```console blocks hold commands behind `$ ` and, under each, what it prints; a line `...` stands for any lines, and
`...` inside a line for any text. Commands run in a copy of the example's folder, with the built programs and the Python module
on the path. Prints `ok NAME`, `FAILED NAME` or `SKIPPED NAME: reason` for each command.
"""

import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = pathlib.Path(os.environ.get("LEARNINGPLANE_BUILD", ROOT / "build" / "dev"))


def commands(readme: str):
    """-> (command, expected lines) for each command in the console blocks."""
    for block in re.findall(r"^```console\n(.*?)^```", readme, re.M | re.S):
        current = None
        for line in block.splitlines():
            if line.startswith("$ "):
                if current:
                    yield current
                current = (line[2:], [])
            elif current:
                current[1].append(line.rstrip())
        if current:
            yield current


def matches(expected, actual):
    """Whether the printed lines fit; `...` alone fits any number of lines."""
    pattern = ""
    for line in expected:
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part) for part in line.split("...")) + r"[ \t]*\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in actual)) is not None


def main():
    wanted = sys.argv[1:]
    folders = [p for p in sorted(HERE.iterdir()) if (p / "README.md").exists()]
    failed = 0
    path = [pathlib.Path(sys.executable).parent, BUILD / "src", BUILD / "examples", os.environ["PATH"]]
    env = {**os.environ, "PATH": ":".join(map(str, path)), "COLUMNS": "120", "MPLBACKEND": "Agg", "NO_COLOR": "1"}
    for folder in folders:
        if wanted and folder.name not in wanted:
            continue
        with tempfile.TemporaryDirectory() as tmp:
            # A copy of all examples, so that paths to shared sample data hold and nothing is left behind.
            work = pathlib.Path(tmp) / "examples"
            shutil.copytree(HERE, work, ignore=shutil.ignore_patterns("state", "__pycache__"))
            for command, expected in commands((folder / "README.md").read_text(encoding="utf-8")):
                name = f"{folder.name}: {command}"
                p = subprocess.run(["bash", "-c", command], cwd=work / folder.name, env=env, capture_output=True,
                                   text=True, timeout=600, check=False)  # fmt: skip
                actual = [line.rstrip() for line in p.stdout.splitlines()]
                skip = re.search(r"^SKIPPED:? (.+)$", p.stdout, re.M)
                if skip:
                    print(f"SKIPPED {name}: {skip.group(1)}")
                elif p.returncode == 0 and matches(expected, actual):
                    print(f"ok {name}")
                else:
                    failed += 1
                    print(f"FAILED {name}")
                    print(f"  exit code {p.returncode}\n{p.stderr[-2000:]}")
                    sys.stdout.writelines(f"  {d}\n" for d in difflib.unified_diff(expected, actual, "README", "printed", lineterm="", n=1))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
