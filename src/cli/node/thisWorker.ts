import { hostname } from 'node:os'

/**
 * What a worker calls its unfinished work by. A scheduler's task keeps its name when it is started again, perhaps on another
 * machine: it may then continue what its earlier self left.
 */
export function thisWorker(): { name: string; isTask: boolean } {
  const { SLURM_JOB_ID, AWS_BATCH_JOB_ID, JOB_COMPLETION_INDEX } = process.env
  const job = SLURM_JOB_ID
    ? `slurm-${SLURM_JOB_ID}`
    : AWS_BATCH_JOB_ID
      ? `batch-${AWS_BATCH_JOB_ID}`
      : // Every pod for an index of a Job has the same host name: the Job's with the index.
        JOB_COMPLETION_INDEX
        ? `kubernetes-${hostname()}`
        : null
  const name = (job ?? `${hostname()}-${process.pid}`).replace(/[^\w.-]/g, '-')
  return { name, isTask: job !== null }
}
