#!/usr/bin/env bash
# Takes a run through Kubernetes, a Job a phase: plan, sample, merge the statistics, predict, merge the results.
# Usage: submit.sh [--dry-run] <name> <run folder> <shards> [inputs and options of scarp plan]
# <name> begins the names of the Jobs; paths are those inside the pods. Without inputs the run is planned already.
# With SCARP_ROUNDS=<n>, SCARP_SOURCE=<labelled patches> and SCARP_NETWORKS=<networks of the plan> more rounds follow: a Job that
# trains, a pod a network, one that joins them, and a run in <run folder>-round-<k>; SCARP_REFINE holds further options of
# scarp refine.
# Called again after it was stopped, it continues with the phase that it was at. --dry-run prints the Jobs.
set -euo pipefail
dry=false
if [ "${1:-}" = --dry-run ]; then
  dry=true
  shift
fi
if [ $# -lt 3 ]; then
  sed -n '2,8s/^# //p' "$0" >&2
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
        if [[ $1 =~ ^(sample|predict)(-[0-9]+)?$ ]]; then return; fi
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
of=$run suffix=
for ((round = 1; round <= ${SCARP_ROUNDS:-1}; round++)); do
  if [ "$round" -gt 1 ]; then
    suffix=-$round
    # shellcheck disable=SC2206 # SCARP_REFINE holds several words
    refine=(refine --run "$of" --source "$SCARP_SOURCE" --out "$run-round-$round" ${SCARP_REFINE:-})
    phase "train$suffix" "$SCARP_NETWORKS" "${refine[@]}" --network task
    phase "join$suffix" 1 "${refine[@]}" --join
    of=$run-round-$round
  fi
  phase "sample$suffix" "$shards" statistics --run "$of"
  phase "statistics$suffix" 1 statistics --run "$of" --merge
  phase "predict$suffix" "$shards" predict --run "$of"
  phase "merge$suffix" 1 merge --run "$of"
done
