import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { copyOfSlice, SLICE_ALIGNMENT, sliceOf, zeroTensor } from '../../gpu/bufferSlices'
import {
  type AdamWStep,
  adamWInPlace,
  clipFlat,
  copyToFlat,
  emptyTensor,
} from '../../gpu/kernels/flatParameters'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import type { Parameter } from '../parameterStore'
import { FlatLayout } from './flatLayout'

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

/** What an optimiser needs to continue after a restart. Keys are "<parameter>.exp_avg" and "<parameter>.exp_avg_sq". */
export interface OptimiserState {
  step: number
  tensors: Record<string, { shape: number[]; data: Float32Array }>
}

/**
 * AdamW (Loshchilov and Hutter 2019), with PyTorch's order of operations: the weights shrink by
 * learningRate x weightDecay, then move by learningRate x m / (sqrt(v / (1 - beta2^t)) + epsilon) / (1 - beta1^t).
 *
 * On WebGPU the parameters live in its buffers from construction to `dispose`: a step changes them in place, with a
 * dispatch for each buffer and no copy. A tensor that shares a parameter's memory (its clone) changes with it.
 */
export class AdamW {
  /** How the flat gradients of `stepFlat` lie. */
  readonly layout: FlatLayout
  private steps = 0
  /** The weights of each group, [length], and of each parameter, a slice of them; none off WebGPU. */
  private weights: tf.Tensor1D[] = []
  private homes: tf.Tensor[] = []
  /** First and second moments of each group, [2, length]. */
  private moments: tf.Tensor2D[]
  private readonly options: Required<AdamWOptions>

  constructor(
    private readonly parameters: readonly Parameter[],
    options: AdamWOptions = {},
  ) {
    this.options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, ...options }
    this.layout = new FlatLayout(parameters, undefined, SLICE_ALIGNMENT)
    this.moments = []
    try {
      for (const { length } of this.layout.groups) {
        const backend = webGpuBackend()
        const shape: [number, number] = [2, length]
        this.moments.push(tf.keep(backend ? zeroTensor<tf.Tensor2D>(backend, shape) : tf.zeros(shape)))
      }
      this.settle()
    } catch (thrown) {
      this.dispose()
      throw thrown
    }
  }

  /** Gives every parameter a slice of a few buffers to live in. */
  private settle(): void {
    const backend = webGpuBackend()
    if (!backend) return
    for (const { length } of this.layout.groups) {
      const weights = emptyTensor<tf.Tensor1D>(backend, [length])
      this.weights.push(tf.keep(weights))
      backend.uploadToGPU(weights.dataId)
    }
    for (const [i, { members, starts }] of this.layout.groups.entries()) {
      for (const [k, place] of members.entries()) {
        const { shape } = this.parameters[place]!.variable
        this.homes[place] = tf.keep(sliceOf(backend, this.weights[i]!, starts[k]!, shape))
      }
    }
    this.bringHome()
  }

  /** Moves parameters that were assigned from outside back to their slices. */
  private bringHome(): void {
    const backend = webGpuBackend()
    if (!backend) return
    for (const [place, { variable }] of this.parameters.entries()) {
      const home = this.homes[place]!
      if (variable.dataId === home.dataId) continue
      tf.tidy(() => copyToFlat(backend, [variable], home as tf.Tensor1D, [0]))
      variable.assign(home)
    }
  }

  /** Steps taken so far. */
  get stepCount(): number {
    return this.steps
  }

  /**
   * Updates every parameter.
   *
   * @param gradients one per parameter, in the constructor's order; they stay the caller's.
   */
  step(gradients: readonly tf.Tensor[], learningRate: number): void {
    if (gradients.length !== this.parameters.length) {
      throw new AppError('internal', 'The optimiser needs one gradient for each of its parameters.')
    }
    tf.tidy(() => this.stepFlat(this.layout.gather(gradients), learningRate))
  }

  /**
   * The same with gradients in the flat layout, which stay the caller's.
   *
   * @param maxNorm their common norm is clipped to this first; 0: it is not.
   */
  stepFlat(gradients: readonly tf.Tensor1D[], learningRate: number, maxNorm = 0): void {
    this.steps++
    const { beta1, beta2, epsilon, weightDecay } = this.options
    const stepOf = (decaying: number): AdamWStep => ({
      beta1,
      beta2,
      epsilon,
      keep: 1 - learningRate * weightDecay,
      decaying,
      rate: learningRate / (1 - beta1 ** this.steps),
      correction: 1 / Math.sqrt(1 - beta2 ** this.steps),
    })
    const backend = webGpuBackend()
    if (backend) this.stepInPlace(backend, gradients, maxNorm, stepOf)
    else this.stepByCopies(gradients, maxNorm, stepOf)
  }

  private stepInPlace(
    backend: WebGPUBackend,
    gradients: readonly tf.Tensor1D[],
    maxNorm: number,
    stepOf: (decaying: number) => AdamWStep,
  ): void {
    this.bringHome()
    tf.tidy(() => {
      const factor = maxNorm > 0 ? clipFactor(gradients, maxNorm).factor : null
      for (const [i, { decaying }] of this.layout.groups.entries()) {
        adamWInPlace(backend, this.weights[i]!, this.moments[i]!, gradients[i]!, factor, stepOf(decaying))
      }
    })
  }

  /** For backends whose tensors cannot be written in place. */
  private stepByCopies(
    gradients: readonly tf.Tensor1D[],
    maxNorm: number,
    stepOf: (decaying: number) => AdamWStep,
  ): void {
    const updated = tf.tidy(() => {
      const factor = maxNorm > 0 ? clipFactor(gradients, maxNorm).factor : tf.scalar(1)
      const weights = this.layout.gather(this.parameters.map(({ variable }) => variable))
      const moved = this.layout.groups.map(({ decaying }, i) =>
        plainUpdate(weights[i]!, this.moments[i]!, tf.mul(gradients[i]!, factor), stepOf(decaying)),
      )
      return {
        moments: moved.map(([moments]) => moments),
        weights: this.layout.scatter(moved.map(([, after]) => after)),
      }
    })
    this.replaceMoments(updated.moments)
    this.parameters.forEach(({ variable }, i) => {
      variable.assign(updated.weights[i]!)
    })
    tf.dispose(updated.weights)
  }

  /** Reads the moments back, for a checkpoint. */
  async exportState(): Promise<OptimiserState> {
    const values = (await Promise.all(this.moments.map(moments => moments.data()))) as Float32Array[]
    const first = this.layout.split(values.map(data => data.subarray(0, data.length / 2)))
    const second = this.layout.split(values.map(data => data.subarray(data.length / 2)))
    const tensors: OptimiserState['tensors'] = {}
    for (const [i, { name, variable }] of this.parameters.entries()) {
      tensors[`${name}.exp_avg`] = { shape: variable.shape, data: first[i]! }
      tensors[`${name}.exp_avg_sq`] = { shape: variable.shape, data: second[i]! }
    }
    return { step: this.steps, tensors }
  }

  /** Goes on from an exported state; throws `weights-mismatch` where a moment is missing or has another size. */
  importState(state: OptimiserState): void {
    const momentOf = (suffix: string) =>
      this.layout.join(
        this.parameters.map(({ name, variable }) => {
          const stored = state.tensors[`${name}.${suffix}`]
          if (stored?.data.length === variable.size) return stored.data
          throw new AppError(
            'weights-mismatch',
            `The optimiser's checkpoint has no fitting "${name}.${suffix}".`,
          )
        }),
      )
    const [first, second] = [momentOf('exp_avg'), momentOf('exp_avg_sq')]
    this.replaceMoments(
      first.map((data, i) => {
        const both = new Float32Array(2 * data.length)
        both.set(data)
        both.set(second[i]!, data.length)
        return tf.tensor2d(both, [2, data.length])
      }),
    )
    this.steps = state.step
  }

  /** The parameters live on, in memory of their own. */
  dispose(): void {
    tf.dispose(this.moments)
    const backend = webGpuBackend()
    for (const [place, home] of this.homes.entries()) {
      const { variable } = this.parameters[place]!
      const lives = !variable.isDisposed && variable.dataId === home.dataId
      // Else the device was lost, and its values with it.
      if (lives && backend?.tensorMap.has(home.dataId)) {
        const own = tf.engine().makeTensorFromTensorInfo(copyOfSlice(backend, home)!)
        variable.assign(own)
        own.dispose()
      }
      home.dispose()
    }
    tf.dispose(this.weights)
    this.moments = this.weights = this.homes = []
  }

  private replaceMoments(moments: readonly tf.Tensor2D[]): void {
    tf.dispose(this.moments)
    this.moments = moments.map(tensor => tf.keep(tensor))
  }
}

