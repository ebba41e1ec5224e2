import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { ForwardMode } from '../network'
import type { NetworkDefinition } from '../networkDefinition'
import type { UnetDecoder } from './unetDecoder'

const DEEPEST_STRIDE = 32

/**
 * An encoder and a U-Net decoder on inputs of any size.
 *
 * smp's U-Net wants sides that are multiples of 32; other sizes are padded with zeros (the mean of z-scored bands, and
 * the value of invalid pixels) at the bottom and right, and the logits are cropped back. `encode` therefore only ever
 * sees multiples of 32.
 * @param encode maps at strides 2, 4, 8, 16, 32; null where the encoder has none.
 */
export function paddedUnet(
  encode: (x: Tensor4D, mode: ForwardMode) => (Tensor4D | null)[],
  decoder: UnetDecoder,
): NetworkDefinition {
  return {
    features: (x, mode) => encode(x, mode).filter(map => map !== null),
    forward(x, mode) {
      const [batch, height, width] = x.shape
      const below = padding(height)
      const right = padding(width)
      const padded =
        below || right
          ? tf.pad4d(x, [
              [0, 0],
              [0, below],
              [0, right],
              [0, 0],
            ])
          : x
      const size: [number, number] = [height + below, width + right]
      const logits = decoder.head(decoder.blocks(encode(padded, mode), size, mode).at(-1)!)
      if (!below && !right) return logits
      return tf.slice4d(logits, [0, 0, 0, 0], [batch, height, width, logits.shape[3]])
    },
  }
}

function padding(side: number): number {
  return (DEEPEST_STRIDE - (side % DEEPEST_STRIDE)) % DEEPEST_STRIDE
}
