import type { NetworkFamily } from '../../../core/rounds/networks'
import { declareNetwork, type NetworkRequest } from '../createNetwork'
import type { StoredTensor } from './safetensors'

/** A checkpoint under our names with every parameter of a network, every value another, and none of the target's halves. */
export function countingCheckpoint(
  family: NetworkFamily,
  preset = 'tiny',
  request: Partial<NetworkRequest> = {},
): Map<string, StoredTensor> {
  const { registry } = declareNetwork(family, preset, { seed: null, ...request })
  let count = 0
  return new Map(
    registry.parameters
      .filter(({ spec }) => !spec.name.endsWith('_target'))
      .map(({ spec }) => {
        const size = spec.shape.reduce((product, extent) => product * extent, 1)
        const data = new Float32Array(size).map(() => ++count)
        return [spec.name, { shape: [...spec.shape], data }]
      }),
  )
}
