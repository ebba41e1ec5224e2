import type { Domain } from '../../patches/patch'
import type { StoredTensor } from './safetensors'

const TARGET = '_target'

/** Tensors under our names with one domain's half of each batch normalisation, as PyTorch names it. */
export function oneDomain(
  tensors: ReadonlyMap<string, StoredTensor>,
  domain: Domain,
): Map<string, StoredTensor> {
  const kept = new Map<string, StoredTensor>()
  for (const [name, tensor] of tensors) {
    if (name.endsWith(TARGET)) continue
    kept.set(name, (domain === 'target' ? tensors.get(name + TARGET) : undefined) ?? tensor)
  }
  return kept
}
