import { toCheckpointOrder, toCheckpointShape } from '../../nn/parameterLayout'
import type { ParameterStore } from '../../nn/parameterStore'
import { type StoredTensor, writeSafetensors } from './safetensors'

/**
 * A network's parameters and running statistics as safetensors: PyTorch layout, the peers' key names, float32.
 *
 * PyTorch reads it with `load_state_dict(..., strict=False)`: the only keys that it does not know are the target
 * domain's statistics (`running_mean_target`, `running_var_target`).
 */
export async function saveCheckpoint(store: ParameterStore): Promise<Uint8Array> {
  const tensors = new Map<string, StoredTensor>()
  for (const { name, variable, layout } of store.all()) {
    const values = (await variable.data()) as Float32Array
    const shape = toCheckpointShape(variable.shape, layout)
    tensors.set(name, { shape, data: toCheckpointOrder(values, variable.shape, layout) })
  }
  return writeSafetensors(tensors, { format: 'pt' })
}
