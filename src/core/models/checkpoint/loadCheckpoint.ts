import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../foundation/appError'
import { toCheckpointShape, toMemoryOrder, toMemoryShape } from '../../nn/parameterLayout'
import type { ParameterStore } from '../../nn/parameterStore'
import { type CheckpointReport, fitsWholly, reportLines, summarise } from './checkpointReport'
import { type FitOptions, fitCheckpoint } from './fitCheckpoint'
import type { StoredTensor } from './safetensors'

export interface LoadOptions extends FitOptions {
  /** true: load what fits and report the rest; false (default): throw unless everything fits. */
  partial?: boolean
}

/**
 * Puts a checkpoint's values (PyTorch layout, any known peer's keys) into a network's parameters.
 *
 * Wrapping prefixes ("module.", "model.") and bookkeeping buffers are tolerated. A plain checkpoint has one set of
 * running statistics (and of affine parameters): it fills both domains. An encoder alone loads with `partial`; the
 * decoder keeps its values and is reported missing.
 * @throws AppError `weights-mismatch` with the table of what does not fit; nothing was assigned then. With `partial`
 *   too, where nothing fits at all.
 */
export function loadCheckpoint(
  store: ParameterStore,
  tensors: ReadonlyMap<string, StoredTensor>,
  { partial = false, ...options }: LoadOptions = {},
): CheckpointReport {
  const wanted = store.all().map(({ name, variable, layout }) => ({
    name,
    shape: toCheckpointShape(variable.shape, layout),
  }))
  const { values, report } = fitCheckpoint(wanted, tensors, options)
  if (!partial && !fitsWholly(report)) throw new AppError('weights-mismatch', mismatch(report))
  if (values.size === 0 && wanted.length > 0) throw new AppError('weights-mismatch', mismatch(report))
  assignValues(store, values)
  return report
}

/** Puts values that fit (`fitCheckpoint`) into the parameters of their names. */
export function assignValues(store: ParameterStore, values: ReadonlyMap<string, StoredTensor>): void {
  for (const [name, tensor] of values) {
    const { layout } = store.get(name)
    const ordered = toMemoryOrder(Float32Array.from(tensor.data as Float32Array), tensor.shape, layout)
    tf.tidy(() => store.assign(name, tf.tensor(ordered, toMemoryShape(tensor.shape, layout))))
  }
}

/** What to tell a person whose checkpoint does not fit: a sentence and the first rows of the table. */
export function mismatch(report: CheckpointReport): string {
  return [
    `The weights do not fit the network (${summarise(report)}): choose the family, preset, bands and classes that they were trained with.`,
    ...reportLines({ ...report, ignored: [], adapted: [] }, 20),
  ].join('\n')
}
