import type { Tensor4D } from '@tensorflow/tfjs-core'
import type { Random } from '../foundation/random'
import type { ParameterStore } from '../nn/parameterStore'
import type { Domain } from '../patches/patch'
import type { NetworkOptions } from './networkOptions'

export type NetworkFamily = 'segformer' | 'swin-unet' | 'efficientnetv2-unet' | 'resnet-unet' | 'hrnet-ocr'

/** How a forward pass runs. A pass carries one domain (cross-sensor normalisation). */
export interface ForwardMode {
  /** True: batch statistics, running statistics of `domain` updated, drop path on. */
  training: boolean
  domain: Domain
  /**
   * What drop path and dropout of a training pass draw from; absent: the network's own stream, which goes on from pass to
   * pass. A run that may be resumed gives every pass a stream of its own, so that there is no state to restore.
   */
  random?: Random
}

/** Both [B, H, W, classes] float32 on the input's own grid. A type, not an interface, so that `tf.tidy` takes it. */
export type AuxiliaryLogits = { logits: Tensor4D; auxiliary: Tensor4D }

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
  dispose(): void
}
