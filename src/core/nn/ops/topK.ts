import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../foundation/appError'
import { sortDescending } from './sortDescending'

/**
 * The k largest values, largest first; of equal ones those that come first. The gradient goes to the selected elements,
 * the others get 0.
 *
 * @param x [N] float32, finite.
 * @param k from 1 to N.
 * @returns values [k] float32 and the index of each in x, [k] int32.
 * @throws AppError `bad-argument` for another k.
 */
export function topK(x: tf.Tensor1D, k: number): { values: tf.Tensor1D; indices: tf.Tensor1D } {
  if (!(Number.isInteger(k) && k >= 1 && k <= x.size)) {
    throw new AppError('bad-argument', `There are ${x.size} values to select from, so k cannot be ${k}.`)
  }
  return tf.tidy(() => {
    const { values, indices } = sortDescending(x)
    return { values: tf.slice(values, 0, k), indices: tf.slice(indices, 0, k) }
  })
}
