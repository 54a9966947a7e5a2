#!/usr/bin/env bash
# Writes the five lock files from pyproject.toml. Needs uv on the PATH (`pip install uv`). Give `--upgrade` to move to newer releases.
# Each list stands alone; pins are the same in all of them, with markers for every system and Python that we support.
set -euo pipefail
cd "$(dirname "$0")/.."

# torch moves on purpose only: its newer Linux builds bring several gigabytes for the graphics card.
held=$(mktemp)
trap 'rm -f "$held"' EXIT
echo 'torch==2.13.0' >"$held"

compile() { # NAME [OPTIONS of uv]
    local lock="requirements/$1.lock"
    shift
    uv pip compile --quiet --universal --python-version 3.10 --no-header --no-annotate --no-emit-index-url -c "$held" "$@" -o "$lock" pyproject.toml
    # What an exactly pinned parent pins itself (torch its CUDA parts, pyobjc its two hundred frameworks) is left to the parent:
    # a build of torch for the processor alone must not bring the CUDA parts along.
    sed -i -E '/^(nvidia-|cuda-|triton|pyobjc-framework-)/d' "$lock"
}

compile runtime "$@"
compile dev --extra dev -c requirements/runtime.lock "$@"
compile train --extra train -c requirements/dev.lock "$@"
compile bench --extra bench -c requirements/dev.lock "$@"
compile gpu --extra gpu -c requirements/dev.lock "$@"
sed -i '/^onnxruntime==/d' requirements/gpu.lock # onnxruntime-gpu fills the same folder
