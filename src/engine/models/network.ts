import type { Tensor4D } from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import type { NetworkFamily, NetworkOptions } from '../../core/rounds/networks'
import { finiteOrThrow } from '../gpu/webgpuBackend'
import type { ForwardMode } from '../nn/layers'
import type { ParameterRegistry } from '../nn/parameterRegistry'
import type { ParameterStore } from '../nn/parameterStore'

/** Both [B, H, W, classes] float32 on the input's own grid. A type, not an interface, so that `tf.tidy` takes it. */
type AuxiliaryLogits = { logits: Tensor4D; auxiliary: Tensor4D }

/** A segmentation network: pixels in, logits out, parameters under the peers' key names. */
export interface SegmentationNetwork {
  readonly family: NetworkFamily
  readonly preset: string
  readonly bands: number
  readonly classes: number
  /** Choices that differ from the preset's own; absent: none. */
  readonly options?: NetworkOptions
  readonly parameters: ParameterStore
  /**
   * @param x [B, H, W, bands] float32, NHWC, z-scored per domain; any H and W >= 32.
   * @returns logits [B, H, W, classes] float32 on the input's own grid.
   */
  forward(x: Tensor4D, mode: ForwardMode): Tensor4D
  /**
   * `forward` together with the logits of a coarser head that only training looks at; absent where a network has none.
   * It replaces `forward` in a training pass, so that running statistics move once.
   */
  forwardWithAuxiliary?(x: Tensor4D, mode: ForwardMode): AuxiliaryLogits
  /** The same network without values, to rehearse what it takes; absent: its shaders are compiled as they come. */
  declare?(): DeclaredNetwork
  dispose(): void
}

/** A network that holds no memory: its parameters can be listed, counted, and bound to variables. */
export interface DeclaredNetwork {
  registry: ParameterRegistry
  definition: NetworkDefinition
}

/** What every family needs to declare its parameters. */
export interface NetworkSettings {
  bands: number
  classes: number
  /** Of the first weights and of drop path. */
  seed: number
  options: NetworkOptions
}

/** A family's computation over parameters that it declared. */
export interface NetworkDefinition {
  /** The encoder's maps from fine to coarse, as the peer returns them: for parity and inspection. */
  features(x: Tensor4D, mode: ForwardMode): Tensor4D[]
  forward(x: Tensor4D, mode: ForwardMode): Tensor4D
  /** See `SegmentationNetwork`. */
  forwardWithAuxiliary?(x: Tensor4D, mode: ForwardMode): AuxiliaryLogits
}

const TARGET = '_target'

/**
 * Gives the target domain the source's running statistics, and its scale and shift where they are separate: what LoveCS
 * does once, after the source-only warm-up. Layer norms keep no statistics and are untouched.
 */
export function copySourceStatisticsToTarget({ parameters }: Pick<SegmentationNetwork, 'parameters'>): void {
  for (const { name } of parameters.all()) {
    if (!name.endsWith(TARGET)) continue
    // A copy: two variables on one buffer would be disposed together.
    const value = parameters.get(name.slice(0, -TARGET.length)).variable.clone()
    parameters.assign(name, value)
    value.dispose()
  }
}

/**
 * Refuses an output that cannot be believed. It looks at logits, not at probabilities: NaN and infinities survive a sum,
 * but not every GPU's exponential, some of which make a sound-looking 0 of them.
 *
 * @param sum of a pass's logits, or of their differences, as read.
 * @throws AppError `gpu-failed` or `gpu-lost`.
 */
export function requireFiniteOutput({ family }: Pick<SegmentationNetwork, 'family'>, sum?: number): void {
  finiteOrThrow(
    sum,
    () => new AppError('gpu-failed', `${family} gave values that are not numbers: load its model again.`),
  )
}
