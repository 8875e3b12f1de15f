#!/usr/bin/env python3
"""Checks the include graph of include/ and src/ against the layer order of docs/design/001-the-loop.md.

    check_layers.py [ROOT]

A file may include its own layer's folder and lower ones. Adapters include no other adapter; nobody includes the command.
Public headers include no third-party header but tl/expected.hpp, and no include cycle is allowed. Prints what is wrong;
exit 1 where anything is.
"""

import pathlib
import re
import sys

ORDER = [
    "base", "telemetry", "features", "model", "evaluation", "selection", "catalogue", "decision", "journal", "actuator", "trigger",
    "pipeline", "registries", "agent", "sla", "profiling", "stress", "simulation", "caas", "config", "http", "net", "report",
    "adapters", "server", "cli", "builtins",
]  # fmt: skip
RANK = {name: i for i, name in enumerate(ORDER)}
# Files of the top folder that are not the lowest layer.
TOP = {
    "registries.hpp": "registries",
    "learningplane.hpp": "builtins",
    "builtins.cpp": "builtins",
    "builtins_net.cpp": "builtins",
    "eigen.hpp": "builtins",
}
# Folders that the net library brings.
NET = {"net", "adapters", "server", "cli", "config", "report"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
THIRD_PARTY = re.compile(
    r"^(Eigen/|boost/|nlohmann/|fmt/|spdlog/|sqlite3|SQLiteCpp/|yaml-cpp/|httplib|simdjson|CLI/|openssl/|date/)"
)


def layer(relative: pathlib.PurePosixPath) -> str:
    if len(relative.parts) == 1:
        return TOP.get(relative.name, "base")
    return relative.parts[0]


def main() -> int:
    here = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    trees = {"include": root / "include" / "learningplane", "src": root / "src"}
    wrong, edges, count = [], {}, 0
    for tree, base in trees.items():
        for path in sorted([*base.rglob("*.hpp"), *base.rglob("*.cpp")]):
            relative = pathlib.PurePosixPath(path.relative_to(base).as_posix())
            mine, count = layer(relative), count + 1
            shown = path.relative_to(root)
            if mine not in RANK:
                wrong.append(f"{shown}: the folder '{mine}' stands in no layer (ORDER in tools/check_layers.py)")
                continue
            for bracket, name in INCLUDE.findall(path.read_text(encoding="utf-8")):
                if name == "learningplane/learningplane.hpp":
                    wrong.append(f"{shown}: includes learningplane.hpp, which is for users only")
                    continue
                if tree == "include" and THIRD_PARTY.match(name) and mine != "builtins":
                    wrong.append(f"{shown}: a public header includes {name}; hide it in src/")
                if name.startswith("learningplane/"):
                    target = pathlib.PurePosixPath(name.removeprefix("learningplane/"))
                    key = ("include", str(target))
                elif bracket == '"' and (trees["src"] / name).exists():
                    target = pathlib.PurePosixPath(name)
                    key = ("src", str(target))
                else:
                    continue
                theirs = layer(target)
                edges.setdefault((tree, str(relative)), set()).add(key)
                if theirs not in RANK:
                    wrong.append(f"{shown}: includes {name}, whose folder stands in no layer")
                elif RANK[theirs] > RANK[mine]:
                    wrong.append(f"{shown}: the layer {mine} may not include {name} ({theirs} is above it)")
                elif mine == theirs == "adapters" and relative.parts[1] != target.parts[1]:
                    wrong.append(f"{shown}: one adapter may not include another ({name})")
    state = {}

    def visit(node, trail):
        state[node] = 1
        for after in sorted(edges.get(node, ())):
            if state.get(after) == 1:
                ring = [*trail[trail.index(after) :], after]
                wrong.append("include cycle: " + " -> ".join(n[1] for n in ring))
            elif after not in state:
                visit(after, [*trail, after])
        state[node] = 2

    for node in sorted(edges):
        if node not in state:
            visit(node, [node])
    umbrella = (trees["include"] / "learningplane.hpp").read_text(encoding="utf-8")
    for path in sorted(trees["include"].rglob("*.hpp")):
        name = path.relative_to(root / "include").as_posix()
        of_core = name.split("/")[1] not in NET and path.name != "learningplane.hpp"
        if of_core != (f'"{name}"' in umbrella):
            wrong.append(f"learningplane.hpp: {name} {'is missing' if of_core else 'does not belong there'}")
    for line in wrong:
        print(line)
    print(f"{count} files, {len(wrong)} against the layers")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
