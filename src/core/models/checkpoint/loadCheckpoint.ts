import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../foundation/appError'
import { toCheckpointShape, toMemoryOrder, toMemoryShape } from '../../nn/parameterLayout'
import type { ParameterStore } from '../../nn/parameterStore'
import { canonicalKey, isBookkeeping } from './canonicalKey'
import type { StoredTensor } from './safetensors'

/** What became of every key of a checkpoint. */
export interface CheckpointReport {
  /** Parameters that took a value. */
  loaded: string[]
  /** Parameters that the checkpoint does not hold; they keep their values. */
  missing: string[]
  /** Checkpoint keys that the network has no place for. */
  unexpected: string[]
  misshaped: { name: string; expected: number[]; found: number[] }[]
  /** Target statistics that took the source's, since the checkpoint knows one domain only. */
  copiedToTarget: string[]
}

/**
 * Puts a checkpoint's values (PyTorch layout, peers' keys) into a network's parameters.
 *
 * Wrapping prefixes ("module.", "model.") and bookkeeping buffers are tolerated, see `canonicalKey`. A plain checkpoint
 * has one set of running statistics: it fills both domains.
 * @param partial true: load what fits and report the rest; false (default): throw unless everything fits.
 * @throws AppError `weights-mismatch` with the table of what does not fit; nothing was assigned then.
 */
export function loadCheckpoint(
  store: ParameterStore,
  tensors: ReadonlyMap<string, StoredTensor>,
  { partial = false }: { partial?: boolean } = {},
): CheckpointReport {
  const report: CheckpointReport = {
    loaded: [],
    missing: [],
    unexpected: [],
    misshaped: [],
    copiedToTarget: [],
  }
  const found = new Map<string, StoredTensor>()
  for (const [key, tensor] of tensors) {
    const name = canonicalKey(key, candidate => store.has(candidate))
    if (name !== null && !found.has(name)) found.set(name, tensor)
    else if (name !== null || !isBookkeeping(key)) report.unexpected.push(key)
  }
  const assignments: [string, StoredTensor][] = []
  for (const { name, variable, layout } of store.all()) {
    const sourceName = name.endsWith('_target') ? name.slice(0, -'_target'.length) : null
    const tensor = found.get(name) ?? (sourceName ? found.get(sourceName) : undefined)
    const expected = toCheckpointShape(variable.shape, layout)
    if (!tensor) report.missing.push(name)
    else if (tensor.shape.join() !== expected.join() || tensor.data instanceof BigInt64Array) {
      report.misshaped.push({ name, expected, found: tensor.shape })
    } else {
      assignments.push([name, tensor])
      if (found.has(name)) report.loaded.push(name)
      else report.copiedToTarget.push(name)
    }
  }
  const fits = report.missing.length + report.unexpected.length + report.misshaped.length === 0
  if (!fits && !partial) throw new AppError('weights-mismatch', describe(report))
  for (const [name, tensor] of assignments) {
    const { layout } = store.get(name)
    const values = toMemoryOrder(Float32Array.from(tensor.data as Float32Array), tensor.shape, layout)
    tf.tidy(() => store.assign(name, tf.tensor(values, toMemoryShape(tensor.shape, layout))))
  }
  return report
}

function describe(report: CheckpointReport): string {
  const lines = [
    ...report.missing.map(name => `  missing     ${name}`),
    ...report.unexpected.map(name => `  unexpected  ${name}`),
    ...report.misshaped.map(
      ({ name, expected, found }) => `  wrong shape ${name}: [${found}] where [${expected}] belongs`,
    ),
  ]
  const shown = lines.slice(0, 20)
  if (lines.length > shown.length) shown.push(`  and ${lines.length - shown.length} more`)
  return `The weights belong to another network; choose the family, preset and bands they were trained with.\n${shown.join('\n')}`
}
