#!/usr/bin/env bash
# Writes the type stubs of the compiled module from the module itself: tools/make_stubs.sh [FOLDER]
# Needs learningplane importable and pybind11-stubgen, both in the Python that $PYTHON (default: python3) names.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$here/bindings/python/learningplane}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m pybind11_stubgen learningplane._core -o "$work" --numpy-array-wrap-with-annotated --ignore-all-errors >/dev/null 2>&1
cp "$work/learningplane/_core.pyi" "$out/_core.pyi"
