import { toCheckpointOrder, toCheckpointShape } from '../../nn/parameterLayout'
import type { ParameterStore } from '../../nn/parameterStore'
import type { Domain } from '../../patches/patch'
import type { NetworkFamily } from '../network'
import type { DialectName } from './dialect'
import { dialectNamed } from './dialects/dialects'
import { oneDomain } from './oneDomain'
import { type StoredTensor, writeSafetensors } from './safetensors'
import { toPeer } from './translate'

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
