import type * as tf from '@tensorflow/tfjs-core'
import { activationCode, type ProductActivation } from './activation'
import { type Kernel, loadFour } from './kernel'

/** What becomes of the sums of a product, or of a convolution as one, before they are stored. */
export interface ProductFinish {
  activation?: ProductActivation
  /** [columns], added to every row. */
  bias?: tf.TensorInfo
  /**
   * [rows, columns]: the product is a gradient with respect to the activation at these values, and becomes that with
   * respect to them.
   */
  activationOf?: tf.TensorInfo
  /** [rows, columns], added in the end: a gradient that came on another way. */
  addend?: tf.TensorInfo
  /** A normalisation of the columns and what follows it, the activation included. */
  normalisation?: NormalisedColumns
}

/** activation((product - mean) scale / sqrt(variance + epsilon) + shift + residual). */
interface NormalisedColumns {
  /** scale, shift, mean and variance, [columns] each. */
  vectors: readonly tf.TensorInfo[]
  epsilon: number
  /** [rows, columns] */
  residual?: tf.TensorInfo
}

/** What a kernel binds for `functionsCode` behind its own operands. */
export function finishInputs({ bias, activationOf, addend, normalisation }: ProductFinish): {
  names: string[]
  tensors: tf.TensorInfo[]
  numbers: Kernel['numbers']
} {
  const [scale, shift, mean, variance] = normalisation?.vectors ?? []
  const all = { bias, activationOf, addend, scale, shift, mean, variance, residual: normalisation?.residual }
  const given = Object.entries(all).filter(
    (entry): entry is [string, tf.TensorInfo] => entry[1] !== undefined,
  )
  return {
    names: given.map(([name]) => name),
    tensors: given.map(([, tensor]) => tensor),
    numbers: normalisation && { epsilon: normalisation.epsilon },
  }
}

/**
 * WGSL of `finish` (flat row, column, sums of four columns) and `activated`, and what they call. The uniforms have
 * `columns`.
 *
 * @param options with `activated`, the activation is what `activated` does to four elements as they are read.
 */
export function functionsCode(columns: number, options: ProductFinish & { activated?: boolean }): string {
  const { activation = 'none', activated = false, bias, activationOf, addend, normalisation } = options
  const vector = columns % 4 === 0
  const at = (name: string) =>
    loadFour(name, '(row * uniforms.columns)', 'column', 'uniforms.columns', vector)
  const ofColumn = (name: string) => loadFour(name, '0', 'column', 'uniforms.columns', vector)
  const normalised = `(y - ${ofColumn('mean')}) * (${ofColumn('scale')} * inverseSqrt(${ofColumn('variance')} + T(uniforms.epsilon))) + ${ofColumn('shift')}`
  return `
alias T = vec4<f32>;
${activationCode(activation)}
fn activated(x : T) -> T { return ${activated ? 'activate(x)' : 'x'}; }
fn finish(row : i32, column : i32, sum : T) -> T {
  var y = sum;
  ${bias ? `y += ${ofColumn('bias')};` : ''}
  ${activationOf ? `y = activationGradient(${at('activationOf')}, y);` : ''}
  ${addend ? `y += ${at('addend')};` : ''}
  ${normalisation ? `y = activate(${normalised}${normalisation.residual ? ` + ${at('residual')}` : ''});` : ''}
  return y;
}`
}
