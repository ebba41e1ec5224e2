#!/usr/bin/env bash
# Submits a planned run to Slurm as a chain of jobs: sample, merge the statistics, predict, merge the results.
# Usage: submit.sh <run folder> [sbatch options, such as --partition=gpu --gres=gpu:1 --cpus-per-task=4 --time=4:00:00]
# The run folder comes from: scarp plan <inputs> --models <dir> --shards <n> --out <run folder>
# SCARP says how the program is started there (default: scarp). docs/cluster.md explains all of it.
set -euo pipefail
run=$(realpath "$1")
shift
here=$(dirname "$(realpath "$0")")
last=$(($(sed -n 's/^ "shards": \([0-9]*\),$/\1/p' "$run/manifest.json") - 1))
mkdir -p "$run/logs"

# Every job of the chain starts the same script. A job whose node fails, or that asks for it, is started again.
submit() {
  local name=$1 log=$2
  shift 2
  sbatch --parsable --job-name="scarp-$name" --requeue --signal=B:TERM@120 --open-mode=append \
    --output="$run/logs/$log" "${common[@]}" "$@"
}
common=("$@")
sampled=$(submit sample 'sample-%a.log' --array=0-"$last" "$here/task.sh" statistics --run "$run")
statistics=$(submit statistics statistics.log --dependency=afterok:"$sampled" "$here/task.sh" statistics --run "$run" --merge)
predicted=$(submit predict 'predict-%a.log' --array=0-"$last" --dependency=afterok:"$statistics" \
  "$here/task.sh" predict --run "$run")
merged=$(submit merge merge.log --dependency=afterok:"$predicted" "$here/task.sh" merge --run "$run")
echo "sample $sampled, statistics $statistics, predict $predicted, merge $merged; logs in $run/logs"
