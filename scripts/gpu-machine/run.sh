#!/bin/sh
# Checks and times Scarp on this machine, and PyTorch beside it: ./run.sh [--out <dir>] [--short]
here=$(cd "$(dirname "$0")" && pwd)
if command -v python3 >/dev/null 2>&1; then exec python3 "$here/run.py" "$@"; fi
echo "There is no python3 here: only Scarp's own check runs, with the driver that Vulkan finds." >&2
LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" SCARP_ROOT="$here" \
  exec "$here/node" --no-warnings "$here/dist/cli/main.js" selftest
