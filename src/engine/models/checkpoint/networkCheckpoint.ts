import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import type { Domain } from '../../../core/patches/patch'
import type { DialectName } from '../../../core/rounds/modelManifest'
import type { NetworkFamily } from '../../../core/rounds/networks'
import { throwIfGpuFailed } from '../../gpu/webgpuBackend'
import { toCheckpointOrder, toCheckpointShape, toMemoryOrder, toMemoryShape } from '../../nn/parameterLayout'
import type { ParameterStore } from '../../nn/parameterStore'
import { dialectNamed } from './dialects'
import {
  type CheckpointReport,
  type FitOptions,
  fitCheckpoint,
  fitsWholly,
  reportLines,
  summarise,
} from './fitCheckpoint'
import { type StoredTensor, writeSafetensors } from './safetensors'
import { toPeer } from './translate'

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

const TARGET = '_target'

/** Tensors under our names with one domain's half of each batch normalisation, as PyTorch names it. */
function oneDomain(tensors: ReadonlyMap<string, StoredTensor>, domain: Domain): Map<string, StoredTensor> {
  const kept = new Map<string, StoredTensor>()
  for (const [name, tensor] of tensors) {
    if (name.endsWith(TARGET)) continue
    kept.set(name, (domain === 'target' ? tensors.get(name + TARGET) : undefined) ?? tensor)
  }
  return kept
}

export interface SaveOptions {
  /** Whose key names to write, of the network's family; absent: the network's own. */
  dialect?: { family: NetworkFamily; name: DialectName }
  /**
   * Keep one domain's half of every batch normalisation, under PyTorch's own names: a peer, which knows one domain,
   * then computes as the network here does on images of that domain. Absent: both domains.
   */
  domain?: Domain
}

/**
 * A network's parameters and running statistics as safetensors: PyTorch layout, the peers' key names, float32.
 *
 * With both domains PyTorch reads it by `load_state_dict(..., strict=False)`: the only keys that it does not know are
 * the target domain's (`running_mean_target`, `running_var_target`, and `weight_target`, `bias_target` where affine
 * parameters are separate).
 * @throws AppError `gpu-failed` or `gpu-lost` if the device failed before all was read.
 */
export async function saveCheckpoint(store: ParameterStore, options: SaveOptions = {}): Promise<Uint8Array> {
  return writeSafetensors(forPeer(await readParameters(store), options), { format: 'pt' })
}

/** A network's values under our names, in PyTorch layout, in the order of declaration. */
export async function readParameters(store: ParameterStore): Promise<Map<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>()
  for (const { name, variable, layout } of store.all()) {
    const values = (await variable.data()) as Float32Array
    const shape = toCheckpointShape(variable.shape, layout)
    tensors.set(name, { shape, data: toCheckpointOrder(values, variable.shape, layout) })
  }
  throwIfGpuFailed()
  return tensors
}

/** Tensors under our names as `SaveOptions` ask for them. */
export function forPeer(
  tensors: ReadonlyMap<string, StoredTensor>,
  { dialect, domain }: SaveOptions,
): Map<string, StoredTensor> {
  const chosen = domain ? oneDomain(tensors, domain) : new Map(tensors)
  return dialect ? toPeer(chosen, dialectNamed(dialect.family, dialect.name)) : chosen
}
