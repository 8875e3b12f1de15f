# Shared by tools/quickstart, tools/test and tools/nightly: what a fresh machine needs. Source it from the checkout's root.
# Everything slow is kept outside the checkout, in $LEARNINGPLANE_CACHE.
export LEARNINGPLANE_CACHE=${LEARNINGPLANE_CACHE:-$HOME/.cache/learningplane}
mkdir -p "$LEARNINGPLANE_CACHE"
# One compiler cache serves every checkout of this project.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

say() { printf '\033[1m== %s\033[0m\n' "$*"; }

# Debian packages that the library is built with; docs/dependencies.md says why each.
packages_build="g++ cmake ninja-build ccache git pkg-config libeigen3-dev libboost-dev nlohmann-json3-dev libcpp-httplib-dev
  libfmt-dev libcli11-dev libyaml-cpp-dev libsqlite3-dev libsqlitecpp-dev libssl-dev libsimdjson-dev libexpected-dev
  libhowardhinnant-date-dev doctest-dev zlib1g-dev libbrotli-dev tzdata ca-certificates"
# What the tests use besides.
packages_test="prometheus stress-ng doxygen openssl curl libbenchmark-dev"

need_packages() { # need_packages NAME…: installs those that are missing
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q '^install ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
  say "Installing Debian packages: ${missing[*]}"
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

need_python() { # need_python VENV: a virtual environment; installs what Debian splits off from Python where it is missing
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then need_packages python3 python3-venv; fi
  if ! python3 -c 'import os, sysconfig; raise SystemExit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))'; then
    need_packages python3-dev
  fi
  [ -x "$1/bin/python" ] || { say "Making the virtual environment $1"; python3 -m venv "$1"; }
}
