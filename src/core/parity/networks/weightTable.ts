import { AppError } from '../../foundation/appError'
import type { StoredTensor } from '../../models/checkpoint/safetensors'

/** What a case's table of weights tells about its network, below a prefix of the key names. */
export interface WeightTable {
  has(name: string): boolean
  /** @throws AppError `model-invalid` if there is no such key. */
  shape(name: string): readonly number[]
  /** How many of prefix0, prefix1, ... the keys go on with: `count('layers_')` stages. */
  count(prefix: string): number
}

export function weightTable(weights: ReadonlyMap<string, StoredTensor>, below = ''): WeightTable {
  const names = [...weights.keys()].filter(key => key.startsWith(below)).map(key => key.slice(below.length))
  const known = new Set(names)
  return {
    has: name => known.has(name),
    shape(name) {
      const tensor = weights.get(below + name)
      if (tensor) return tensor.shape
      throw new AppError('model-invalid', `The case's weights hold no "${below}${name}".`)
    },
    count(prefix) {
      let count = 0
      while (names.some(name => name.startsWith(`${prefix}${count}.`))) count++
      return count
    },
  }
}
