#!/usr/bin/env bash
# Takes a run through Kubernetes, a Job a phase: plan, sample, merge the statistics, predict, merge the results.
# Usage: submit.sh [--dry-run] <name> <run folder> <shards> [inputs and options of scarp plan]
# <name> begins the names of the Jobs; paths are those inside the pods. Without inputs the run is planned already.
# Called again after it was stopped, it continues with the phase that it was at. --dry-run prints the Jobs.
set -euo pipefail
dry=false
if [ "${1:-}" = --dry-run ]; then
  dry=true
  shift
fi
if [ $# -lt 3 ]; then
  sed -n '2,5s/^# //p' "$0" >&2
  exit 2
fi
name=$1 run=$2 shards=$3
shift 3
template=$(dirname "$(realpath "$0")")/job.yaml

# The words as a list of JSON.
words() {
  local word list=()
  for word in "$@"; do
    if [[ $word == *[\"\\]* ]]; then
      echo "submit.sh: quotes and backslashes are not taken in: $word" >&2
      return 2
    fi
    list+=("\"$word\"")
  done
  local IFS=,
  echo "[${list[*]}]"
}

# phase <its name> <pods> <words of scarp...>: starts it where it is not there yet, and waits for its end.
phase() {
  local job=$name-$1 pods=$2 arguments state
  arguments=$(words "${@:3}")
  local change="{\"metadata\":{\"name\":\"$job\"},\"spec\":{\"completions\":$pods"
  if [ "$pods" = 1 ]; then change+=',"parallelism":1'; fi
  change+=",\"template\":{\"spec\":{\"containers\":[{\"name\":\"scarp\",\"args\":$arguments}]}}}}"
  if $dry; then
    echo ---
    kubectl patch --local --filename "$template" --patch "$change" --output yaml
    return
  fi
  kubectl patch --local --filename "$template" --patch "$change" --output yaml | kubectl apply --filename -
  while true; do
    state=$(kubectl get job "$job" --output \
      'jsonpath={range .status.conditions[?(@.status=="True")]}{.type}={.reason} {end}')
    case " $state" in
      *' Complete='*) return ;;
      *' Failed=FailedIndexes '*)
        # The next phase says whether anything is missing: inputs that failed for good are no gap.
        if [[ $1 =~ ^(sample|predict)$ ]]; then return; fi
        ;;&
      *' Failed='*)
        echo "submit.sh: $job failed ($state): kubectl logs job/$job says why. Delete the Job to try it again." >&2
        return 1
        ;;
    esac
    sleep 10
  done
}

if [ $# -gt 0 ]; then phase plan 1 plan "$@" --shards "$shards" --out "$run"; fi
phase sample "$shards" statistics --run "$run"
phase statistics 1 statistics --run "$run" --merge
phase predict "$shards" predict --run "$run"
phase merge 1 merge --run "$run"
