import type { Tensor4D } from '@tensorflow/tfjs-core'
import type { ForwardMode } from '../network'
import type { NetworkDefinition } from '../networkDefinition'
import type { UnetDecoder } from './unetDecoder'

/**
 * An encoder and a U-Net decoder joined as smp's `Unet`, on inputs of any size: nothing is padded, every block is raised
 * to the grid of its own skip and the last one to the input's.
 *
 * @param encode maps at strides 2, 4, 8, 16, 32; null where the encoder has none.
 */
export function unet(
  encode: (x: Tensor4D, mode: ForwardMode) => (Tensor4D | null)[],
  decoder: UnetDecoder,
): NetworkDefinition {
  return {
    features: (x, mode) => encode(x, mode).filter(map => map !== null),
    forward(x, mode) {
      const blocks = decoder.blocks(encode(x, mode), [x.shape[1], x.shape[2]], mode)
      return decoder.head(blocks.at(-1)!)
    },
  }
}
