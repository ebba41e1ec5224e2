import { text, whole } from '../optionSpec'

/** Options of the commands that work on a run. */

export const RUN_FOLDER = text('<dir>', 'folder of a run that scarp plan made')

export const SHARD = whole('<i>', 'which shard, from 0', 0, 10_000).otherwise(
  'SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX or AWS_BATCH_JOB_ARRAY_INDEX',
)

export const SHARD_EXITS = {
  interrupted:
    'interrupted; of a shard: 75 start it again, what is finished is kept; 42 done but for inputs that fail for good, ' +
    'which are in <run>/failures',
}
