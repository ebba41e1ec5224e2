import { AppError } from '../../foundation/appError'
import type { StoredTensor } from './safetensors'

/** The convolutions that see the image, by our names. */
const FIRST_LAYER =
  /(^|\.)(patch_embeddings\.0\.proj|patch_embed\.proj|conv_stem)\.weight$|^(encoder\.)?conv1\.weight$/

export function isFirstLayer(name: string): boolean {
  return FIRST_LAYER.test(name)
}

/**
 * A first convolution for another number of bands, by timm's convention (`adapt_input_conv`): one band takes the sum over
 * all; more take the given ones in turn, scaled by given / wanted, so that equal bands give what they gave before.
 * timm defines it from 3 bands; from another number it is the same rule.
 *
 * @param kernel [out, bands, kh, kw], PyTorch layout.
 */
export function adaptBands(kernel: StoredTensor, bands: number): StoredTensor {
  const [out, given, height, width] = kernel.shape
  if (
    kernel.shape.length !== 4 ||
    !out ||
    !given ||
    !height ||
    !width ||
    kernel.data instanceof BigInt64Array
  ) {
    throw new AppError('internal', `A first layer of shape [${kernel.shape}] has no bands to adapt.`)
  }
  if (given === bands) return kernel
  const area = height * width
  const data = new Float32Array(out * bands * area)
  for (let o = 0; o < out; o++) {
    const from = kernel.data.subarray(o * given * area, (o + 1) * given * area)
    const to = data.subarray(o * bands * area, (o + 1) * bands * area)
    if (bands === 1) {
      for (let i = 0; i < from.length; i++) to[i % area]! += from[i]!
    } else {
      for (let i = 0; i < to.length; i++) to[i] = from[i % from.length]! * (given / bands)
    }
  }
  return { shape: [out, bands, height, width], data }
}
