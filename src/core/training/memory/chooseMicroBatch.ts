import { AppError } from '../../foundation/appError'
import type { GpuMemoryNeed } from '../../gpu/rehearsal'
import { estimateTrainingMemory, type TrainingMemoryRequest } from './estimateTrainingMemory'

/** Crops of one optimiser step and domain, as in the paper. */
const EFFECTIVE_BATCH = 16

export interface MicroBatchChoice extends GpuMemoryNeed {
  microBatch: number
  accumulate: number
}

/**
 * The largest micro-batch (16, 8, 4, 2 or 1; 16 with its accumulation) whose training fits.
 *
 * @param budgetBytes of GPU memory for training.
 * @param largestBuffer bytes that the device allows a buffer (the smaller of its `maxBufferSize` and
 *   `maxStorageBufferBindingSize`); unbounded by default.
 * @throws AppError `gpu-limit` where not even one crop at a time fits, saying what it would take.
 */
export function chooseMicroBatch(
  budgetBytes: number,
  request: Omit<TrainingMemoryRequest, 'microBatch'>,
  largestBuffer = Number.POSITIVE_INFINITY,
): MicroBatchChoice {
  let least: GpuMemoryNeed | null = null
  // From below: a batch that cannot fit is never rehearsed.
  let chosen: MicroBatchChoice | null = null
  for (let microBatch = 1; microBatch <= EFFECTIVE_BATCH; microBatch *= 2) {
    const need = estimateTrainingMemory({ ...request, microBatch })
    least ??= need
    if (need.peakBytes > budgetBytes || need.largestBytes > largestBuffer) break
    chosen = { microBatch, accumulate: EFFECTIVE_BATCH / microBatch, ...need }
  }
  if (chosen) return chosen
  const wanted = (least!.largestBytes > largestBuffer ? least!.largestBytes : least!.peakBytes) / 2 ** 20
  throw new AppError(
    'gpu-limit',
    `Training ${request.family} ${request.preset} needs ${Math.ceil(wanted)} MiB of GPU memory ` +
      `${least!.largestBytes > largestBuffer ? 'in one piece ' : ''}even with one crop at a time. ` +
      'Use a smaller network, scale or crop.',
  )
}
