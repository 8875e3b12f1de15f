#!/usr/bin/env python3
"""Checks that the documents are true where a machine can tell.

Relative links lead to files that exist. A code block under a line `<!-- snippet: PATH -->` is the file PATH, or the part of it
between lines that hold `[NAME]` and `[/NAME]` for `<!-- snippet: PATH#NAME -->`. Exit 1 where anything is wrong.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
SNIPPET = re.compile(r"<!-- snippet: (\S+?)(?:#(\w+))? -->\n```\w*\n(.*?)^```", re.M | re.S)


def part(path: pathlib.Path, name: str) -> str:
    text = path.read_text(encoding="utf-8")
    if not name:
        return text
    found = re.search(rf"^[^\n]*\[{name}\][^\n]*\n(.*?)^[^\n]*\[/{name}\]", text, re.M | re.S)
    return found.group(1) if found else ""


def main() -> int:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    wrong = []
    for name in listed.stdout.split():
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        prose = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
        for target in LINK.findall(prose):
            if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
                wrong.append(f"{name}: the link {target} leads nowhere")
        for file, anchor, body in SNIPPET.findall(text):
            if not (ROOT / file).exists():
                wrong.append(f"{name}: the snippet file {file} does not exist")
            elif part(ROOT / file, anchor).strip() != body.strip():
                wrong.append(f"{name}: the snippet is not what stands in {file}{'#' + anchor if anchor else ''}")
    for line in wrong:
        print(line)
    print(f"{len(listed.stdout.split())} documents, {len(wrong)} untruths")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
