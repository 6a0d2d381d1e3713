#!/usr/bin/env bash
# Sourced by deploy/quickstart and tests/run: installs Debian packages that are missing, saying which.

# shellcheck disable=SC2034  # used by those that source this
DUBAN_BUILD_PACKAGES=(g++ cmake ninja-build ccache mold pkg-config protobuf-compiler libprotobuf-dev
  protobuf-compiler-grpc libgrpc++-dev libabsl-dev libssl-dev libsqlite3-dev nlohmann-json3-dev
  libyaml-cpp-dev libboost1.81-dev libicu-dev libopencc-dev golang-github-grpc-ecosystem-grpc-gateway-dev
  openssl ca-certificates tzdata)

# need_packages PURPOSE PACKAGE...
need_packages() {
  local purpose=$1 missing=() package
  shift
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [[ ${#missing[@]} -eq 0 ]] && return 0
  echo "Installing ${#missing[@]} Debian packages to $purpose: ${missing[*]}"
  local sudo=()
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null || {
      echo "error: cannot install packages: not root, and sudo is not there. Install them, then run this again." >&2
      return 1
    }
    sudo=(sudo)
  fi
  local log
  log=$(mktemp)
  if ! { "${sudo[@]}" apt-get update -q && "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    echo "error: apt-get could not install the packages above; the lines before say why" >&2
    return 1
  fi
  rm -f "$log"
}

# build_preset PRESET [CMAKE-ARGUMENT...]: configures and builds, showing progress; keeps a compiler cache between builds.
build_preset() {
  local preset=$1
  shift
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
  cmake --preset "$preset" "$@" >"build-$preset.log" 2>&1 || { cat "build-$preset.log" >&2; rm -f "build-$preset.log"; return 1; }
  rm -f "build-$preset.log"
  cmake --build --preset "$preset"
}
