#!/usr/bin/env python3
"""Builds the API reference from the public headers with Doxygen: build/reference/html/index.html.

Doxygen's warnings about what a comment names wrongly (parameters, references) count as errors.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main() -> int:
    out = ROOT / "build" / "reference"
    out.mkdir(parents=True, exist_ok=True)
    version = re.search(r"VERSION (\d+\.\d+\.\d+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
    settings = {
        "PROJECT_NAME": "learningplane", "PROJECT_NUMBER": version, "INPUT": "include README.md docs",
        "FILE_PATTERNS": "*.hpp *.md", "RECURSIVE": "YES", "OUTPUT_DIRECTORY": out, "GENERATE_LATEX": "NO",
        "EXTRACT_ALL": "YES", "WARN_IF_UNDOCUMENTED": "NO", "WARN_IF_INCOMPLETE_DOC": "NO", "WARN_NO_PARAMDOC": "NO", "QUIET": "YES",
        "USE_MDFILE_AS_MAINPAGE": "README.md", "STRIP_FROM_PATH": "include", "STRIP_FROM_INC_PATH": "include",
        "MARKDOWN_SUPPORT": "YES", "HAVE_DOT": "NO", "JAVADOC_AUTOBRIEF": "YES", "EXCLUDE_PATTERNS": "*/design/*",
    }  # fmt: skip
    config = "".join(f"{k} = {v}\n" for k, v in settings.items())
    p = subprocess.run(["doxygen", "-"], cwd=ROOT, input=config, capture_output=True, text=True, check=False)
    lines = [w for w in p.stderr.splitlines() if "include/" in w and "warning" in w]
    print("\n".join(lines))
    index = out / "html" / "index.html"
    print(f"{index.relative_to(ROOT)}: {len(list(index.parent.glob('*.html')))} pages, {len(lines)} warnings in headers")
    return 1 if p.returncode or lines or not index.exists() else 0


if __name__ == "__main__":
    sys.exit(main())
