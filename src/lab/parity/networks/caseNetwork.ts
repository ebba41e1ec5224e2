import type { Tensor4D } from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { z } from '../../../core/foundation/schema'
import type { StoredTensor } from '../../../engine/models/checkpoint/safetensors'
import type { ForwardMode } from '../../../engine/nn/layers'
import type { ParityCase } from '../parityCase'

/** The network that a case describes, over parameters that it declared. All maps are NHWC. */
export interface CaseNetwork {
  /**
   * Logits [B, H, W, classes] on the input's own grid, as a training loss sees them.
   * @throws AppError `model-invalid` where the case is an encoder or a decoder alone.
   */
  forward(x: Tensor4D, mode: ForwardMode): Tensor4D
  /**
   * Everything that the case may compare, by the fixture's names.
   * @param inputs the case's inputs by name; a whole network has one, "input".
   */
  outputs(inputs: ReadonlyMap<string, Tensor4D>, mode: ForwardMode): Record<string, Tensor4D>
  /** A table that the network computes with, row-major, by the fixture's name; null: it has none of that name. */
  table?(name: string): ArrayLike<number> | null
}

/** @throws AppError `model-invalid` if the case has no input of that name. */
export function inputOf<T>(inputs: ReadonlyMap<string, T>, name = 'input'): T {
  const input = inputs.get(name)
  if (input === undefined) throw new AppError('model-invalid', `The case has no input "${name}".`)
  return input
}

/** Channels of the case's input (NCHW). */
export function bandsOf(parity: ParityCase): number {
  return inputOf(parity.inputs).shape[1] ?? 0
}

/** For `forward` of parts that give no logits. */
export function noLogits(): never {
  throw new AppError('model-invalid', 'The case is a part of a network and gives no logits to train on.')
}

/**
 * A case's `config`, checked.
 *
 * @throws AppError `model-invalid` naming the field that is missing or of another type.
 */
export function configOf<Schema extends z.ZodType>(parity: ParityCase, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(parity.config)
  if (parsed.success) return parsed.data
  const why = z.prettifyError(parsed.error)
  throw new AppError(
    'model-invalid',
    `${parity.name}: the config does not describe a known network:\n${why}`,
    {
      cause: parsed.error,
    },
  )
}

/** A side or [height, width], as a number, a list, or the text of either ("128", "(96, 160)", "96x160"). */
export const imageSize = z
  .union([z.number(), z.string(), z.tuple([z.number(), z.number()])])
  .transform((value, context): [number, number] => {
    const sides = typeof value === 'string' ? (value.match(/\d+/g) ?? []).map(Number) : [value].flat()
    const [height, width = height] = sides
    if (height && width && sides.length <= 2) return [height, width]
    context.issues.push({ code: 'custom', message: 'not a size of an image', input: value })
    return z.NEVER
  })

/** What a case's table of weights shows about its network, below a prefix of the key names. */
export interface WeightTable {
  has(name: string): boolean
  /** @throws AppError `model-invalid` if there is no such key. */
  shape(name: string): readonly number[]
  /** How many of prefix0, prefix1, ... follow in the keys: `count('layers_')` stages. */
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
