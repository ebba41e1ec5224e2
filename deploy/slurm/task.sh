#!/usr/bin/env bash
# One job of the chain that submit.sh makes: runs scarp and tells Slurm what its exit code means.
set -u
most_restarts=${SCARP_MOST_RESTARTS:-5}

# shellcheck disable=SC2086 # SCARP may hold several words: "node /opt/scarp/src/cli/scarp.mjs"
${SCARP:-scarp} "$@" &
child=$!
# Slurm warns before the time is up, and before it hands the node to somebody else. scarp keeps what is finished, and exits 75.
trap 'kill -TERM "$child" 2>/dev/null' TERM
wait "$child"
code=$?
# A signal ends the first wait early.
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  code=$?
done

case $code in
  42)
    # Done, but for inputs that fail however often they are tried: they are listed, and the chain continues without them.
    exit 0
    ;;
  75 | 13[0-9] | 14[0-9])
    # Stopped early, or killed: what is finished is kept, and the same task continues.
    if [ "${SLURM_RESTART_COUNT:-0}" -lt "$most_restarts" ]; then
      scontrol requeue "$SLURM_JOB_ID" && sleep 60
    fi
    exit "$code"
    ;;
  *)
    exit "$code"
    ;;
esac
