import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../foundation/appError'
import type { Parameter } from '../parameterStore'

export interface AdamWOptions {
  /** Decay of the first moment; 0.9. */
  beta1?: number
  /** Decay of the second moment; 0.999. */
  beta2?: number
  /** Added to the root of the second moment; 1e-8. */
  epsilon?: number
  /** Decoupled decay, times the learning rate, of parameters with `decay`; 0.01. */
  weightDecay?: number
}

/** What an optimiser needs to go on after a restart. Keys are "<parameter>.exp_avg" and "<parameter>.exp_avg_sq". */
export interface OptimiserState {
  step: number
  tensors: Record<string, { shape: number[]; data: Float32Array }>
}

/**
 * AdamW (Loshchilov and Hutter 2019), with PyTorch's order of operations: the weights shrink by
 * learningRate x weightDecay, then move by learningRate x m / (sqrt(v / (1 - beta2^t)) + epsilon) / (1 - beta1^t).
 */
export class AdamW {
  private step_ = 0
  private readonly first: tf.Variable[]
  private readonly second: tf.Variable[]
  private readonly options: Required<AdamWOptions>

  constructor(
    private readonly parameters: readonly Parameter[],
    options: AdamWOptions = {},
  ) {
    this.options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, ...options }
    const zeros = (parameter: Parameter) =>
      tf.tidy(() => tf.variable(tf.zeros(parameter.variable.shape), false))
    this.first = parameters.map(zeros)
    this.second = parameters.map(zeros)
  }

  /** Steps taken so far. */
  get stepCount(): number {
    return this.step_
  }

  /**
   * Updates every parameter in place.
   *
   * @param gradients one per parameter, in the constructor's order; they stay the caller's.
   */
  step(gradients: readonly tf.Tensor[], learningRate: number): void {
    if (gradients.length !== this.parameters.length) {
      throw new AppError('internal', 'The optimiser needs one gradient for each of its parameters.')
    }
    this.step_++
    const { beta1, beta2, epsilon, weightDecay } = this.options
    const correction1 = 1 - beta1 ** this.step_
    const correction2 = 1 - beta2 ** this.step_
    tf.tidy(() => {
      this.parameters.forEach((parameter, i) => {
        const gradient = gradients[i]!
        const first = this.first[i]!
        const second = this.second[i]!
        first.assign(tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1)))
        second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2)))
        const root = tf.add(tf.div(tf.sqrt(second), Math.sqrt(correction2)), epsilon)
        const move = tf.mul(tf.div(first, root), learningRate / correction1)
        const kept = parameter.decay
          ? tf.mul(parameter.variable, 1 - learningRate * weightDecay)
          : parameter.variable
        parameter.variable.assign(tf.sub(kept, move))
      })
    })
  }

  /** Reads the moments back, for a checkpoint. */
  async exportState(): Promise<OptimiserState> {
    const tensors: OptimiserState['tensors'] = {}
    for (const [i, { name }] of this.parameters.entries()) {
      const first = this.first[i]!
      const second = this.second[i]!
      tensors[`${name}.exp_avg`] = { shape: first.shape, data: (await first.data()) as Float32Array }
      tensors[`${name}.exp_avg_sq`] = { shape: second.shape, data: (await second.data()) as Float32Array }
    }
    return { step: this.step_, tensors }
  }

  /** Goes on from an exported state; throws `weights-mismatch` where a moment is missing or has another size. */
  importState(state: OptimiserState): void {
    const restore = (variable: tf.Variable, key: string) => {
      const moment = state.tensors[key]
      if (!moment || moment.data.length !== variable.size) {
        throw new AppError('weights-mismatch', `The optimiser's checkpoint has no fitting "${key}".`)
      }
      tf.tidy(() => variable.assign(tf.tensor(moment.data, variable.shape)))
    }
    this.parameters.forEach(({ name }, i) => {
      restore(this.first[i]!, `${name}.exp_avg`)
      restore(this.second[i]!, `${name}.exp_avg_sq`)
    })
    this.step_ = state.step
  }

  dispose(): void {
    for (const variable of [...this.first, ...this.second]) variable.dispose()
  }
}
