import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { dispatchKernel } from './dispatchKernel'
import { filterGradientWalk, splitWalk } from './filterGradientWalk'
import { loadFour } from './loadFour'
import { sumPartials } from './sumPartials'

/** Each invocation sums one tap of four channels over a share of the output rows. */
const code = (vector: boolean): string => `
fn main(index : i32) {
  let quads = (uniforms.channels + 3) / 4;
  let taps = uniforms.kernelHeight * uniforms.kernelWidth;
  let tiles = taps * quads;
  if (index >= tiles * uniforms.splits) { return; }
  let split = index / tiles;
  let channel = (index % quads) * 4;
  let tap = (index % tiles) / quads;
  var sum = vec4<f32>(0.0);
  ${filterGradientWalk(
    'uniforms.channels',
    'uniforms.channels',
    `sum += ${loadFour('x', 'source', 'channel', 'uniforms.channels', vector)}
        * ${loadFour('dy', 'goal', 'channel', 'uniforms.channels', vector)};`,
  )}
  for (var c = 0; c < min(4, uniforms.channels - channel); c++) {
    result[(split * taps + tap) * uniforms.channels + channel + c] = sum[c];
  }
}`

/**
 * Gradient of a depthwise convolution with respect to its kernel, in two deterministic passes.
 *
 * @param x [B, H, W, C]
 * @param dy [B, h, w, C]
 * @returns [kh, kw, C, 1]
 */
export function depthwiseFilterGradient(
  backend: WebGPUBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
): tf.TensorInfo {
  const { inChannels: channels, filterHeight, filterWidth } = info
  const taps = filterHeight * filterWidth
  const tiles = taps * Math.ceil(channels / 4)
  const { splits, uniforms } = splitWalk(info, tiles)
  const vector = channels % 4 === 0
  const partials = dispatchKernel(
    backend,
    {
      name: 'depthwiseFilterGradient',
      variables: ['x', 'dy'],
      components: vector ? [4, 4] : [1, 1],
      code: code(vector),
      outputShape: [splits, taps * channels],
      groups: Math.ceil((tiles * splits) / 64),
      uniforms: { channels, ...uniforms },
    },
    [x, dy],
  )
  return sumPartials(backend, partials, splits, [filterHeight, filterWidth, channels, 1])
}
