import type { Tensor4D } from '@tensorflow/tfjs-core'
import { AppError } from '../../foundation/appError'
import type { ForwardMode } from '../../models/network'
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

/** For `forward` of what gives no logits. */
export function noLogits(): never {
  throw new AppError('model-invalid', 'The case is a part of a network and gives no logits to train on.')
}