/** Moments and weights after a step. */
function plainUpdate(
  weights: tf.Tensor1D,
  moments: tf.Tensor2D,
  gradient: tf.Tensor1D,
  { beta1, beta2, epsilon, keep, decaying, rate, correction }: AdamWStep,
): [tf.Tensor2D, tf.Tensor1D] {
  const [first, second] = tf.unstack(moments)
  const m = tf.add(tf.mul(first!, beta1), tf.mul(gradient, 1 - beta1))
  const v = tf.add(tf.mul(second!, beta2), tf.mul(tf.square(gradient), 1 - beta2))
  const root = tf.add(tf.mul(tf.sqrt(v), correction), epsilon)
  const shrunk = tf.concat([
    tf.mul(tf.slice(weights, 0, decaying), keep),
    tf.slice(weights, decaying, weights.size - decaying),
  ])
  return [tf.stack([m, v]) as tf.Tensor2D, tf.sub(shrunk, tf.mul(tf.div(m, root), rate)) as tf.Tensor1D]
}

/**
 * What gradients are multiplied by so that their common Euclidean norm is at most `maxNorm` (PyTorch's
 * `clip_grad_norm_`); stays on the device.
 *
 * @returns a factor of at most 1 and the norm before clipping; the caller disposes both.
 */
export function clipFactor(
  gradients: readonly tf.Tensor[],
  maxNorm: number,
): { factor: tf.Scalar; norm: tf.Scalar } {
  const backend = webGpuBackend()
  if (backend) return clipFlat(backend, gradients, maxNorm)
  return tf.tidy(() => {
    const squares = gradients.map(gradient => tf.reshape(tf.sum(tf.square(gradient)), [1]))
    const norm = tf.sqrt(tf.sum(tf.concat(squares))) as tf.Scalar
    return { factor: tf.minimum(tf.div(maxNorm, tf.add(norm, 1e-6)), 1) as tf.Scalar, norm }
  })
}
