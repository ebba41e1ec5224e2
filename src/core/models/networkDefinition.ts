import type { Tensor4D } from '@tensorflow/tfjs-core'
import type { AuxiliaryLogits, ForwardMode } from './network'
import type { NetworkOptions } from './networkOptions'

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
