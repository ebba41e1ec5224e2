#!/usr/bin/env bash
# Submits a planned run to Slurm as a chain of jobs: sample, merge the statistics, predict, merge the results.
# Usage: submit.sh <run folder> [sbatch options, such as --partition=gpu --gres=gpu:1 --cpus-per-task=4 --time=4:00:00]
# The run folder comes from: scarp plan <inputs> --models <dir> --shards <n> --out <run folder>
# SCARP says how the program is started there (default: scarp). With SCARP_ROUNDS=<n> and SCARP_SOURCE=<labelled patches> more
# rounds follow: an array that trains, a network a task, a job that joins them, and a run in <run folder>-round-<k>. SCARP_REFINE
# holds further options of scarp refine. Verdicts come in between rounds by --verdicts in it: see docs/cluster.md.
# docs/cluster.md explains all of it.
set -euo pipefail
run=$(realpath "$1")
shift
here=$(dirname "$(realpath "$0")")
last=$(($(sed -n 's/^ "shards": \([0-9]*\),$/\1/p' "$run/manifest.json") - 1))
# Networks of the plan; every round trains one of each.
networks=$(sed -n '/^ "models": {/,/^ }/s/^    "sha256": .*/x/p' "$run/manifest.json" | wc -l)
common=("$@")

# submit <name> <log> [sbatch options] <script> [words]: every job of the chain starts the same script. A job whose node fails,
# or that asks for it, is started again.
submit() {
  local name=$1 log=$2
  shift 2
  sbatch --parsable --job-name="scarp-$name" --requeue --signal=B:TERM@120 --open-mode=append \
    --output="$log" "${common[@]}" "$@"
}

# chain <run folder> [sbatch option of the first job]: leaves the number of its last job in $merged.
chain() {
  local of=$1 sampled statistics predicted
  shift
  mkdir -p "$of/logs"
  sampled=$(submit sample "$of/logs/sample-%a.log" "$@" --array=0-"$last" "$here/task.sh" statistics --run "$of")
  statistics=$(submit statistics "$of/logs/statistics.log" --dependency=afterok:"$sampled" \
    "$here/task.sh" statistics --run "$of" --merge)
  predicted=$(submit predict "$of/logs/predict-%a.log" --array=0-"$last" --dependency=afterok:"$statistics" \
    "$here/task.sh" predict --run "$of")
  merged=$(submit merge "$of/logs/merge.log" --dependency=afterok:"$predicted" "$here/task.sh" merge --run "$of")
  echo "sample $sampled, statistics $statistics, predict $predicted, merge $merged; logs in $of/logs"
}

chain "$run"
before=$run
for ((round = 2; round <= ${SCARP_ROUNDS:-1}; round++)); do
  next=$run-round-$round
  mkdir -p "$next/logs"
  # shellcheck disable=SC2206 # SCARP_REFINE holds several words
  words=(refine --run "$before" --source "$(realpath "$SCARP_SOURCE")" --out "$next" ${SCARP_REFINE:-})
  trained=$(submit train "$next/logs/train-%a.log" --array=0-"$((networks - 1))" --dependency=afterok:"$merged" \
    "$here/task.sh" "${words[@]}" --network task)
  joined=$(submit join "$next/logs/join.log" --dependency=afterok:"$trained" "$here/task.sh" "${words[@]}" --join)
  echo -n "train $trained, join $joined, "
  chain "$next" --dependency=afterok:"$joined"
  before=$next
done
